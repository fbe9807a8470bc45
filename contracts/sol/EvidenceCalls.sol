// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the precompile says of evidence. Everything but `code` is empty unless `code` is 0.
struct Appraised {
    /// 0 when it is accepted, otherwise why not (docs/precompiles.md).
    uint256 code;
    /// 1 under a vendor's root, 129 under a development root.
    uint8 level;
    /// SHA-256 of the keyset.
    bytes32 keysetDigest;
    /// Signs receipts.
    address signer;
    /// Unix seconds: of the keyset; and when the first of keyset, evidence and measurement entry ends.
    uint64 notBefore;
    uint64 until;
    /// SHA-256 of the canonical JSON of platform and all measurements, and of the main one.
    bytes32 measurement;
    bytes32 mainMeasurement;
    /// SHA-256 of what names the machine.
    bytes32 platformId;
    /// Index in TCB_STATUSES of `@opengradient/attestation`, and Intel's number of the evaluation (0 elsewhere).
    uint8 tcbStatus;
    uint32 evaluation;
    /// Everything whose revocation ends this: measurements, machines and certificates, of GPUs too.
    bytes32[] marks;
    /// What vendors publish about these certificates and this hardware, by key; and of when what was used is, and its number (of the list or
    /// of Intel's evaluation), 0 if nothing was.
    bytes32[] collateral;
    uint64[] updates;
    uint160[] numbers;
}

/// @notice What the precompile says of a piece of collateral. Everything but `code` is empty unless `code` is 0.
struct Authenticated {
    uint256 code;
    /// Kind, level, and whose list or which hardware: one place on chain.
    bytes32 key;
    /// 1 revocation list, 2 TCB info, 3 QE identity, 4 AMD's revocation list for keys of clouds.
    uint8 kind;
    /// Number of the list (0 if it has none), or of the evaluation.
    uint160 number;
    /// Unix seconds.
    uint64 thisUpdate;
    uint64 nextUpdate;
    /// The certificates that it rests on.
    bytes32[] marks;
}

/// @title Calls of the precompile 0x0900, which verifies TEE evidence
/// @dev Its input is one byte that says what is asked for, and ABI-encoded byte strings.
library EvidenceCalls {
    address private constant EVIDENCE = 0x0000000000000000000000000000000000000900;
    bytes1 private constant APPRAISE = 0x01;
    bytes1 private constant AUTHENTICATE = 0x02;
    bytes1 private constant LISTED = 0x03;
    bytes1 private constant POLICY = 0x04;

    /// The precompile took the gas: there was too little of it, or the input is too long.
    error EvidenceNotChecked();

    /// Whether evidence is genuine, meets the policy and binds a keyset of this node on this chain, now.
    /// @param roots, collateral ABI-encoded lists, or nothing.
    function appraise(
        address node,
        bytes32 nonce,
        bytes memory policy,
        bytes memory roots,
        bytes calldata evidence,
        bytes memory collateral
    ) internal view returns (Appraised memory) {
        bytes memory context = abi.encode(block.timestamp, block.chainid, node, nonce);
        return abi.decode(_ask(APPRAISE, abi.encode(context, policy, roots, evidence, collateral)), (Appraised));
    }

    /// Whether a vendor published this, and it is in date.
    function authenticate(bytes memory roots, bytes memory collateral) internal view returns (Authenticated memory) {
        return abi.decode(_ask(AUTHENTICATE, abi.encode(abi.encode(block.timestamp), roots, collateral)), (Authenticated));
    }

    /// The issuer (SHA-256 of its name) of a revocation list that names all these serials; zero if it does not.
    function listed(bytes memory collateral, uint256[] calldata serials) internal view returns (bytes32) {
        return abi.decode(_ask(LISTED, abi.encode(collateral, abi.encodePacked(serials))), (bytes32));
    }

    /// Whether these bytes are a policy.
    function isPolicy(bytes memory policy) internal view returns (bool) {
        return abi.decode(_ask(POLICY, policy), (bool));
    }

    function _ask(bytes1 what, bytes memory input) private view returns (bytes memory output) {
        bool answered;
        (answered, output) = EVIDENCE.staticcall(abi.encodePacked(what, input));
        require(answered && output.length != 0, EvidenceNotChecked());
    }
}
