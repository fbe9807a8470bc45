// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Delegations} from "./Delegations.sol";
import {StakeRewards} from "./StakeRewards.sol";
import {Validators} from "./Validators.sol";
import {ValidatorSet} from "./ValidatorSet.sol";

/// @title Validators, delegation, slashing and the rewards of stake
/// @dev Nobody has a key to it: the executor reports misbehaviour and reads the set, `Rewards` pays, everybody else moves own stake.
/// It takes money through its functions alone. Votes are counted in `StakeVotes`.
contract Staking is Validators, ValidatorSet, Delegations, StakeRewards {}
