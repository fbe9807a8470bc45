// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which keys live inside genuine hardware that runs measured code
/// @notice Nodes register evidence; the precompile 0x0900 verifies it under the vendors' roots and the policy of the network. Anybody may bring
/// what vendors publish (revocation lists, TCB levels), which only moves forward. Policies and revocations are the Timelock's, and take effect
/// at once. On local networks, evidence under development roots counts as level 129, never as 1.
interface IAttestations {
    /// @notice A keyset of a node, as its evidence showed it. `from` 0: never registered. Times are unix seconds.
    struct Registration {
        /// The key that signs receipts.
        address signer;
        /// Block time of the registration.
        uint64 from;
        /// 1 tee, 129 development tee.
        uint8 level;
        /// Index in TCB_STATUSES of `@opengradient/attestation`.
        uint8 tcbStatus;
        /// From when the keyset is valid: before `from`, or as much later as the policy lets clocks differ.
        uint64 notBefore;
        /// When keyset, evidence or measurement entry ends, or the node ended it, exclusive. It may end sooner: see `liveUntil`.
        uint64 until;
        /// Intel's number of the evaluation; 0 elsewhere.
        uint32 evaluation;
        /// Number of the policy that it was judged by.
        uint32 policy;
        /// Number of revocations when it was registered.
        uint32 revocations;
        /// SHA-256 of the canonical JSON of platform and all measurements.
        bytes32 measurement;
        /// SHA-256 of the platform's main measurement.
        bytes32 mainMeasurement;
        /// SHA-256 of what names the machine.
        bytes32 platformId;
        /// keccak256 of the evidence as it was given to `register`; the bytes are in the transaction.
        bytes32 evidenceHash;
        /// Account whose code holds the marks: everything whose revocation ends this.
        address marks;
    }

    /// @notice Where a node is. `current` 0: it never registered a keyset, or has left.
    struct Standing {
        /// The keyset registered last.
        bytes32 current;
        /// Block time at which the node ended all its keysets; 0 if it never did.
        uint64 leftAt;
    }

    /// @notice A policy that is or was in force.
    struct Policy {
        /// Account whose code holds the canonical JSON.
        address data;
        /// Block time at which another took its place; 0 while it is in force.
        uint64 until;
        /// keccak256 of the JSON.
        bytes32 hash;
    }

    /// @notice The newest revocation list of an issuer, or Intel's description of some hardware. `thisUpdate` 0: nobody brought it.
    struct Collateral {
        /// Number of the list (0 if it has none), or of the evaluation.
        uint160 number;
        /// Unix seconds.
        uint64 thisUpdate;
        /// 1 revocation list, 2 TCB info, 3 QE identity, 4 AMD's revocation list for keys of clouds (VLEK).
        uint8 kind;
        /// It is kept in pieces.
        bool inPieces;
        /// Account whose code holds the bytes as they were posted, or the addresses (20 bytes each) of such that hold its pieces.
        address data;
        uint64 nextUpdate;
    }

    /// @notice A keyset is registered. The evidence is in the transaction's input.
    event Attested(
        address indexed node,
        bytes32 indexed keysetDigest,
        address signer,
        uint8 level,
        uint64 until,
        bytes32 measurement,
        bytes32 platformId,
        bytes32 evidenceHash
    );
    /// @notice The node ended all its keysets.
    event Left(address indexed node);
    /// @notice Something that a vendor published is newer than what was here.
    event CollateralPosted(bytes32 indexed key, uint8 kind, uint160 number, uint64 thisUpdate, uint64 nextUpdate);
    /// @notice Evidence is judged by this policy from now on.
    event PolicySet(uint32 indexed number, bytes32 hash);
    /// @notice Nothing that rests on this counts any more.
    event Revoked(bytes32 indexed mark);

    /// Only the Timelock may do this.
    error OnlyTimelock();
    /// The caller is no node, its bond is too small, or it has announced its leave.
    error NotActive();
    /// The node has left in this second.
    error JustLeft();
    /// The block is not one of the last 256.
    error UnknownBlock();
    /// The precompile refused the evidence; codes in docs/precompiles.md.
    error EvidenceRefused(uint256 code);
    /// The precompile refused the collateral; codes in docs/precompiles.md.
    error CollateralRefused(uint256 code);
    /// Measurement, machine or certificate was revoked.
    error AlreadyRevoked();
    /// A keyset is registered once.
    error AlreadyRegistered();
    /// Another keyset of the node has the same signing key.
    error SignerUsed();
    /// The node has no keyset.
    error NotAttested();
    /// The collateral here is as new, or newer.
    error NotNewer();
    /// There is no collateral of this key.
    error NotPosted(bytes32 key);
    /// The evidence rests on something older than what is here under this key, or of a lower number, or leaves it out.
    error NewerPosted(bytes32 key);
    /// The list does not name all these serials.
    error NotListed();
    /// The bytes are not the canonical JSON of a policy.
    error BadPolicy();
    /// A public network has no development roots.
    error OnlyLocalNetworks();

    /// @notice Registers a keyset of the caller, an active node. Needs some 4 to 12 million gas: send what an estimate says.
    /// @param evidence `encodeEvidenceInput` of `@opengradient/protocol`: raw evidence, endorsements, GPU evidence, keyset. Its nonce is the hash of
    /// block `nonceBlock`, and its keyset names this chain and the caller, and is valid at block time (give
    /// or take what the policy lets clocks differ).
    /// @param nonceBlock number of one of the last 256 blocks.
    /// @param posted keys of collateral to take from here instead of bringing it along.
    /// @return keysetDigest SHA-256 of the keyset, the `proofRef` of receipts.
    function register(
        bytes calldata evidence,
        uint256 nonceBlock,
        bytes32[] calldata posted
    ) external returns (bytes32 keysetDigest);

