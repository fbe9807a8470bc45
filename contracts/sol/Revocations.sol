// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TIMELOCK} from "./Addresses.sol";
import {Data} from "./Data.sol";
import {EvidenceCalls} from "./EvidenceCalls.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";

/// @title What governance decides about evidence: the policy, and what is revoked
/// @dev The part of `Attestations` that only the Timelock writes. What is revoked is a mark: a hash of a measurement, a machine or a
/// certificate. There is no way back.
abstract contract Revocations is IAttestations {
    /// Chain ids of local networks are drawn at random from here on; public networks have smaller ones.
    uint256 private constant FIRST_LOCAL_CHAIN = 2 ** 32;

    Policy[] internal _policies;
    /// @inheritdoc IAttestations
    mapping(bytes32 mark => uint64 time) public revokedAt;
    /// @inheritdoc IAttestations
    uint32 public revocations;
    address internal _developmentRoots;

    /// @param firstPolicy canonical JSON of an `AttestationPolicy`.
    /// @param roots certificates (DER) of local networks, whose evidence counts as level 129.
    constructor(bytes memory firstPolicy, bytes[] memory roots) {
        if (roots.length != 0) {
            require(block.chainid >= FIRST_LOCAL_CHAIN, OnlyLocalNetworks());
            _developmentRoots = Data.put(abi.encode(roots));
        }
        _addPolicy(firstPolicy);
    }

    /// @inheritdoc IAttestations
    function setPolicy(bytes calldata newPolicy) external {
        require(msg.sender == TIMELOCK, OnlyTimelock());
        _policies[_policies.length - 1].until = uint64(block.timestamp);
        _addPolicy(newPolicy);
    }

    /// @inheritdoc IAttestations
    function revokeMeasurement(bytes32 measurement) external {
        require(msg.sender == TIMELOCK, OnlyTimelock());
        _revoke(measurement);
    }

    /// @inheritdoc IAttestations
    function revokePlatform(bytes32 platformId) external {
        require(msg.sender == TIMELOCK, OnlyTimelock());
        _revoke(platformId);
    }

    /// @inheritdoc IAttestations
    function revokeCertificate(bytes32 issuer, uint256 serial) external {
        require(msg.sender == TIMELOCK, OnlyTimelock());
        _revoke(certificateMark(issuer, serial));
    }

    /// @inheritdoc IAttestations
    function policy() public view returns (bytes memory) {
        return Data.get(_policies[_policies.length - 1].data);
    }

    /// @inheritdoc IAttestations
    function policyNumber() public view returns (uint32) {
        return uint32(_policies.length);
    }

    /// @inheritdoc IAttestations
    function policyAt(uint32 number) external view returns (Policy memory) {
        return _policies[number - 1];
    }

    /// @inheritdoc IAttestations
    function developmentRoots() external view returns (bytes[] memory) {
        bytes memory roots = Data.get(_developmentRoots);
        return roots.length == 0 ? new bytes[](0) : abi.decode(roots, (bytes[]));
    }

    /// @inheritdoc IAttestations
    function certificateMark(bytes32 issuer, uint256 serial) public pure returns (bytes32) {
        return keccak256(abi.encode(issuer, serial));
    }

    /// Once revoked, always revoked.
    function _revoke(bytes32 mark) internal {
        if (revokedAt[mark] != 0) return;
        revokedAt[mark] = uint64(block.timestamp);
        ++revocations;
        emit Revoked(mark);
    }

    /// Whether nothing of this was revoked.
    function _areGood(bytes32[] memory marks) internal view returns (bool) {
        for (uint256 i = 0; i < marks.length; ++i) {
            if (revokedAt[marks[i]] != 0) return false;
        }
        return true;
    }

    function _addPolicy(bytes memory newPolicy) private {
        require(EvidenceCalls.isPolicy(newPolicy), BadPolicy());
        bytes32 hash = keccak256(newPolicy);
        _policies.push(Policy(Data.put(newPolicy), 0, hash));
        emit PolicySet(uint32(_policies.length), hash);
    }
}
