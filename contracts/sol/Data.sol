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

    /// Longer than MAX.
    error DataTooLong();

    /// Keeps the content, unless it is there already.
    function put(bytes memory content) internal returns (address place) {
        require(content.length <= MAX, DataTooLong());
        bytes memory creation = abi.encodePacked(PREFIX, content);
        place = Create2.computeAddress(SALT, keccak256(creation));
        if (place.code.length == 0) Create2.deploy(0, SALT, creation);
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
