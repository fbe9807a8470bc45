// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {NODES} from "./Addresses.sol";
import {Collaterals} from "./Collaterals.sol";
import {Data} from "./Data.sol";
import {Appraised, EvidenceCalls} from "./EvidenceCalls.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {INodes} from "./interfaces/INodes.sol";
import {Revocations} from "./Revocations.sol";

/// @title Which keys live inside genuine hardware that runs measured code
/// @dev Evidence is verified by the precompile when it is registered; what can change afterwards (time, policy, revocations, the node's own
/// word) is looked at whenever somebody asks.
contract Attestations is Collaterals {
    uint8 private constant TEE = 1;

    mapping(address node => mapping(bytes32 keysetDigest => Registration)) private _registrations;
    mapping(address node => mapping(address signer => bytes32 keysetDigest)) private _keysetOf;
    mapping(address node => Standing) private _standings;
    /// Keysets whose time is not over: those that a node ends when it says so.
    mapping(address node => bytes32[]) private _unexpired;

    /// @param firstPolicy canonical JSON of an `AttestationPolicy`.
    /// @param roots certificates (DER) of local networks, whose evidence counts as level 129.
    constructor(bytes memory firstPolicy, bytes[] memory roots) Revocations(firstPolicy, roots) {}

    /// @inheritdoc IAttestations
    function register(
        bytes calldata evidence,
        uint256 nonceBlock,
        bytes32[] calldata posted
    ) external returns (bytes32 keysetDigest) {
        require(INodes(NODES).isActive(msg.sender), NotActive());
        // Whoever goes by the time of the leave would take it for one that was left.
        require(block.timestamp > _standings[msg.sender].leftAt, JustLeft());
        bytes32 nonce = blockhash(nonceBlock);
        require(nonce != 0, UnknownBlock());
        Appraised memory a =
            EvidenceCalls.appraise(msg.sender, nonce, policy(), Data.get(_developmentRoots), evidence, _posted(posted));
        require(a.code == 0, EvidenceRefused(a.code));
        require(_areGood(a.marks), AlreadyRevoked());
        _requireNewest(a.collateral, a.updates, a.numbers);
        _record(a, keccak256(evidence));
        return a.keysetDigest;
    }

    /// @inheritdoc IAttestations
    function endKeysets() external {
        Standing storage standing = _standings[msg.sender];
        require(standing.current != 0, NotAttested());
        standing.current = 0;
        standing.leftAt = uint64(block.timestamp);
        _prune(msg.sender);
        bytes32[] storage digests = _unexpired[msg.sender];
        // Written down for each: a later leave must not move the end of those that this one ended.
        for (uint256 i = 0; i < digests.length; ++i) {
            _registrations[msg.sender][digests[i]].until = uint64(block.timestamp);
        }
        delete _unexpired[msg.sender];
        emit Left(msg.sender);
    }

    /// @inheritdoc IAttestations
    function keyset(address node, bytes32 keysetDigest) external view returns (Registration memory) {
        return _registrations[node][keysetDigest];
    }

    /// @inheritdoc IAttestations
    function current(address node) external view returns (bytes32 keysetDigest, Registration memory registration) {
        keysetDigest = _standings[node].current;
        registration = _registrations[node][keysetDigest];
    }

    /// @inheritdoc IAttestations
    function leftAt(address node) external view returns (uint64) {
        return _standings[node].leftAt;
    }

    /// @inheritdoc IAttestations
    function marksOf(address node, bytes32 keysetDigest) external view returns (bytes32[] memory) {
        return _marks(_registrations[node][keysetDigest]);
    }

    /// @inheritdoc IAttestations
    function liveUntil(address node, bytes32 keysetDigest) external view returns (uint64) {
        Registration storage r = _registrations[node][keysetDigest];
        return r.from == 0 || !_isGood(r) ? 0 : _end(r);
    }

    /// @inheritdoc IAttestations
    function signing(
        address node,
        bytes32 keysetDigest,
        address signer,
        uint8 level
    ) external view returns (uint64 from, uint64 until) {
        Registration storage r = _registrations[node][keysetDigest];
        if (r.from == 0 || r.signer != signer || r.level != level || !_isGood(r)) return (0, 0);
        return (r.notBefore, _end(r));
    }

    /// @inheritdoc IAttestations
    function signerInterval(
        address node,
        address signer
    ) external view returns (bytes32 keysetDigest, uint64 from, uint64 until) {
        keysetDigest = _keysetOf[node][signer];
        Registration storage r = _registrations[node][keysetDigest];
        return (keysetDigest, r.from, r.until);
    }

    /// @inheritdoc IAttestations
    function attestedLevel(address node) public view returns (uint8) {
        Registration storage r = _registrations[node][_standings[node].current];
        if (r.from == 0 || block.timestamp >= _end(r) || !_isGood(r) || !INodes(NODES).isActive(node)) return 0;
        return r.level;
    }

    /// @inheritdoc IAttestations
    function isAttested(address node) external view returns (bool) {
        return attestedLevel(node) == TEE;
    }

    function _record(Appraised memory a, bytes32 evidenceHash) private {
        Registration storage r = _registrations[msg.sender][a.keysetDigest];
        require(r.from == 0, AlreadyRegistered());
        require(_keysetOf[msg.sender][a.signer] == 0, SignerUsed());
        r.signer = a.signer;
        r.from = uint64(block.timestamp);
        r.level = a.level;
        r.tcbStatus = a.tcbStatus;
        r.notBefore = a.notBefore;
        r.until = a.until;
        r.evaluation = a.evaluation;
        r.policy = policyNumber();
        r.revocations = revocations;
        r.measurement = a.measurement;
        r.mainMeasurement = a.mainMeasurement;
        r.platformId = a.platformId;
        r.evidenceHash = evidenceHash;
        r.marks = Data.put(abi.encodePacked(a.marks));
        _keysetOf[msg.sender][a.signer] = a.keysetDigest;
        _prune(msg.sender);
        _unexpired[msg.sender].push(a.keysetDigest);
        _standings[msg.sender].current = a.keysetDigest;
        emit Attested(msg.sender, a.keysetDigest, a.signer, a.level, a.until, a.measurement, a.platformId, evidenceHash);
    }

    /// Forgets the keysets of a node whose time is over, so that the list stays as short as a day.
    function _prune(address node) private {
        bytes32[] storage digests = _unexpired[node];
        for (uint256 i = digests.length; i > 0; --i) {
            if (_registrations[node][digests[i - 1]].until > block.timestamp) continue;
            digests[i - 1] = digests[digests.length - 1];
            digests.pop();
        }
    }

    /// When it ends: by itself or its node's word, or by the end of the policy that it was judged by.
    function _end(Registration storage r) private view returns (uint64 end) {
        end = r.until;
        uint64 other = _policies[r.policy - 1].until;
        if (other != 0 && other < end) end = other;
    }

    /// Whether nothing that it rests on was revoked since.
    function _isGood(Registration storage r) private view returns (bool) {
        return r.revocations == revocations || _areGood(_marks(r));
    }

    function _marks(Registration storage r) private view returns (bytes32[] memory marks) {
        bytes memory packed = Data.get(r.marks);
        // The same words, of which a list counts one where bytes count 32.
        assembly ("memory-safe") {
            mstore(packed, div(mload(packed), 32))
            marks := packed
        }
    }
}