    /// @notice Ends all keysets of the caller now. It may register another from the next second on.
    function endKeysets() external;

    /// @notice Brings a revocation list, a TCB info or a QE identity. Anybody may; only newer ones are taken: a greater number (of lists), at
    /// least the same evaluation (of Intel's files), and always a later date.
    /// @param input `encodeCollateral` of `@opengradient/protocol`, at most 24,575 bytes.
    /// @return key under which it is found.
    function postCollateral(bytes calldata input) external returns (bytes32 key);

    /// @notice Keeps a piece of something longer. Anybody may; it means nothing by itself, and the same bytes are kept once.
    /// @param piece at most 24,575 bytes.
    /// @return name by which `postKept` knows it: keccak256 of 0x600b5981380380925939f300 and the piece.
    function keep(bytes calldata piece) external returns (bytes32 name);

    /// @notice As `postCollateral`, for something of at most 256 KiB that was kept in pieces. What is here is replaced by all of it at once.
    /// @param names of at most 11 pieces, in their order.
    /// @return key under which it is found.
    function postKept(bytes32[] calldata names) external returns (bytes32 key);

    /// @notice Revokes, for ever, certificates that the posted revocation list names. Anybody may: registrations that rest on them end at once.
    function revokeListed(bytes32 key, uint256[] calldata serials) external;

    /// @notice The same with a list that is brought along, genuine and in date, whatever is posted: nobody can be kept from it by a list that was
    /// posted in the place of this one.
    /// @param list `encodeCollateral` of `@opengradient/protocol`.
    function revokeBy(bytes calldata list, uint256[] calldata serials) external;

    /// @notice Replaces the policy. Keysets judged by the former one end now, and register again. Only the Timelock.
    /// @param newPolicy canonical JSON of an `AttestationPolicy`.
    function setPolicy(bytes calldata newPolicy) external;

    /// @notice Revokes code for ever: `measurement` or `mainMeasurement` of registrations. Only the Timelock.
    function revokeMeasurement(bytes32 measurement) external;

    /// @notice Revokes a machine or GPU for ever: `platformId` of registrations. Only the Timelock.
    function revokePlatform(bytes32 platformId) external;

    /// @notice Revokes a certificate for ever. Only the Timelock.
    /// @param issuer SHA-256 of the issuer's name (DER).
    function revokeCertificate(bytes32 issuer, uint256 serial) external;

    /// @notice A keyset of a node as it was registered, whatever happened since.
    function keyset(address node, bytes32 keysetDigest) external view returns (Registration memory);

    /// @notice The keyset that the node registered last, as it was registered; all zero if there is none or the node has left.
    function current(address node) external view returns (bytes32 keysetDigest, Registration memory registration);

    /// @notice Block time at which the node ended all its keysets; 0 if it never did.
    function leftAt(address node) external view returns (uint64);

    /// @notice Everything whose revocation ends a keyset.
    function marksOf(address node, bytes32 keysetDigest) external view returns (bytes32[] memory);

    /// @notice Until when a keyset counts, exclusive, as things stand: the first of its own end, another policy, and the node's leave. 0 if it was
    /// never registered or something that it rests on was revoked.
    function liveUntil(address node, bytes32 keysetDigest) external view returns (uint64);

    /// @notice The interval in which receipts of this level and keyset may be issued, as things stand; zeros if there is none.
    function signing(
        address node,
        bytes32 keysetDigest,
        address signer,
        uint8 level
    ) external view returns (uint64 from, uint64 until);

    /// @notice Which keyset of the node a key belongs to, and the interval in which it answers for the node, whatever happened since. Zeros for other keys.
    function signerInterval(
        address node,
        address signer
    ) external view returns (bytes32 keysetDigest, uint64 from, uint64 until);

    /// @notice Level of the node's last keyset while it counts and the node is active: 1 tee, 129 development tee, otherwise 0.
    function attestedLevel(address node) external view returns (uint8);

    /// @notice Whether the node is at level tee now. Development evidence never is.
    function isAttested(address node) external view returns (bool);

    /// @notice The newest collateral of a key.
    function collateral(bytes32 key) external view returns (Collateral memory);

    /// @notice Its bytes, as they were posted.
    function collateralData(bytes32 key) external view returns (bytes memory);

    /// @notice The policy in force: canonical JSON of an `AttestationPolicy`.
    function policy() external view returns (bytes memory);

    /// @notice Number of the policy in force; the first is 1.
    function policyNumber() external view returns (uint32);

    /// @notice A policy by its number.
    function policyAt(uint32 number) external view returns (Policy memory);

    /// @notice The development roots of this network (DER); none on public ones.
    function developmentRoots() external view returns (bytes[] memory);

    /// @notice Block time at which a mark was revoked; 0 if it was not.
    function revokedAt(bytes32 mark) external view returns (uint64);

    /// @notice How many marks were revoked.
    function revocations() external view returns (uint32);

    /// @notice The mark of a certificate. Those of measurements and machines are the hashes in `Registration`.
    function certificateMark(bytes32 issuer, uint256 serial) external pure returns (bytes32);
}
