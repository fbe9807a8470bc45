// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SYSTEM} from "./Addresses.sol";
import {IHistory} from "./interfaces/IHistory.sol";

/// @title Every block hash, in a Merkle mountain range
contract History is IHistory {
    /// @inheritdoc IHistory
    uint64 public count;
    /// @inheritdoc IHistory
    bytes32[64] public peaks;

    /// @inheritdoc IHistory
    function append(bytes32 parentHash) external {
        require(msg.sender == SYSTEM, OnlySystem());
        uint64 height = count;
        // Leaf number = height, or no proof means what it says.
        assert(height + 1 == block.number);
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0x00), height, parentHash));
        uint256 level = 0;
        for (; (height >> level) & 1 == 1; ++level) hash = keccak256(abi.encodePacked(bytes1(0x01), peaks[level], hash));
        peaks[level] = hash;
        count = height + 1;
    }
}
