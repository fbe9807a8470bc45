// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What stakers earn, until it is paid
/// @notice Holds the base fees of all transactions, which the executor credits, and what has vested of the staking share of the genesis.
interface IRewards {
    /// Only the executor may do this.
    error OnlySystemCaller();

    /// @notice In the last block of each 100: pays all that is here to the validators in the set, by their power and the blocks that they
    /// signed. What a division leaves over stays for the next time; so does everything while nobody is in the set. Only the executor.
    /// @return paid OPG wei.
    function endBlock() external returns (uint256 paid);

    /// @notice Takes what is sent: the vested staking share, and gifts to all stakers.
    receive() external payable;
}
