// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SETTLEMENT, STAKING, SYSTEM, VESTING} from "./Addresses.sol";
import {EPOCH} from "./Epoch.sol";
import {IRewards} from "./interfaces/IRewards.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {IVesting} from "./interfaces/IVesting.sol";

/// @title What stakers earn, until it is paid
/// @dev The executor calls it at the end of each block, and no block can follow a call that reverts: it must not revert for anything that
/// others can do. The base fees of the block itself come after the call.
contract Rewards is IRewards {
    uint8 private constant STAKING_REWARDS = 4;

    /// @inheritdoc IRewards
    receive() external payable {}

    /// @inheritdoc IRewards
    function endBlock() external returns (uint256 paid) {
        require(msg.sender == SYSTEM, OnlySystemCaller());
        if (block.number % EPOCH != EPOCH - 1) return 0;
        (address[] memory validators, uint256[] memory weights) = IStaking(STAKING).payees();
        uint256 sum = 0;
        for (uint256 i = 0; i < weights.length; ++i) sum += weights[i];
        if (sum == 0) return 0;
        _fetchVested();
        _fetchFees();
        uint256 money = address(this).balance;
        for (uint256 i = 0; i < weights.length; ++i) {
            weights[i] = (money * weights[i]) / sum;
            paid += weights[i];
        }
        if (paid != 0) IStaking(STAKING).distribute{value: paid}(validators, weights);
    }

    /// A genesis may have given the staking share to somebody else.
    function _fetchVested() private {
        IVesting vesting = IVesting(VESTING);
        if (vesting.schedule(STAKING_REWARDS).beneficiary != address(this)) return;
        if (vesting.releasable(STAKING_REWARDS) != 0) vesting.release(STAKING_REWARDS);
    }

    /// The stakers' half of the protocol's fees is credit in `Settlement`. It waits there if it cannot be had; blocks go on.
    function _fetchFees() private {
        if (ISettlement(SETTLEMENT).credits(address(this)) == 0) return;
        try ISettlement(SETTLEMENT).withdraw(address(this)) {} catch {}
    }
}
