// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HELD_PAYMENTS, MODELS, SETTLEMENT, WRAPPED_OPG} from "./Addresses.sol";
import {Endpoint} from "./Endpoint.sol";
import {IHeldPayments} from "./interfaces/IHeldPayments.sol";
import {IModels} from "./interfaces/IModels.sol";
import {INodes} from "./interfaces/INodes.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IWOPG} from "./interfaces/IWOPG.sol";
import {Offers} from "./Offers.sol";

/// @title Node operators: bond, receipt keys, endpoint, prices
/// @dev The balance of this contract is the sum of all bonds.
contract Nodes is INodes {
    using Offers for Offers.Book;

    /// @notice Least bond of an active node, in OPG wei.
    uint256 public constant MIN_BOND = 10_000 ether;
    /// @inheritdoc INodes
    uint256 public constant UNBONDING = 7 days;
    uint256 private constant REWARD_PERCENT = 5;
    uint8 private constant ALL_ROLES = 7;

    struct Key {
        uint64 from;
        uint64 until;
    }

    mapping(address account => Node) private _nodes;
    mapping(address account => mapping(address key => Key)) private _keys;
    Offers.Book private _offers;
    address[] private _accounts;

    /// @inheritdoc INodes
    function register(string calldata endpoint, address receiptKey, uint8 roles) external payable {
        Node storage n = _nodes[msg.sender];
        require(n.bond == 0 && n.slashedAt == 0, AlreadyRegistered());
        require(msg.value >= MIN_BOND, BondTooSmall());
        require(roles != 0 && roles <= ALL_ROLES, BadRoles());
        Endpoint.check(endpoint);
        if (n.registeredAt == 0) _accounts.push(msg.sender);
        n.bond = uint128(msg.value);
        n.registeredAt = uint64(block.timestamp);
        n.unbondingAt = 0;
        n.roles = roles;
        n.endpoint = endpoint;
        _startKey(n, receiptKey);
        emit Registered(msg.sender, endpoint, receiptKey, roles, msg.value);
        ISettlement(SETTLEMENT).createTill(msg.sender);
    }

    /// @inheritdoc INodes
    function setEndpoint(string calldata endpoint) external {
        Endpoint.check(endpoint);
        _bonded().endpoint = endpoint;
        emit EndpointChanged(msg.sender, endpoint);
    }

    /// @inheritdoc INodes
    function rotateKey(address newKey) external {
        Node storage n = _bonded();
        address oldKey = n.receiptKey;
        _keys[msg.sender][oldKey].until = uint64(block.timestamp);
        _startKey(n, newKey);
        emit KeyRotated(msg.sender, oldKey, newKey);
    }

    /// @inheritdoc INodes
    function addBond() external payable {
        Node storage n = _staying();
        n.bond += uint128(msg.value);
        emit BondAdded(msg.sender, msg.value, n.bond);
    }

    /// @inheritdoc INodes
    function setPrice(bytes32 modelId, uint8 unit, uint128 price_, bool active) external {
        // Only a node that stays, with its whole bond, may offer; any bonded node may stop.
        if (active) require(_staying().bond >= MIN_BOND, BondTooSmall());
        else _bonded();
        (address author,,,,) = IModels(MODELS).terms(modelId);
        require(author != address(0), UnknownModel());
        _offers.set(modelId, unit, price_, active);
        emit PriceChanged(msg.sender, modelId, unit, price_, active);
    }

    /// @inheritdoc INodes
    function unlist(bytes32 modelId, address account) external {
        require(!isActive(account), StillThere());
        _offers.end(modelId, account);
    }

    /// @inheritdoc INodes
    function unbond() external {
        _staying().unbondingAt = uint64(block.timestamp);
        emit Unbonding(msg.sender, uint64(block.timestamp + UNBONDING));
    }

    /// @inheritdoc INodes
    function withdrawBond() external {
        Node storage n = _bonded();
        require(n.unbondingAt != 0, NotUnbonding());
        uint256 until = n.unbondingAt + UNBONDING;
        require(block.timestamp >= until, StillBonded(until));
        require(IHeldPayments(HELD_PAYMENTS).penalties(msg.sender) == 0, PenaltiesOutstanding());
        uint256 amount = _empty(n, msg.sender);
        emit BondWithdrawn(msg.sender, amount);
        (bool sent,) = msg.sender.call{value: amount}("");
        require(sent, TransferFailed());
    }

    /// @inheritdoc INodes
    function slash(address account, address reporter) external returns (uint256 amount, uint256 reward) {
        require(msg.sender == SETTLEMENT, OnlySettlement());
        Node storage n = _nodes[account];
        require(n.bond != 0, NothingToSlash());
        amount = _empty(n, account);
        n.slashedAt = uint64(block.timestamp);
        reward = (amount * REWARD_PERCENT) / 100;
        emit Slashed(account, amount, reporter, reward);
        IWOPG(WRAPPED_OPG).depositFor{value: amount}(SETTLEMENT);
    }

    /// @inheritdoc INodes
    function penalise(address account, uint256 penalty, address beneficiary) external returns (uint256 amount) {
        require(msg.sender == HELD_PAYMENTS, OnlyHeldPayments());
        Node storage n = _nodes[account];
        amount = penalty < n.bond ? penalty : n.bond;
        n.bond -= uint128(amount);
        emit Penalised(account, amount, beneficiary, n.bond);
        ISettlement(SETTLEMENT).fund{value: amount}(beneficiary);
    }

    /// @inheritdoc INodes
    function node(address account) external view returns (Node memory) {
        return _nodes[account];
    }

    /// @inheritdoc INodes
    function keyInterval(address account, address key) external view returns (uint64 from, uint64 until) {
        Key storage k = _keys[account][key];
        return (k.from, k.until);
    }

    /// @inheritdoc INodes
    function keyLiveAt(address account, address key, uint64 time) external view returns (bool) {
        Key storage k = _keys[account][key];
        return k.from != 0 && k.from <= time && (k.until == 0 || time < k.until);
    }

    /// @inheritdoc INodes
    function standing(
        address account,
        address key
    ) external view returns (uint128 bond, uint64 unbondingAt, uint64 from, uint64 until) {
        Node storage n = _nodes[account];
        Key storage k = _keys[account][key];
        return (n.bond, n.unbondingAt, k.from, k.until);
    }

    /// @inheritdoc INodes
    function price(address account, bytes32 modelId, uint8 unit) external view returns (Price memory) {
        return _offers.prices[account][modelId][unit];
    }

    /// @inheritdoc INodes
    function serving(bytes32 modelId, uint256 offset, uint256 limit) external view returns (address[] memory) {
        return _offers.page(modelId, offset, limit);
    }

    /// @inheritdoc INodes
    function nodeCount() external view returns (uint256) {
        return _accounts.length;
    }

    /// @inheritdoc INodes
    function nodeAt(uint256 index) external view returns (address) {
        return _accounts[index];
    }

    /// @inheritdoc INodes
    function isActive(address account) public view returns (bool) {
        Node storage n = _nodes[account];
        return n.bond >= MIN_BOND && n.unbondingAt == 0;
    }

    /// The caller, if it has a bond.
    function _bonded() private view returns (Node storage n) {
        n = _nodes[msg.sender];
        require(n.bond != 0, NotRegistered());
    }

    /// The caller, if it has a bond and has not announced its leave.
    function _staying() private view returns (Node storage n) {
        n = _bonded();
        require(n.unbondingAt == 0, IsUnbonding());
    }

    function _startKey(Node storage n, address key) private {
        require(key != address(0) && key != msg.sender && _keys[msg.sender][key].from == 0, BadKey());
        _keys[msg.sender][key].from = uint64(block.timestamp);
        n.receiptKey = key;
    }

    /// Takes the whole bond off the books and ends the key.
    function _empty(Node storage n, address account) private returns (uint256 amount) {
        amount = n.bond;
        n.bond = 0;
        _keys[account][n.receiptKey].until = uint64(block.timestamp);
    }
}
