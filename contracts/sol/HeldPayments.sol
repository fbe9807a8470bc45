// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MODELS, NODES, REWARDS, SETTLEMENT, TREASURY} from "./Addresses.sol";
import {IHeldPayments} from "./interfaces/IHeldPayments.sol";
import {IModels} from "./interfaces/IModels.sol";
import {INodes} from "./interfaces/INodes.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {PriceShares} from "./PriceShares.sol";
import {Receipt} from "./Types.sol";
import {ZkStatements} from "./ZkStatements.sol";

/// @title Payments that wait until the answer is proved, accepted or unchallenged
/// @dev Its money is its credit in `Settlement`: prices of held payments and deposits of challenges, to the wei. It calls `Settlement`,
/// `Nodes`, `Models` and the precompile, and writes before it calls. While `Settlement` settles, nothing here can pay out: `move` and
/// `fund` are closed then.
contract HeldPayments is IHeldPayments, ZkStatements {
    using PriceShares for PriceShares.Shares;

    /// @inheritdoc IHeldPayments
    uint256 public constant CHALLENGE_BLOCKS = 3600;
    /// @inheritdoc IHeldPayments
    uint256 public constant PROOF_BLOCKS = 21_600;
    /// Blocks come a second apart; a chain at a quarter of that speed still decides everything before a leaving node has its bond.
    uint256 private constant SLOWEST_BLOCK = 4 seconds;
    /// Between a receipt and its settlement; seconds, as in `Settlement`.
    uint256 private constant WINDOW = 1 hours;

    /// With ten times the price at stake, false answers lose money as soon as one in eleven is challenged.
    uint256 private constant PENALTY_FACTOR = 10;
    /// What makes it worth the gas to challenge the smallest price.
    uint256 private constant MIN_PENALTY = 0.1 ether;
    /// Penalties never reach the last part of a bond: it stays for equivocation, whoever plays payer against the own node.
    uint256 private constant RESERVED_BOND = 5000 ether;
    /// Gas that a challenge pays for in advance: what a block has, so that no proof costs its node more than it gets. The rest goes back.
    uint256 private constant CHALLENGE_GAS = 60_000_000;
    uint256 private constant TIP = 1 gwei;

    mapping(bytes32 paymentId => HeldPayment) private _held;
    /// @inheritdoc IHeldPayments
    mapping(address node => uint256 amount) public penalties;

    /// @notice Asserts that bonds stay for as long as they answer for held payments.
    constructor() {
        assert(INodes(NODES).UNBONDING() > WINDOW + (CHALLENGE_BLOCKS + PROOF_BLOCKS) * SLOWEST_BLOCK);
    }

    /// @inheritdoc IHeldPayments
    function hold(bytes32 paymentId, address node, address payer, uint256 price, uint16 feeBps, bool bound) external {
        require(msg.sender == SETTLEMENT, OnlySettlement());
        uint256 penalty = penaltyOf(price);
        penalties[node] += penalty;
        _held[paymentId] = HeldPayment(uint64(block.number), 0, 0, feeBps, Status.Held, bound);
        emit Held(paymentId, node, payer, price, penalty);
    }

    /// @inheritdoc IHeldPayments
    function prove(Receipt calldata receipt, bytes calldata input) external {
        uint256 gasAtStart = gasleft();
        HeldPayment storage payment = _open(receipt);
        if (payment.status == Status.Challenged) _requireUntil(payment.challengedAt + PROOF_BLOCKS);
        _requireProved(receipt, input);
        if (payment.bound) _requirePaidFor(receipt, input);
        emit Proved(receipt.paymentId, receipt.proofRef, msg.sender);
        uint256 deposit = payment.deposit;
        _release(payment, receipt);
        if (deposit != 0) _returnDeposit(receipt, deposit, gasAtStart, input.length);
    }

    /// @inheritdoc IHeldPayments
    function accept(Receipt calldata receipt) external {
        require(msg.sender == receipt.payer, OnlyPayer());
        HeldPayment storage payment = _open(receipt);
        // Or a payer could let a node bring its proof for nothing.
        require(payment.status == Status.Held, AlreadyChallenged());
        _release(payment, receipt);
    }

    /// @inheritdoc IHeldPayments
    function release(Receipt calldata receipt) external {
        HeldPayment storage payment = _open(receipt);
        require(payment.status == Status.Held, AlreadyChallenged());
        _requireAfter(payment.heldAt + CHALLENGE_BLOCKS);
        _release(payment, receipt);
    }

    /// @inheritdoc IHeldPayments
    function releaseMany(Receipt[] calldata receipts) external returns (bool[] memory done) {
        uint256 length = receipts.length;
        done = new bool[](length);
        for (uint256 i = 0; i < length; ++i) {
            HeldPayment storage payment = _held[receipts[i].paymentId];
            if (payment.status != Status.Held || block.number <= payment.heldAt + CHALLENGE_BLOCKS) continue;
            if (!_isSettled(receipts[i])) continue;
            _release(payment, receipts[i]);
            done[i] = true;
        }
    }

    /// @inheritdoc IHeldPayments
    function challenge(Receipt calldata receipt) external payable {
        require(msg.sender == receipt.payer, OnlyPayer());
        HeldPayment storage payment = _open(receipt);
        require(payment.status == Status.Held, AlreadyChallenged());
        _requireUntil(payment.heldAt + CHALLENGE_BLOCKS);
        uint256 least = challengeDeposit();
        require(msg.value >= least && msg.value <= type(uint96).max, DepositTooSmall(least));
        payment.status = Status.Challenged;
        payment.challengedAt = uint64(block.number);
        payment.deposit = uint96(msg.value);
        emit Challenged(receipt.paymentId, receipt.node, msg.value, block.number + PROOF_BLOCKS);
        ISettlement(SETTLEMENT).fund{value: msg.value}(address(this));
    }

    /// @inheritdoc IHeldPayments
    function fail(Receipt calldata receipt) external {
        HeldPayment storage payment = _open(receipt);
        require(payment.status == Status.Challenged, NotChallenged());
        _requireAfter(payment.challengedAt + PROOF_BLOCKS);
        uint256 penalty = _close(payment, receipt, Status.Failed);
        _pay(receipt.payer, receipt.price + payment.deposit);
        penalty = INodes(NODES).penalise(receipt.node, penalty, receipt.payer);
        emit Failed(receipt.paymentId, receipt.node, receipt.payer, penalty);
    }

    /// @inheritdoc IHeldPayments
    function refusal(bytes32 modelId, address node, uint256 bond, uint256 price) external view returns (bytes4) {
        if (IModels(MODELS).zkModelOf(modelId) == 0) return NotProvable.selector;
        if (penalties[node] + penaltyOf(price) + RESERVED_BOND > bond) return PenaltyAboveBond.selector;
        return 0;
    }

    /// @inheritdoc IHeldPayments
    function held(bytes32 paymentId) external view returns (HeldPayment memory) {
        return _held[paymentId];
    }

    /// @inheritdoc IHeldPayments
    function challengeDeposit() public view returns (uint256) {
        return CHALLENGE_GAS * _dearestGas();
    }

    /// @inheritdoc IHeldPayments
    function penaltyOf(uint256 price) public pure returns (uint256) {
        uint256 penalty = price * PENALTY_FACTOR;
        return penalty < MIN_PENALTY ? MIN_PENALTY : penalty;
    }

    /// The payment of a receipt, if it is still here.
    function _open(Receipt calldata receipt) private view returns (HeldPayment storage payment) {
        payment = _held[receipt.paymentId];
        require(payment.status == Status.Held || payment.status == Status.Challenged, NotHeld());
        require(_isSettled(receipt), NotSettled());
    }

    function _isSettled(Receipt calldata receipt) private view returns (bool) {
        return ISettlement(SETTLEMENT).settled(receipt.paymentId) == ISettlement(SETTLEMENT).hashReceipt(receipt);
    }

    function _requireUntil(uint256 last) private view {
        require(block.number <= last, TooLate(last));
    }

    function _requireAfter(uint256 last) private view {
        require(block.number > last, TooEarly(last));
    }

    /// Shares the price out as `Settlement` would have done when it was settled.
    function _release(HeldPayment storage payment, Receipt calldata receipt) private {
        _close(payment, receipt, Status.Released);
        emit Released(receipt.paymentId, receipt.node, receipt.price);
        (address author, uint16 royaltyBps, uint128 minRoyalty, address parentAuthor, uint16 parentShareBps) =
            IModels(MODELS).terms(receipt.modelId);
        PriceShares.Shares memory shares =
            PriceShares.divide(receipt.price, royaltyBps, minRoyalty, parentShareBps, payment.feeBps);
        address[] memory to = new address[](5);
        uint256[] memory amounts = new uint256[](5);
        (to[0], amounts[0]) = (receipt.node, shares.nodePart(receipt.price));
        (to[1], amounts[1]) = (author, shares.royalty - shares.parentPart);
        (to[2], amounts[2]) = (parentAuthor, shares.parentPart);
        (to[3], amounts[3]) = (REWARDS, shares.halfFee);
        (to[4], amounts[4]) = (TREASURY, shares.halfFee);
        ISettlement(SETTLEMENT).move(to, amounts);
    }

    /// Ends the life of a payment. Returns what of the bond no longer answers for it.
    function _close(HeldPayment storage payment, Receipt calldata receipt, Status status) private returns (uint256 penalty) {
        payment.status = status;
        penalty = penaltyOf(receipt.price);
        penalties[receipt.node] -= penalty;
    }

    /// What the proof cost goes to the node, the rest of the deposit to the payer.
    function _returnDeposit(Receipt calldata receipt, uint256 deposit, uint256 gasAtStart, uint256 inputBytes) private {
        uint256 gasPrice = _dearestGas();
        if (tx.gasprice < gasPrice) gasPrice = tx.gasprice;
        uint256 cost = _transactionGas(gasAtStart - gasleft(), inputBytes) * gasPrice;
        if (cost > deposit) cost = deposit;
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], amounts[0]) = (receipt.node, cost);
        (to[1], amounts[1]) = (receipt.payer, deposit - cost);
        ISettlement(SETTLEMENT).move(to, amounts);
    }

    function _pay(address account, uint256 amount) private {
        address[] memory to = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (to[0], amounts[0]) = (account, amount);
        ISettlement(SETTLEMENT).move(to, amounts);
    }

    /// OPG wei a gas: room for the base fee to double, and a tip.
    function _dearestGas() private view returns (uint256) {
        return 2 * block.basefee + TIP;
    }
}
