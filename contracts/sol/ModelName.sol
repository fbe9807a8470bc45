// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModels} from "./interfaces/IModels.sol";

/// @title The grammar of model names
/// @notice `owner/name`: owner 1–39 of a–z 0–9 -, name 1–96 of a–z 0–9 . _ -; both start and end with a letter or digit, so that
/// no name is a path (`.`, `..`), an option (`-x`) or differs from another by case or look-alikes outside ASCII.
library ModelName {
    uint256 private constant MAX_OWNER = 39;
    uint256 private constant MAX_NAME = 96;

    /// Characters as bits of their ASCII code.
    uint256 private constant ALNUM = (((1 << 26) - 1) << 97) | (((1 << 10) - 1) << 48);
    uint256 private constant OWNER_CHARS = ALNUM | (1 << 45);
    uint256 private constant NAME_CHARS = OWNER_CHARS | (1 << 46) | (1 << 95);

    /// @notice The owner part of a valid name; reverts with BadName if the name is not valid.
    function owner(string calldata full) internal pure returns (string calldata) {
        bytes calldata text = bytes(full);
        uint256 length = text.length;
        uint256 slash = 0;
        while (slash < length && text[slash] != "/") ++slash;
        require(slash < length, IModels.BadName());
        _check(text[:slash], MAX_OWNER, OWNER_CHARS);
        _check(text[slash + 1:], MAX_NAME, NAME_CHARS);
        return string(text[:slash]);
    }

    function _check(bytes calldata part, uint256 max, uint256 allowed) private pure {
        uint256 length = part.length;
        require(length != 0 && length <= max, IModels.BadName());
        require(_in(part[0], ALNUM) && _in(part[length - 1], ALNUM), IModels.BadName());
        for (uint256 i = 1; i < length; ++i) require(_in(part[i], allowed), IModels.BadName());
    }

    function _in(bytes1 char, uint256 set) private pure returns (bool) {
        return (set >> uint8(char)) & 1 == 1;
    }
}
