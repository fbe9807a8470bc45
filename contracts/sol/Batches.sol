// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {NODES} from "./Addresses.sol";
import {INodes} from "./interfaces/INodes.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Statements} from "./Statements.sol";
import {Batch} from "./Types.sol";

/// @title Batches of receipts that nodes anchor
/// @dev The part of `Settlement` that records roots. A root says nothing about the truth of a leaf.
abstract contract Batches is Statements {
    mapping(address node => mapping(uint64 sequence => BatchRecord)) private _batches;
    /// @inheritdoc ISettlement
    mapping(address node => uint64 sequence) public nextSequence;

    /// @inheritdoc ISettlement
    function commit(Batch calldata batch, bytes calldata signature) external {
        (uint128 bond,, uint64 from, uint64 until) = INodes(NODES).standing(batch.node, _signer(hashBatch(batch), signature));
        require(bond != 0, NotBonded());
        require(from != 0 && until == 0, WrongKey());
        require(batch.root != 0 && batch.count != 0 && batch.total <= type(uint128).max, BadBatch());
        uint64 sequence = nextSequence[batch.node];
        require(batch.sequence == sequence, WrongSequence(sequence));
        nextSequence[batch.node] = sequence + 1;
        _batches[batch.node][sequence] = BatchRecord(batch.root, uint64(block.timestamp), batch.count, uint128(batch.total));
        emit Committed(batch.node, sequence, batch.root, batch.count, batch.total);
    }

    /// @inheritdoc ISettlement
    function batches(address node, uint64 sequence) external view returns (BatchRecord memory) {
        return _batches[node][sequence];
    }
}
