// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ATTESTATIONS,
    FEEDS,
    GOVERNOR,
    HELD_PAYMENTS,
    HISTORY,
    INFERENCE,
    MODELS,
    NODES,
    REGISTRY,
    REWARDS,
    SETTLEMENT,
    STAKE_VOTES,
    STAKING,
    TILL_IMPLEMENTATION,
    TIMELOCK,
    TREASURY,
    VESTING,
    WRAPPED_OPG
} from "./Addresses.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";

/// @title Which contract plays which part today
/// @dev Predeploys know one another by compile-time constants; this table is for clients.
contract Registry is IRegistry {
    bytes32[] private _names;
    mapping(bytes32 name => address target) private _targets;

    /// @notice Points every name to its genesis address.
    constructor() {
        _set("Registry", REGISTRY);
        _set("Models", MODELS);
        _set("Nodes", NODES);
        _set("Settlement", SETTLEMENT);
        _set("History", HISTORY);
        _set("WOPG", WRAPPED_OPG);
        _set("Vesting", VESTING);
        _set("Attestations", ATTESTATIONS);
        _set("Staking", STAKING);
        _set("Rewards", REWARDS);
        _set("Governor", GOVERNOR);
        _set("Timelock", TIMELOCK);
        _set("Feeds", FEEDS);
        _set("Inference", INFERENCE);
        _set("Treasury", TREASURY);
        _set("Till", TILL_IMPLEMENTATION);
        _set("StakeVotes", STAKE_VOTES);
        _set("HeldPayments", HELD_PAYMENTS);
    }

    /// @inheritdoc IRegistry
    function set(bytes32 name, address target) external {
        require(msg.sender == TIMELOCK, OnlyTimelock());
        require(name != 0 && target != address(0), ZeroEntry());
        _set(name, target);
    }

    /// @inheritdoc IRegistry
    function addressOf(bytes32 name) external view returns (address) {
        return _targets[name];
    }

    /// @inheritdoc IRegistry
    function names() external view returns (bytes32[] memory) {
        return _names;
    }

    function _set(bytes32 name, address target) private {
        address previous = _targets[name];
        if (previous == address(0)) _names.push(name);
        _targets[name] = target;
        emit ContractSet(name, previous, target);
    }
}
