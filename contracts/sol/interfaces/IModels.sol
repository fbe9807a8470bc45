// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Names, versions and terms of models
/// @notice A model is known by the hash of its author and manifest, so nobody can publish under another author's id.
/// Royalty and parent are fixed with the first publication and never change.
interface IModels {
    /// @notice What is fixed when a model is published. `publishedAt` 0: no such model.
    struct Model {
        /// Account that published it; receives the royalty.
        address author;
        /// Royalty in 1/10,000 of the price, at most 5,000.
        uint16 royaltyBps;
        /// The parent author's part of the royalty in 1/10,000, at most 5,000.
        uint16 parentShareBps;
        /// Block time of the first publication, unix seconds.
        uint64 publishedAt;
        /// SHA-256 of the manifest bytes.
        bytes32 manifestHash;
        /// Least royalty of one request in OPG wei.
        uint128 minRoyalty;
        /// modelId of the parent, zero if none.
        bytes32 parent;
    }

    /// @notice One entry in the list of a name.
    struct Version {
        bytes32 modelId;
        bool withdrawn;
    }

    /// @notice An account used the owner part `owner` first and keeps it.
    event NameClaimed(string owner, address indexed account);
    /// @notice `name` got the new version `version`.
    event Published(bytes32 indexed modelId, string name, address indexed author, bytes32 manifestHash, uint32 version);
    /// @notice The author asks nobody to use this version any more.
    event Withdrawn(bytes32 indexed modelId, string name, uint32 version);
    /// @notice Answers of the model can be proved: its integer model is `zkModelId` from now on and for ever.
    event ZkCommitted(bytes32 indexed modelId, bytes32 zkModelId);

    /// The name is not `owner/name` of the allowed characters and lengths.
    error BadName();
    /// The owner part belongs to another account.
    error NameTaken(address owner);
    /// The manifest hash is zero.
    error NoManifest();
    /// Royalty or parent share above 5,000, a floor above the supply, or a parent share without a parent.
    error BadTerms();
    /// The parent has not been published.
    error UnknownParent(bytes32 parent);
    /// The model was published before, under other terms.
    error TermsAreFixed(bytes32 modelId);
    /// No version of this number under this name, or no such name.
    error UnknownVersion();
    /// This version is withdrawn already.
    error AlreadyWithdrawn();
    /// Only the account that published the model may do this.
    error OnlyAuthor();
    /// The zkModelId is zero.
    error NoZkModel();
    /// The model has a zkModelId already.
    error ZkModelIsFixed(bytes32 zkModelId);

    /// @notice Publishes a manifest as the newest version of a name. The first use of an owner part claims it.
    /// @dev The same manifest may appear again (a second name, a return to an older version) under the same terms.
    /// @param name `owner/name`: owner 1–39 of a–z 0–9 -, name 1–96 of a–z 0–9 . _ -, both starting and ending with a letter or digit.
    /// @param manifestHash SHA-256 of the manifest bytes.
    /// @param royaltyBps royalty in 1/10,000 of the price, at most 5,000.
    /// @param minRoyalty least royalty of a request in OPG wei.
    /// @param parent modelId this one was made from, published before; zero if none.
    /// @param parentShareBps part of the royalty that goes to the parent's author, in 1/10,000, at most 5,000.
    /// @return modelId SHA-256(msg.sender ‖ manifestHash).
    function publish(
        string calldata name,
        bytes32 manifestHash,
        uint16 royaltyBps,
        uint128 minRoyalty,
        bytes32 parent,
        uint16 parentShareBps
    ) external returns (bytes32 modelId);

    /// @notice Marks a version as withdrawn. It stays readable, and a name never points back to an older version by itself.
    /// @param name `owner/name` of the caller.
    /// @param version number of the version, from 1.
    function withdraw(string calldata name, uint32 version) external;

    /// @notice Records, once, which integer model proofs about a published model are about. Only its author.
    /// @param zkModelId hash of the zk manifest (`packages/zkml/SPEC.md`, 2.8), as the model's own manifest names it.
    function commitZk(bytes32 modelId, bytes32 zkModelId) external;

    /// @notice The integer model that proofs about a model are about; zero if its answers cannot be proved.
    function zkModelOf(bytes32 modelId) external view returns (bytes32 zkModelId);

    /// @notice What was fixed about a model; all zero if there is none.
    function model(bytes32 modelId) external view returns (Model memory);

    /// @notice Who shares in the price of one request, and how much. All zero if there is no such model.
    /// @return author receives the royalty less the parent's part.
    /// @return royaltyBps in 1/10,000 of the price.
    /// @return minRoyalty least royalty in OPG wei.
    /// @return parentAuthor receives the parent's part; zero if there is no parent.
    /// @return parentShareBps in 1/10,000 of the royalty.
    function terms(
        bytes32 modelId
    ) external view returns (address author, uint16 royaltyBps, uint128 minRoyalty, address parentAuthor, uint16 parentShareBps);

    /// @notice The newest version of a name, also when it is withdrawn. Reverts with UnknownVersion if nothing bears the name.
    function resolve(string calldata name) external view returns (bytes32 modelId, uint32 version, bool withdrawn);

    /// @notice How many versions a name has; 0 if nothing bears it.
    function versionCount(string calldata name) external view returns (uint32);

    /// @notice One version of a name; `version` counts from 1.
    function versionAt(string calldata name, uint32 version) external view returns (bytes32 modelId, bool withdrawn);

    /// @notice The account that an owner part (the text before the slash) belongs to; zero if it is free.
    function ownerOf(string calldata owner) external view returns (address);

    /// @notice How many names there are.
    function nameCount() external view returns (uint256);

    /// @notice Name number `index` in the order of first publication, from 0.
    function nameAt(uint256 index) external view returns (string memory);
}
