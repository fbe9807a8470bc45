// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodes} from "./interfaces/INodes.sol";

/// @title What nodes ask for models, and who serves which
library Offers {
    /// Request, byte, token in, token out.
    uint8 private constant UNITS = 4;
    uint256 private constant HOLD = 1 hours;

    struct Book {
        mapping(address node => mapping(bytes32 modelId => mapping(uint8 unit => INodes.Price))) prices;
        /// Nodes with at least one active price of the model, in no order.
        mapping(bytes32 modelId => address[]) serving;
        /// Place of a node in that list, from 1; 0 if it is not there.
        mapping(bytes32 modelId => mapping(address node => uint256)) places;
    }

    /// @notice Records the caller's price. The amount changes at most once an hour.
    function set(Book storage book, bytes32 modelId, uint8 unit, uint128 amount, bool active) internal {
        require(unit < UNITS, INodes.BadUnit());
        INodes.Price storage p = book.prices[msg.sender][modelId][unit];
        uint256 since = p.since;
        if (since == 0 || amount != p.amount) {
            require(block.timestamp >= since + HOLD, INodes.PriceTooFresh(since + HOLD));
            p.previous = p.amount;
            p.amount = amount;
            p.since = uint64(block.timestamp);
        }
        p.active = active;
        if (active) _list(book, modelId);
        else if (!_offersAny(book, modelId)) _unlist(book, modelId, msg.sender);
    }

    /// @notice Ends all that a node offers of a model; the amounts stay known.
    function end(Book storage book, bytes32 modelId, address node) internal {
        require(book.places[modelId][node] != 0, INodes.NotListed());
        for (uint8 unit = 0; unit < UNITS; ++unit) {
            INodes.Price storage p = book.prices[node][modelId][unit];
            if (!p.active) continue;
            p.active = false;
            emit INodes.PriceChanged(node, modelId, unit, p.amount, false);
        }
        _unlist(book, modelId, node);
    }

    /// @notice `limit` nodes of the list of a model from number `offset`.
    function page(Book storage book, bytes32 modelId, uint256 offset, uint256 limit) internal view returns (address[] memory nodes) {
        address[] storage all = book.serving[modelId];
        uint256 length = all.length;
        if (offset >= length) return nodes;
        uint256 rest = length - offset;
        nodes = new address[](limit < rest ? limit : rest);
        for (uint256 i = 0; i < nodes.length; ++i) nodes[i] = all[offset + i];
    }

    function _offersAny(Book storage book, bytes32 modelId) private view returns (bool) {
        for (uint8 unit = 0; unit < UNITS; ++unit) if (book.prices[msg.sender][modelId][unit].active) return true;
        return false;
    }

    function _list(Book storage book, bytes32 modelId) private {
        if (book.places[modelId][msg.sender] != 0) return;
        book.serving[modelId].push(msg.sender);
        book.places[modelId][msg.sender] = book.serving[modelId].length;
    }

    /// The last of the list takes the place that becomes free.
    function _unlist(Book storage book, bytes32 modelId, address node) private {
        uint256 place = book.places[modelId][node];
        if (place == 0) return;
        address[] storage all = book.serving[modelId];
        address last = all[all.length - 1];
        all[place - 1] = last;
        book.places[modelId][last] = place;
        all.pop();
        delete book.places[modelId][node];
    }
}
