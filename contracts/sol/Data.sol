// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";

/// @title Bytes that are kept as the code of an account
/// @dev Cheaper than storage, and named by their content: the address follows from the bytes and from who keeps them, so that the same bytes
/// are kept once, and a light client needs no proof of the code. The first byte of the code is STOP; it never runs.
library Data {
    /// Code is at most 24,576 bytes (EIP-170).
    uint256 internal constant MAX = 24_575;
    /// Returns everything behind itself.
    bytes private constant PREFIX = hex"600b5981380380925939f300";
    bytes32 private constant SALT = 0;

    /// Most pieces of a list: more than 256 KiB.
    uint256 internal constant MAX_PIECES = 11;

    /// Longer than MAX, or of more pieces.
    error DataTooLong();
    /// Nothing is kept that this is the name of.
    error NotKept(bytes32 name);

    /// Keeps the content, unless it is there already.
    function put(bytes memory content) internal returns (address place) {
        (place,) = name(content);
    }

    /// The same, with the name by which `join` finds it: the hash of the code that creates it.
    function name(bytes memory content) internal returns (address place, bytes32 hash) {
        require(content.length <= MAX, DataTooLong());
        bytes memory creation = abi.encodePacked(PREFIX, content);
        hash = keccak256(creation);
        place = Create2.computeAddress(SALT, hash);
        if (place.code.length == 0) Create2.deploy(0, SALT, creation);
    }

    /// Keeps a list of what is kept already, by name: the places, 20 bytes each, are the content. An address alone could be anybody's, and its
    /// code change; what has a name was made by `put`.
    function join(bytes32[] calldata names) internal returns (address place) {
        require(names.length <= MAX_PIECES, DataTooLong());
        bytes memory places;
        for (uint256 i = 0; i < names.length; ++i) {
            address piece = Create2.computeAddress(SALT, names[i]);
            require(piece.code.length != 0, NotKept(names[i]));
            places = abi.encodePacked(places, piece);
        }
        return put(places);
    }

    /// The contents of a list that `join` kept, one behind the other.
    function joined(address place) internal view returns (bytes memory content) {
        bytes memory places = get(place);
        uint256 count = places.length / 20;
        uint256 size = 0;
        for (uint256 i = 0; i < count; ++i) size += _at(places, i).code.length - 1;
        content = new bytes(size);
        uint256 end = 32;
        for (uint256 i = 0; i < count; ++i) {
            address piece = _at(places, i);
            uint256 length = piece.code.length - 1;
            assembly ("memory-safe") {
                extcodecopy(piece, add(content, end), 1, length)
            }
            end += length;
        }
    }

    function _at(bytes memory places, uint256 index) private pure returns (address place) {
        assembly ("memory-safe") {
            place := shr(96, mload(add(add(places, 32), mul(index, 20))))
        }
    }

    /// What `put` kept; nothing for the zero address.
    function get(address place) internal view returns (bytes memory content) {
        if (place == address(0)) return "";
        uint256 size = place.code.length - 1;
        content = new bytes(size);
        assembly ("memory-safe") {
            extcodecopy(place, add(content, 32), 1, size)
        }
    }
}
