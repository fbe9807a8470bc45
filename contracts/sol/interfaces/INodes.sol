// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Node operators: bond, receipt keys, endpoint, prices
/// @notice A node is an account with a bond. Its receipts are signed by receipt keys, each live for one interval.
interface INodes {
    /// @notice What is known of a node. `registeredAt` 0: no such node.
    struct Node {
        /// OPG wei at risk; 0 after it was withdrawn or slashed.
        uint128 bond;
        /// Block time of the (last) registration, unix seconds.
        uint64 registeredAt;
        /// Block time at which the node announced its leave; 0 if it did not.
        uint64 unbondingAt;
        /// Bit 0 inference, bit 1 full, bit 2 data.
        uint8 roles;
        /// The newest receipt key.
        address receiptKey;
        /// Block time at which the whole bond was slashed; 0 if it was not. A slashed account never comes back.
        uint64 slashedAt;
        /// Where it serves; printable ASCII, 1–255 bytes. Hostile input to everyone but its owner.
        string endpoint;
    }

    /// @notice What a node asks for one unit of a model.
    struct Price {
        /// OPG wei a unit.
        uint128 amount;
        /// Block time of the last change of `amount`, unix seconds; 0 if never offered.
        uint64 since;
        /// Whether the node serves at this price.
        bool active;
        /// The amount before `since`.
        uint128 previous;
    }

    /// @notice A node is there (again).
    event Registered(address indexed node, string endpoint, address receiptKey, uint8 roles, uint256 bond);
    /// @notice Receipts are signed by `newKey` from now on.
    event KeyRotated(address indexed node, address oldKey, address newKey);
    /// @notice The node serves elsewhere from now on.
    event EndpointChanged(address indexed node, string endpoint);
    /// @notice The node asks `price` OPG wei for a unit of the model, or stopped asking.
    event PriceChanged(address indexed node, bytes32 indexed modelId, uint8 unit, uint128 price, bool active);
    /// @notice The node leaves; its bond stays at risk until `until`.
    event Unbonding(address indexed node, uint64 until);
    /// @notice The node left with its bond.
    event BondWithdrawn(address indexed node, uint256 amount);
    /// @notice The bond is now `bond`.
    event BondAdded(address indexed node, uint256 amount, uint256 bond);
    /// @notice The node lost its bond: `reward` to the reporter, the rest to the treasury.
    event Slashed(address indexed node, uint256 amount, address indexed reporter, uint256 reward);
    /// @notice The node could not prove an answer in time: `amount` of its bond is credited to the payer.
    event Penalised(address indexed node, uint256 amount, address indexed beneficiary, uint256 bond);

    /// The account is a node already, or was slashed.
    error AlreadyRegistered();
    /// The caller is no node, or has left, or was slashed.
    error NotRegistered();
    /// The caller has announced its leave.
    error IsUnbonding();
    /// The caller has not announced its leave.
    error NotUnbonding();
    /// The bond stays until this time.
    error StillBonded(uint256 until);
    /// Less than 10,000 OPG.
    error BondTooSmall();
    /// Zero, the account itself, or a key that this node has used before.
    error BadKey();
    /// Empty, over 255 bytes, or not printable ASCII.
    error BadEndpoint();
    /// None, or an unknown bit.
    error BadRoles();
    /// There is no such unit.
    error BadUnit();
    /// There is no such model.
    error UnknownModel();
    /// The node is active.
    error StillThere();
    /// The node is not in the list of the model.
    error NotListed();
    /// The amount may change again at this time.
    error PriceTooFresh(uint256 until);
    /// Only `Settlement` may do this.
    error OnlySettlement();
    /// Only `HeldPayments` may do this.
    error OnlyHeldPayments();
    /// Payments of the node are held, and the bond answers for their proofs; release them first.
    error PenaltiesOutstanding();
    /// There is no bond to take.
    error NothingToSlash();
    /// The account refused its own bond.
    error TransferFailed();

