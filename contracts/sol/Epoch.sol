// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Blocks from one payment of rewards to the next. To pay a hundred validators changes some 300 slots: a tenth of a block's time if done
// in each block, a thousandth if done in one of a hundred; and nobody can tell who earns by the minute from who earns by the second.
uint256 constant EPOCH = 100;
