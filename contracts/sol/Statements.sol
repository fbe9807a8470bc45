// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ATTESTATIONS, NODES} from "./Addresses.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {INodes} from "./interfaces/INodes.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Batch, Receipt} from "./Types.sol";

/// @title What nodes sign: receipts and batches
/// @dev The part of `Settlement` that knows EIP-712, which receipt consumed a payment, and how long a key answers for its node.
abstract contract Statements is ISettlement, EIP712 {
    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(bytes32 requestId,bytes32 paymentId,bytes32 modelId,bytes32 requestHash,bytes32 responseHash,bytes32 executionHash,bytes32 proofRef,uint8 level,address node,address payer,uint256 price,uint64 issuedAt)"
    );
    bytes32 private constant BATCH_TYPEHASH =
        keccak256("Batch(address node,bytes32 root,uint32 count,uint256 total,uint64 sequence)");

    /// A key that has ended can still prove equivocation; seconds. At least the time for which bonds stay.
    uint256 private constant EVIDENCE_AGE = 7 days;

    /// @inheritdoc ISettlement
    mapping(bytes32 paymentId => bytes32 receiptHash) public settled;

    /// @notice The EIP-712 domain of receipts and batches.
    constructor() EIP712("OpenGradient", "1") {}

    /// @inheritdoc ISettlement
    function hashReceipt(Receipt calldata receipt) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, receipt)));
    }

    /// @inheritdoc ISettlement
    function hashBatch(Batch calldata batch) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BATCH_TYPEHASH, batch)));
    }

    /// @inheritdoc ISettlement
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// A key, in an enclave or not, answers for its node while it is live and for 7 days after. One that was both answers as either: a node
    /// can name any key as its receipt key, and retire it.
    function _requireAccountable(address node, address key) internal view {
        (,, uint64 from, uint64 until) = INodes(NODES).standing(node, key);
        if (_isAccountable(from, until)) return;
        (, from, until) = IAttestations(ATTESTATIONS).signerInterval(node, key);
        require(_isAccountable(from, until), WrongKey());
    }

    function _isAccountable(uint64 from, uint64 until) private view returns (bool) {
        return from != 0 && (until == 0 || block.timestamp < until + EVIDENCE_AGE);
    }

    /// Who signed; reverts with BadSignature unless it is 65 bytes with a low s.
    function _signer(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        ECDSA.RecoverError problem;
        (signer, problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        require(problem == ECDSA.RecoverError.NoError, BadSignature());
    }
}
