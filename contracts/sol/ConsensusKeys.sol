// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStaking} from "./interfaces/IStaking.sol";

/// @title Every consensus key ever used, and who answers for it
/// @dev A key is known by CometBFT's address of it, since that is what evidence names. A key is never forgotten and never reused.
library ConsensusKeys {
    struct Key {
        address owner;
        // What CometBFT was told last.
        uint64 power;
        bytes raw;
    }

    struct Book {
        mapping(bytes20 consensusAddress => Key) keys;
    }

    /// Gives a new key to its owner.
    function claim(Book storage book, address owner, bytes calldata raw) internal returns (bytes20 id) {
        id = addressOf(raw);
        Key storage key = book.keys[id];
        require(key.owner == address(0), IStaking.KeyUsed());
        key.owner = owner;
        key.raw = raw;
    }

    /// As in CometBFT's `crypto/ed25519` and `crypto/secp256k1`: SHA-256 cut to 20 bytes, RIPEMD-160 of SHA-256.
    function addressOf(bytes calldata raw) internal pure returns (bytes20) {
        if (raw.length == 32) return bytes20(sha256(raw));
        require(raw.length == 33 && (raw[0] == 0x02 || raw[0] == 0x03), IStaking.BadConsensusKey());
        return ripemd160(abi.encodePacked(sha256(raw)));
    }
}
