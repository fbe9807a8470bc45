// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What stakers earn, until it is paid
/// @notice Holds the base fees of all transactions, which the executor credits, what has vested of the staking share of the genesis, and
/// the half of the protocol's fees that `Settlement` credits to it.
interface IRewards {
    /// Only the executor may do this.
    error OnlySystemCaller();

    /// @notice In the last block of each 100: fetches what has vested and its credit in `Settlement`, and pays all that is here to the
    /// validators in the set, by their power and the blocks that they signed. What a division leaves over stays for the next time; so does
    /// everything while nobody is in the set. Only the executor.
    /// @return paid OPG wei.
    function endBlock() external returns (uint256 paid);

    /// @notice Takes what is sent: the vested staking share, credit of `Settlement`, and gifts to all stakers.
    receive() external payable;
}
