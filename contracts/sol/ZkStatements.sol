// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MODELS} from "./Addresses.sol";
import {IHeldPayments} from "./interfaces/IHeldPayments.sol";
import {IModels} from "./interfaces/IModels.sol";
import {exactPaymentId} from "./PaymentId.sol";
import {Receipt} from "./Types.sol";
import {ZkNonce} from "./ZkNonce.sol";

/// @title What a receipt of level 2 states, and how the chain checks it
/// @dev The part of `HeldPayments` that knows the statement and the precompile. `packages/protocol/src/zk` has the same encoding.
abstract contract ZkStatements is IHeldPayments {
    bytes32 private constant STATEMENT_TYPEHASH =
        keccak256("ZkStatement(bytes32 modelId,bytes32 zkModelId,bytes x,bytes y,uint8 mode,bytes ctx)");
    /// Succinct, not zero-knowledge: the only mode of version 1.
    uint256 private constant MODE = 0;
    /// The precompile that verifies zk proofs.
    address private constant ZK_PROOF = 0x0000000000000000000000000000000000000901;

    // Fields of its input.
    uint256 private constant X = 4;
    uint256 private constant Y = 5;
    uint256 private constant CTX = 6;

    uint256 private constant TRANSACTION_GAS = 21_000;
    /// Calldata, a byte that is not zero: with execution (EIP-2028), and at least (EIP-7623).
    uint256 private constant BYTE_GAS = 16;
    uint256 private constant BYTE_FLOOR_GAS = 40;
    /// Receipt, offsets and lengths around the input of the precompile, bytes; and what is not measured after `gasleft`, gas.
    uint256 private constant ENVELOPE_BYTES = 500;
    uint256 private constant UNMEASURED_GAS = 20_000;

    /// @inheritdoc IHeldPayments
    function statementHash(
        bytes32 modelId,
        bytes32 zkModelId,
        bytes calldata x,
        bytes calldata y,
        bytes calldata ctx
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(STATEMENT_TYPEHASH, modelId, zkModelId, keccak256(x), keccak256(y), MODE, keccak256(ctx)));
    }

    /// Reverts unless `input` proves the statement that the receipt names, about the integer model of the receipt's model, for the
    /// receipt's request on this chain.
    function _requireProved(Receipt calldata receipt, bytes calldata input) internal view {
        bytes32 zkModelId = bytes32(input[:32]);
        require(zkModelId == IModels(MODELS).zkModelOf(receipt.modelId), WrongModel());
        bytes calldata ctx = _field(input, CTX);
        require(
            ctx.length == 96 && uint256(bytes32(ctx[:32])) == block.chainid && bytes32(ctx[32:64]) == receipt.requestId, WrongContext()
        );
        bytes32 statement = statementHash(receipt.modelId, zkModelId, _field(input, X), _field(input, Y), ctx);
        require(receipt.proofRef == statement, WrongStatement());
        (bool checked, bytes memory output) = ZK_PROOF.staticcall(input);
        require(checked && output.length == 64, ProofNotChecked());
        (uint256 ok, uint256 code) = abi.decode(output, (uint256, uint256));
        require(ok == 1, InvalidProof(code));
    }

    /// Reverts unless the payer signed for the input of a statement that is proved.
    function _requirePaidFor(Receipt calldata receipt, bytes calldata input) internal pure {
        bytes32 salt = bytes32(_field(input, CTX)[64:96]);
        bytes32 nonce = ZkNonce.forInput(receipt.modelId, receipt.requestId, _field(input, X), salt);
        require(receipt.paymentId == exactPaymentId(receipt.payer, nonce), WrongInput());
    }

    /// Bytes of one field of the precompile's input. Reverts outside of it; the precompile accepts one encoding only.
    function _field(bytes calldata input, uint256 index) private pure returns (bytes calldata) {
        uint256 offset = uint256(bytes32(input[32 * index:32 * index + 32]));
        uint256 start = offset + 32;
        return input[start:start + uint256(bytes32(input[offset:start]))];
    }

    /// Gas of the transaction that brought a proof, a little too much rather than too little.
    function _transactionGas(uint256 execution, uint256 inputBytes) internal pure returns (uint256) {
        uint256 bytes_ = inputBytes + ENVELOPE_BYTES;
        uint256 metered = bytes_ * BYTE_GAS + execution + UNMEASURED_GAS;
        uint256 least = bytes_ * BYTE_FLOOR_GAS;
        return TRANSACTION_GAS + (metered > least ? metered : least);
    }
}
