// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title Votes: bonded OPG, own and delegated
/// @notice What OpenZeppelin's `Governor` asks for (ERC-5805, ERC-6372; time is unix seconds). One vote for each bonded OPG wei, by what the
/// stake was worth when it last changed. So no other OPG votes: neither what is unbonding, nor what protocol contracts hold, because they
/// cannot bond. An account votes for itself until it names somebody else; to name the zero address is to vote for oneself again.
interface IStakeVotes is IERC5805 {
    /// Only `Staking` may do this.
    error OnlyStaking();

    /// @notice The stake of an account in a validator is worth `worth` OPG wei now. Only `Staking`.
    function count(address validator, address account, uint256 worth) external;

    /// @notice OPG wei with which an account's stake in a validator counts. After a slash it is more than the stake is worth until somebody
    /// calls `Staking.settleMoves`, but never more than was paid for it.
    function counted(address validator, address account) external view returns (uint256);
}
