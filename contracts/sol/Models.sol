// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModels} from "./interfaces/IModels.sol";
import {ModelName} from "./ModelName.sol";

/// @title Names, versions and terms of models
contract Models is IModels {
    uint16 private constant MAX_BPS = 5000;
    /// The supply: no floor needs to be higher, and sums cannot overflow.
    uint128 private constant MAX_ROYALTY = 1e27;

    mapping(bytes32 modelId => Model) private _models;
    mapping(bytes32 nameHash => Version[]) private _versions;
    mapping(bytes32 ownerHash => address account) private _owners;
    string[] private _names;
    /// @inheritdoc IModels
    mapping(bytes32 modelId => bytes32 zkModelId) public zkModelOf;

    /// @inheritdoc IModels
    function publish(
        string calldata name,
        bytes32 manifestHash,
        uint16 royaltyBps,
        uint128 minRoyalty,
        bytes32 parent,
        uint16 parentShareBps
    ) external returns (bytes32 modelId) {
        _claim(ModelName.owner(name));
        require(manifestHash != 0, NoManifest());
        modelId = sha256(abi.encodePacked(msg.sender, manifestHash));
        Model memory terms_ = Model({
            author: msg.sender,
            royaltyBps: royaltyBps,
            parentShareBps: parentShareBps,
            publishedAt: uint64(block.timestamp),
            manifestHash: manifestHash,
            minRoyalty: minRoyalty,
            parent: parent
        });
        if (_models[modelId].publishedAt == 0) _fix(modelId, terms_);
        else _requireSame(modelId, terms_);

        Version[] storage versions = _versions[keccak256(bytes(name))];
        if (versions.length == 0) _names.push(name);
        versions.push(Version(modelId, false));
        emit Published(modelId, name, msg.sender, manifestHash, uint32(versions.length));
    }

    /// @inheritdoc IModels
    function withdraw(string calldata name, uint32 version) external {
        address holder = _owners[keccak256(bytes(ModelName.owner(name)))];
        require(holder == msg.sender, NameTaken(holder));
        Version storage entry = _version(name, version);
        require(!entry.withdrawn, AlreadyWithdrawn());
        entry.withdrawn = true;
        emit Withdrawn(entry.modelId, name, version);
    }

    /// @inheritdoc IModels
    function commitZk(bytes32 modelId, bytes32 zkModelId) external {
        require(_models[modelId].author == msg.sender, OnlyAuthor());
        require(zkModelId != 0, NoZkModel());
        require(zkModelOf[modelId] == 0, ZkModelIsFixed(zkModelOf[modelId]));
        zkModelOf[modelId] = zkModelId;
        emit ZkCommitted(modelId, zkModelId);
    }

    /// @inheritdoc IModels
    function model(bytes32 modelId) external view returns (Model memory) {
        return _models[modelId];
    }

    /// @inheritdoc IModels
    function terms(
        bytes32 modelId
    ) external view returns (address author, uint16 royaltyBps, uint128 minRoyalty, address parentAuthor, uint16 parentShareBps) {
        Model storage m = _models[modelId];
        bytes32 parent = m.parent;
        parentAuthor = parent == 0 ? address(0) : _models[parent].author;
        return (m.author, m.royaltyBps, m.minRoyalty, parentAuthor, m.parentShareBps);
    }

    /// @inheritdoc IModels
    function resolve(string calldata name) external view returns (bytes32 modelId, uint32 version, bool withdrawn) {
        version = versionCount(name);
        Version storage entry = _version(name, version);
        return (entry.modelId, version, entry.withdrawn);
    }

    /// @inheritdoc IModels
    function versionCount(string calldata name) public view returns (uint32) {
        return uint32(_versions[keccak256(bytes(name))].length);
    }

    /// @inheritdoc IModels
    function versionAt(string calldata name, uint32 version) external view returns (bytes32 modelId, bool withdrawn) {
        Version storage entry = _version(name, version);
        return (entry.modelId, entry.withdrawn);
    }

    /// @inheritdoc IModels
    function ownerOf(string calldata owner) external view returns (address) {
        return _owners[keccak256(bytes(owner))];
    }

    /// @inheritdoc IModels
    function nameCount() external view returns (uint256) {
        return _names.length;
    }

    /// @inheritdoc IModels
    function nameAt(uint256 index) external view returns (string memory) {
        return _names[index];
    }

    function _claim(string calldata owner) private {
        bytes32 key = keccak256(bytes(owner));
        address holder = _owners[key];
        if (holder == address(0)) {
            _owners[key] = msg.sender;
            emit NameClaimed(owner, msg.sender);
        } else {
            require(holder == msg.sender, NameTaken(holder));
        }
    }

    /// A parent has to be there before its child, so a chain of parents has no circle.
    function _fix(bytes32 modelId, Model memory m) private {
        require(m.royaltyBps <= MAX_BPS && m.parentShareBps <= MAX_BPS && m.minRoyalty <= MAX_ROYALTY, BadTerms());
        if (m.parent == 0) require(m.parentShareBps == 0, BadTerms());
        else require(_models[m.parent].publishedAt != 0, UnknownParent(m.parent));
        _models[modelId] = m;
    }

    function _requireSame(bytes32 modelId, Model memory m) private view {
        Model storage fixed_ = _models[modelId];
        require(
            fixed_.royaltyBps == m.royaltyBps && fixed_.minRoyalty == m.minRoyalty && fixed_.parent == m.parent
                && fixed_.parentShareBps == m.parentShareBps,
            TermsAreFixed(modelId)
        );
    }

    function _version(string calldata name, uint32 version) private view returns (Version storage) {
        Version[] storage versions = _versions[keccak256(bytes(name))];
        require(version != 0 && version <= versions.length, UnknownVersion());
        return versions[version - 1];
    }
}
