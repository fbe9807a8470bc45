// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Data} from "./Data.sol";
import {Authenticated, EvidenceCalls} from "./EvidenceCalls.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {Revocations} from "./Revocations.sol";

/// @title What vendors publish about their hardware, as far as anybody brought it here
/// @dev The part of `Attestations` that anybody may write: everything is signed under a root, and only newer things replace older ones.
abstract contract Collaterals is Revocations {
    uint8 private constant REVOCATION_LIST = 1;
    uint8 private constant VLEK_REVOCATION_LIST = 4;

    mapping(bytes32 key => Collateral) private _collateral;

    /// @inheritdoc IAttestations
    function postCollateral(bytes calldata input) external returns (bytes32 key) {
        Authenticated memory a = _newer(input);
        return _post(a, Data.put(input), false);
    }

    /// @inheritdoc IAttestations
    function keep(bytes calldata piece) external returns (bytes32 name) {
        (, name) = Data.name(piece);
    }

    /// @inheritdoc IAttestations
    function postKept(bytes32[] calldata names) external returns (bytes32 key) {
        address list = Data.join(names);
        return _post(_newer(Data.joined(list)), list, true);
    }

    /// @inheritdoc IAttestations
    function revokeListed(bytes32 key, uint256[] calldata serials) external {
        _revokeNamed(collateralData(key), serials);
    }

    /// @inheritdoc IAttestations
    function revokeBy(bytes calldata list, uint256[] calldata serials) external {
        _genuine(list);
        _revokeNamed(list, serials);
    }

    /// @inheritdoc IAttestations
    function collateral(bytes32 key) external view returns (Collateral memory) {
        return _collateral[key];
    }

    /// @inheritdoc IAttestations
    function collateralData(bytes32 key) public view returns (bytes memory) {
        Collateral storage current = _collateral[key];
        return current.inPieces ? Data.joined(current.data) : Data.get(current.data);
    }

    /// The posted things of these keys as an ABI-encoded list, or nothing.
    function _posted(bytes32[] calldata keys) internal view returns (bytes memory) {
        if (keys.length == 0) return "";
        bytes[] memory items = new bytes[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            items[i] = collateralData(keys[i]);
            require(items[i].length != 0, NotPosted(keys[i]));
        }
        return abi.encode(items);
    }

    /// Something that a vendor published, in date, on certificates that are good.
    function _genuine(bytes memory input) private view returns (Authenticated memory a) {
        a = EvidenceCalls.authenticate(Data.get(_developmentRoots), input);
        require(a.code == 0, CollateralRefused(a.code));
        require(_areGood(a.marks), AlreadyRevoked());
    }

    /// Such that is newer than what is in its place.
    function _newer(bytes memory input) private view returns (Authenticated memory a) {
        a = _genuine(input);
        Collateral storage current = _collateral[a.key];
        bool list = a.kind == REVOCATION_LIST || a.kind == VLEK_REVOCATION_LIST;
        bool later = list && a.number != 0 ? a.number > current.number : a.number >= current.number;
        require(later && a.thisUpdate > current.thisUpdate, NotNewer());
    }

    function _post(Authenticated memory a, address data, bool inPieces) private returns (bytes32 key) {
        key = a.key;
        _collateral[key] = Collateral(a.number, a.thisUpdate, a.kind, inPieces, data, a.nextUpdate);
        emit CollateralPosted(key, a.kind, a.number, a.thisUpdate, a.nextUpdate);
    }

    function _revokeNamed(bytes memory list, uint256[] calldata serials) private {
        bytes32 issuer = EvidenceCalls.listed(list, serials);
        require(issuer != 0, NotListed());
        for (uint256 i = 0; i < serials.length; ++i) {
            _revoke(certificateMark(issuer, serials[i]));
        }
    }

    /// Nobody may rest on something older than what is here, or of a lower number, nor leave out what is here. Vendors write files of former
    /// evaluations anew: the date alone would let them back in.
    function _requireNewest(bytes32[] memory keys, uint64[] memory updates, uint160[] memory numbers) internal view {
        for (uint256 i = 0; i < keys.length; ++i) {
            Collateral storage posted = _collateral[keys[i]];
            require(updates[i] >= posted.thisUpdate && numbers[i] >= posted.number, NewerPosted(keys[i]));
        }
    }
}
