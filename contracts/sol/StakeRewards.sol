// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {REWARDS} from "./Addresses.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {StakePools} from "./StakePools.sol";
import {StakingBook} from "./StakingBook.sol";

/// @title What stake earns
/// @dev The part of `Staking` that `Rewards` pays. Nothing is paid on to delegators before they ask.
abstract contract StakeRewards is StakingBook {
    using StakePools for StakePools.Pool;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;

    /// @inheritdoc IStaking
    function distribute(address[] calldata validators, uint256[] calldata amounts) external payable {
        require(msg.sender == REWARDS, OnlyRewards());
        require(validators.length == amounts.length, WrongAmounts());
        uint256 sum = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            sum += amounts[i];
            _reward(validators[i], amounts[i]);
        }
        require(sum == msg.value, WrongAmounts());
    }

    /// @inheritdoc IStaking
    function claim(address validator) external nonReentrant returns (uint256 amount) {
        StakePools.Position storage position = _positions[validator][msg.sender];
        _pools[validator].accrue(position);
        amount = position.owed;
        require(amount != 0, NothingOwed());
        position.owed = 0;
        totalRewards -= amount;
        emit RewardClaimed(msg.sender, validator, amount);
        _pay(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function rewardOf(address account, address validator) external view returns (uint256) {
        return _pools[validator].owed(_positions[validator][account]);
    }

    /// The validator's commission is rounded down.
    function _reward(address validator, uint256 amount) private {
        Record storage v = _known(validator);
        uint256 commission = (amount * v.commissionBps) / BPS;
        totalRewards += amount;
        v.commission += commission.toUint128();
        _pools[validator].earn(amount - commission);
        emit Rewarded(validator, amount, commission);
    }
}
