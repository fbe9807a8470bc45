// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Blocks from one payment of rewards to the next. To pay a hundred validators takes 3.3 million gas and changes some 300 slots: a tenth of
// a block's second if done in each block, a thousandth if in one of a hundred. Stake is bound for weeks, so minutes are fine enough.
uint256 constant EPOCH = 100;
