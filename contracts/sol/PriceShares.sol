// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How one price is divided
/// @dev Both halves of the fee and the parent's part are rounded down; dust goes to the node and to the author.
library PriceShares {
    uint256 private constant BPS = 10_000;

    /// In OPG wei; the node gets what is left.
    struct Shares {
        // The parent's part is inside the royalty.
        uint256 royalty;
        uint256 parentPart;
        uint256 halfFee;
    }

    /// Amounts in OPG wei, rates in 1/10,000. Royalty and fee together may exceed the price: the caller has to look.
    function divide(
        uint256 price,
        uint256 royaltyBps,
        uint256 minRoyalty,
        uint256 parentShareBps,
        uint256 feeBps
    ) internal pure returns (Shares memory s) {
        s.royalty = (price * royaltyBps) / BPS;
        if (s.royalty < minRoyalty) s.royalty = minRoyalty;
        s.parentPart = (s.royalty * parentShareBps) / BPS;
        s.halfFee = (price * feeBps) / (2 * BPS);
    }

    /// What is left for the node.
    function nodePart(Shares memory s, uint256 price) internal pure returns (uint256) {
        return price - s.royalty - 2 * s.halfFee;
    }
}
