// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A node's till: the payee of everything that is paid to the node
/// @notice A minimal-proxy clone at a CREATE2 address derived from the node's account. Its only power is to obey `Settlement`.
interface ITill {
    /// Only `Settlement` may do this.
    error OnlySettlement();

    /// @notice Sends `amount` units of an ERC-20 `asset` to `Settlement`, which calls this only for a receipt of the till's node.
    function release(address asset, uint256 amount) external;
}
