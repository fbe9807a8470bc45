// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {NODES, TILL_IMPLEMENTATION} from "./Addresses.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";

/// @title The payees of nodes
/// @dev The part of `Settlement` that creates tills, at CREATE2 addresses that anyone can compute from the node's account.
abstract contract Tills is ISettlement {
    /// @inheritdoc ISettlement
    mapping(address account => bool yes) public isTill;

    /// @inheritdoc ISettlement
    function createTill(address node) external returns (address till) {
        require(msg.sender == NODES, OnlyNodes());
        till = _till(node);
        if (isTill[till]) return till;
        isTill[till] = true;
        Clones.cloneDeterministic(TILL_IMPLEMENTATION, _salt(node));
        emit TillCreated(node, till);
    }

    /// @inheritdoc ISettlement
    function tillOf(address node) external view returns (address) {
        address till = _till(node);
        return isTill[till] ? till : address(0);
    }

    /// Where the till of a node is, or will be.
    function _till(address node) internal view returns (address) {
        return Clones.predictDeterministicAddress(TILL_IMPLEMENTATION, _salt(node));
    }

    function _salt(address node) private pure returns (bytes32) {
        return bytes32(uint256(uint160(node)));
    }
}
