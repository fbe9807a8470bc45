// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {STAKING} from "./Addresses.sol";
import {IStakeVotes} from "./interfaces/IStakeVotes.sol";

/// @title Votes: bonded OPG, own and delegated
/// @dev OpenZeppelin's `Votes`, told by `Staking` of every change. A contract of its own because `Staking` has no room for it.
contract StakeVotes is Votes, IStakeVotes {
    /// @inheritdoc IStakeVotes
    mapping(address validator => mapping(address account => uint256)) public counted;
    mapping(address account => uint256) private _units;

    /// @notice Runs once at genesis, at its address.
    constructor() EIP712("OpenGradient stake", "1") {}

    /// @inheritdoc IStakeVotes
    function count(address validator, address account, uint256 worth) external {
        require(msg.sender == STAKING, OnlyStaking());
        uint256 before = counted[validator][account];
        if (worth == before) return;
        counted[validator][account] = worth;
        _units[account] = _units[account] + worth - before;
        if (worth > before) _transferVotingUnits(address(0), account, worth - before);
        else _transferVotingUnits(account, address(0), before - worth);
    }

    /// @notice Unix seconds: voting periods are meant in days, however fast blocks come.
    function clock() public view override(Votes, IERC6372) returns (uint48) {
        return Time.timestamp();
    }

    /// @notice The clock in words, ERC-6372.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override(Votes, IERC6372) returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice Who votes with the stake of an account.
    function delegates(address account) public view override(Votes, IVotes) returns (address) {
        address delegatee = super.delegates(account);
        return delegatee == address(0) ? account : delegatee;
    }

    function _delegate(address account, address delegatee) internal override {
        super._delegate(account, delegatee == address(0) ? account : delegatee);
    }

    function _getVotingUnits(address account) internal view override returns (uint256) {
        return _units[account];
    }
}
