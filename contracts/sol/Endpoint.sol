// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodes} from "./interfaces/INodes.sol";

/// @title The grammar of endpoints
/// @notice 1–255 bytes of printable ASCII without spaces, so that no screen or log is spoiled by one. Whether it is a URL that a
/// client wants to call is the client's question.
library Endpoint {
    /// @notice Reverts with BadEndpoint unless the text is of the grammar.
    function check(string calldata endpoint) internal pure {
        bytes calldata text = bytes(endpoint);
        uint256 length = text.length;
        require(length != 0 && length <= 255, INodes.BadEndpoint());
        for (uint256 i = 0; i < length; ++i) require(text[i] > 0x20 && text[i] < 0x7f, INodes.BadEndpoint());
    }
}
