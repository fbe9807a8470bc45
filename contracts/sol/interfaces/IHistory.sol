// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Every block hash, in a Merkle mountain range
/// @notice Proves any old block from any newer trusted one. Leaf `height` = keccak256(0x00 ‖ uint64be height ‖ blockHash);
/// node = keccak256(0x01 ‖ left ‖ right); `peaks[i]` holds the root of a full tree of 2^i leaves and means something only while bit i of `count` is set.
interface IHistory {
    /// Only the executor's system call may do this.
    error OnlySystem();

    /// @notice Appends the hash of the parent block. The executor calls this first in every block.
    function append(bytes32 parentHash) external;

    /// @notice How many blocks are covered: all heights below it.
    function count() external view returns (uint64);

    /// @notice Root of the full tree of 2^index leaves; stale unless bit `index` of `count` is set.
    function peaks(uint256 index) external view returns (bytes32);
}