    /// @notice Makes the caller a node with the value sent as its bond, and creates its till. A node that left may come back with a new key.
    /// @param endpoint where it serves.
    /// @param receiptKey address of the key that signs its receipts: not the account itself, and never used by this node before.
    /// @param roles bit 0 inference, bit 1 full, bit 2 data.
    function register(string calldata endpoint, address receiptKey, uint8 roles) external payable;

    /// @notice Changes where the caller serves.
    function setEndpoint(string calldata endpoint) external;

    /// @notice Ends the interval of the caller's receipt key now and starts that of `newKey`.
    /// @dev Keys need no proof of possession: every signed statement names its node, so registering a stranger's key only gives
    /// that stranger power over the own bond, and the stranger may still register its key for itself.
    function rotateKey(address newKey) external;

    /// @notice Adds the value sent to the caller's bond.
    function addBond() external payable;

    /// @notice Asks `price` OPG wei for a unit of a model, or stops with `active` false.
    /// @dev The amount changes at most once an hour, so that a quote stays checkable; stopping and resuming at the same amount is free of that.
    /// @param unit 0 request, 1 byte, 2 token in, 3 token out.
    function setPrice(bytes32 modelId, uint8 unit, uint128 price, bool active) external;

    /// @notice Takes a node that is not active (it was slashed, has left or announced it, or penalties took its bond below 10,000 OPG) out of the
    /// list of a model. Anybody may call: a bond that is only passing through, from account to account, or half of it that a node pays to itself,
    /// would otherwise fill the lists for good. A node that comes back, or makes up its bond, offers anew.
    function unlist(bytes32 modelId, address account) external;

    /// @notice Announces the caller's leave: receipts issued from now on are not settled; the bond stays at risk for 7 days.
    function unbond() external;

    /// @notice Pays the bond back, 7 days after `unbond`, and ends the receipt key. Not while payments of the node are held.
    function withdrawBond() external;

    /// @notice Takes a node's whole bond: 5 % for the reporter, the rest for the treasury. Only `Settlement`, which credits both.
    /// @return amount the whole bond in OPG wei, sent to `Settlement` as WOPG.
    /// @return reward the reporter's part of it.
    function slash(address node, address reporter) external returns (uint256 amount, uint256 reward);

    /// @notice Credits a part of a node's bond to `beneficiary`, or all of it if there is no more. Only `HeldPayments`.
    /// @return amount OPG wei credited.
    function penalise(address node, uint256 penalty, address beneficiary) external returns (uint256 amount);

    /// @notice Seconds for which a leaving node's bond stays at risk.
    function UNBONDING() external view returns (uint256);

    /// @notice What is known of a node; all zero if there is none.
    function node(address account) external view returns (Node memory);

    /// @notice The interval of a receipt key of a node. `from` 0: never a key of this node; `until` 0: live.
    function keyInterval(address account, address key) external view returns (uint64 from, uint64 until);

    /// @notice Whether `key` was the live receipt key of the node at `time` (from ≤ time < until).
    function keyLiveAt(address account, address key, uint64 time) external view returns (bool);

    /// @notice All that `Settlement` asks about the node of a receipt, in one call.
    /// @return bond in OPG wei; 0 if it left, was slashed or never was.
    /// @return unbondingAt block time of its announced leave; 0 if none.
    /// @return from start of the key's interval; 0 if never a key of this node.
    /// @return until end of the key's interval; 0 if live.
    function standing(
        address account,
        address key
    ) external view returns (uint128 bond, uint64 unbondingAt, uint64 from, uint64 until);

    /// @notice What the node asks for one unit of the model.
    function price(address account, bytes32 modelId, uint8 unit) external view returns (Price memory);

    /// @notice Nodes that offer the model, `limit` of them from number `offset`; some may have left: ask `isActive`; anybody may `unlist` them.
    function serving(bytes32 modelId, uint256 offset, uint256 limit) external view returns (address[] memory);

    /// @notice How many accounts ever registered.
    function nodeCount() external view returns (uint256);

    /// @notice Account number `index` in the order of registration, from 0.
    function nodeAt(uint256 index) external view returns (address);

    /// @notice Whether the node has at least 10,000 OPG at risk and has not announced its leave.
    function isActive(address account) external view returns (bool);
}
