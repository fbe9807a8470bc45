// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A node's signed statement about one request. EIP-712 struct `Receipt`; the fields are explained in
/// `packages/protocol/src/receipt.ts`.
struct Receipt {
    /// SHA-256 of the 32 bytes that the client keeps secret; for look-up and retry only.
    bytes32 requestId;
    /// The authorisation that this receipt consumes; zero if free.
    bytes32 paymentId;
    /// SHA-256(author ‖ SHA-256(manifest bytes)).
    bytes32 modelId;
    /// SHA-256 over head and body of the request as it was sent.
    bytes32 requestHash;
    /// SHA-256 over the response body as it was served.
    bytes32 responseHash;
    /// SHA-256 of the execution record's bytes as served.
    bytes32 executionHash;
    /// Zero at level signature; keyset digest at tee; digest of the statement at zk.
    bytes32 proofRef;
    /// 0 signature, 1 tee, 2 zk, 129 development tee.
    uint8 level;
    /// Operator account in `Nodes`.
    address node;
    /// Who pays; zero if and only if free.
    address payer;
    /// OPG wei charged; zero if and only if free.
    uint256 price;
    /// Unix seconds on the node's clock.
    uint64 issuedAt;
}

/// @notice A Merkle tree of receipts that a node anchors on chain. EIP-712 struct `Batch`.
struct Batch {
    /// Operator account in `Nodes`.
    address node;
    /// Root of the tree (OpenZeppelin StandardMerkleTree; leaf = keccak256(keccak256(abi.encode(receiptHash)))).
    bytes32 root;
    /// Number of leaves.
    uint32 count;
    /// Sum of the prices in OPG wei.
    uint256 total;
    /// 0, 1, 2 … of this node, without a gap.
    uint64 sequence;
}

/// @notice The rest of an EIP-3009 `TransferWithAuthorization` on WOPG, x402 scheme `exact`: from = receipt.payer,
/// to = the till of receipt.node, value = receipt.price.
struct ExactPayment {
    /// Unix seconds; usable strictly after.
    uint256 validAfter;
    /// Unix seconds; usable strictly before.
    uint256 validBefore;
    /// 32 random bytes of the payer, or what `ZkNonce` makes of an input at level 2.
    bytes32 nonce;
    /// The payer's signature: 65 bytes r ‖ s ‖ v, or whatever its ERC-1271 wallet accepts.
    bytes signature;
}
