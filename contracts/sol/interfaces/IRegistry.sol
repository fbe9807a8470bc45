// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which contract plays which part today
/// @notice Contracts are immutable: a change of the protocol is a new deployment that the Timelock points a name to.
interface IRegistry {
    /// @notice The name now means `current`.
    event ContractSet(bytes32 indexed name, address previous, address current);

    /// Only the Timelock may do this.
    error OnlyTimelock();
    /// The name or the address is zero.
    error ZeroEntry();

    /// @notice Points a name to a contract. Only the Timelock.
    /// @param name ASCII, right-padded with zeros, like bytes32("Settlement").
    function set(bytes32 name, address target) external;

    /// @notice The contract that bears the name; zero if none.
    function addressOf(bytes32 name) external view returns (address);

    /// @notice All names, in the order in which they were first set.
    function names() external view returns (bytes32[] memory);
}
