// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ATTESTATIONS, HELD_PAYMENTS, MODELS, NODES, REWARDS, TIMELOCK, TREASURY, WRAPPED_OPG} from "./Addresses.sol";
import {Batches} from "./Batches.sol";
import {Credits} from "./Credits.sol";
import {IAttestations} from "./interfaces/IAttestations.sol";
import {IHeldPayments} from "./interfaces/IHeldPayments.sol";
import {IModels} from "./interfaces/IModels.sol";
import {INodes} from "./interfaces/INodes.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {ITill} from "./interfaces/ITill.sol";
import {IWOPG} from "./interfaces/IWOPG.sol";
import {exactPaymentId} from "./PaymentId.sol";
import {PriceShares} from "./PriceShares.sol";
import {Statements} from "./Statements.sol";
import {Tills} from "./Tills.sol";
import {ExactPayment, Receipt} from "./Types.sol";
import {ZkNonce} from "./ZkNonce.sol";

/// @title Where payment and the node's signed commitment to its answer become one transaction
/// @dev A list is settled in runs: what consecutive entries of one node or one model add up to stays in memory (`Run`) and is
/// written when the next one begins.
contract Settlement is ISettlement, Statements, Credits, Batches, Tills {
    using PriceShares for PriceShares.Shares;

    /// Between a receipt, or the end of its key, and its anchor; seconds.
    uint256 private constant WINDOW = 1 hours;
    /// Level of receipts that a receipt key signs and nothing else backs.
    uint8 private constant SIGNATURE = 0;
    /// Level of receipts whose payment waits for a proof.
    uint8 private constant ZK = 2;
    /// Levels of receipts that a key inside an enclave signs.
    uint8 private constant TEE = 1;
    uint8 private constant DEVELOPMENT = 129;
    uint16 private constant MAX_FEE_BPS = 1000;
    /// Each payment is tried with exactly this much gas, so that neither a payer's contract wallet can burn more, nor a caller's
    /// low gas limit make a good entry fail.
    uint256 private constant PAYMENT_GAS = 300_000;
    uint256 private constant GAS_RESERVE = PAYMENT_GAS + PAYMENT_GAS / 63 + 10_000;

    /// What the entries at hand have in common, and what they have added up to so far.
    struct Run {
        address node;
        address till;
        uint128 bond;
        uint64 unbondingAt;
        address key;
        uint64 keyFrom;
        uint64 keyUntil;
        bytes32 modelId;
        address author;
        address parentAuthor;
        uint256 royaltyBps;
        uint256 minRoyalty;
        uint256 parentShareBps;
        uint256 feeBps;
        // OPG wei, waiting to be written.
        uint256 pulled;
        uint256 nodePart;
        uint256 authorPart;
        uint256 parentPart;
        uint256 halfFee;
        uint256 heldPart;
    }

    /// @inheritdoc ISettlement
    uint16 public feeBps = 200;

    /// @inheritdoc ISettlement
    function settle(Receipt calldata receipt, bytes calldata signature, ExactPayment calldata payment) external nonReentrant {
        Run memory run;
        run.feeBps = feeBps;
        bytes memory problem = _settle(run, receipt, signature, payment);
        if (problem.length != 0) _revertWith(problem);
        _closeModel(run);
        _closeNode(run);
        _closeFees(run);
    }

    /// @inheritdoc ISettlement
    function settleMany(
        Receipt[] calldata receipts,
        bytes[] calldata signatures,
        ExactPayment[] calldata payments
    ) external nonReentrant returns (bool[] memory done) {
        uint256 length = receipts.length;
        require(signatures.length == length && payments.length == length, LengthMismatch());
        done = new bool[](length);
        Run memory run;
        run.feeBps = feeBps;
        for (uint256 i = 0; i < length; ++i) {
            bytes memory problem = _settle(run, receipts[i], signatures[i], payments[i]);
            if (problem.length == 0) done[i] = true;
            else emit SettleFailed(receipts[i].paymentId, receipts[i].node, problem);
        }
        _closeModel(run);
        _closeNode(run);
        _closeFees(run);
    }

    /// @inheritdoc ISettlement
    function equivocation(
        Receipt calldata a,
        bytes calldata signatureA,
        Receipt calldata b,
        bytes calldata signatureB
    ) external nonReentrant {
        bytes32 hashA = hashReceipt(a);
        bytes32 hashB = hashReceipt(b);
        require(a.node == b.node && a.paymentId == b.paymentId && a.paymentId != 0 && hashA != hashB, NotEquivocation());
        _requireAccountable(a.node, _signer(hashA, signatureA));
        _requireAccountable(b.node, _signer(hashB, signatureB));
        emit Equivocated(a.node, a.paymentId, msg.sender);
        (uint256 amount, uint256 reward) = INodes(NODES).slash(a.node, msg.sender);
        _credit(msg.sender, reward);
        _credit(TREASURY, amount - reward);
    }

    /// @inheritdoc ISettlement
    function setFeeBps(uint16 newFeeBps) external {
        require(msg.sender == TIMELOCK, OnlyTimelock());
        require(newFeeBps <= MAX_FEE_BPS, FeeTooHigh());
        feeBps = newFeeBps;
        emit FeeChanged(newFeeBps);
    }

    /// One entry: checks, record, payment, sums. Returns the error, ABI-encoded, or nothing.
    function _settle(
        Run memory run,
        Receipt calldata receipt,
        bytes calldata signature,
        ExactPayment calldata payment
    ) private returns (bytes memory) {
        bytes4 problem = _checkReceipt(receipt, payment.nonce);
        if (problem != 0) return abi.encodePacked(problem);

        bytes32 receiptHash = hashReceipt(receipt);
        (address signer, ECDSA.RecoverError unsigned,) = ECDSA.tryRecoverCalldata(receiptHash, signature);
        if (unsigned != ECDSA.RecoverError.NoError) return abi.encodePacked(BadSignature.selector);

        _openNode(run, receipt.node, signer);
        problem = _checkNode(run, receipt.issuedAt);
        if (problem == 0) problem = _isAttested(receipt.level) ? _checkKeyset(receipt, signer) : _checkKey(run);
        if (problem != 0) return abi.encodePacked(problem);

        _openModel(run, receipt.modelId);
        if (run.author == address(0)) return abi.encodePacked(UnknownModel.selector);
        PriceShares.Shares memory shares =
            PriceShares.divide(receipt.price, run.royaltyBps, run.minRoyalty, run.parentShareBps, run.feeBps);
        if (shares.royalty + 2 * shares.halfFee > receipt.price) return abi.encodePacked(PriceBelowRoyalty.selector);
        if (receipt.level == ZK) {
            problem = IHeldPayments(HELD_PAYMENTS).refusal(receipt.modelId, receipt.node, run.bond, receipt.price);
            if (problem != 0) return abi.encodePacked(problem);
        }

        settled[receipt.paymentId] = receiptHash;
        bytes memory refusal = _pull(run.till, receipt, payment);
        if (refusal.length != 0) {
            delete settled[receipt.paymentId];
            return refusal;
        }
        if (receipt.level == ZK) _hold(run, receipt, payment.nonce);
        else _add(run, receipt.price, shares);
        _emitSettled(receipt, receiptHash);
        return "";
    }

    /// What the receipt itself and the clock can say.
    function _checkReceipt(Receipt calldata receipt, bytes32 nonce) private view returns (bytes4) {
        uint8 level = receipt.level;
        if (level == SIGNATURE ? receipt.proofRef != 0 : receipt.proofRef == 0 || (level != ZK && !_isAttested(level))) {
            return UnsupportedLevel.selector;
        }
        if (receipt.payer == address(0)) return NoPayer.selector;
        if (receipt.price == 0 || receipt.price > type(uint128).max) return BadPrice.selector;
        uint256 issuedAt = receipt.issuedAt;
        if (issuedAt + WINDOW < block.timestamp || issuedAt > block.timestamp + WINDOW) return OutsideTimeWindow.selector;
        if (receipt.paymentId != exactPaymentId(receipt.payer, nonce)) return WrongPaymentId.selector;
        if (level != ZK && ZkNonce.isBound(nonce)) return PaidForLevelZk.selector;
        if (settled[receipt.paymentId] != 0) return AlreadySettled.selector;
        return 0;
    }

    /// What the node's bond can say.
    function _checkNode(Run memory run, uint256 issuedAt) private pure returns (bytes4) {
        if (run.bond == 0) return NotBonded.selector;
        if (run.unbondingAt != 0 && issuedAt > run.unbondingAt) return NodeIsLeaving.selector;
        return 0;
    }

    /// Whether the signer is a receipt key of the node.
    function _checkKey(Run memory run) private view returns (bytes4) {
        if (run.keyFrom == 0 || (run.keyUntil != 0 && block.timestamp >= run.keyUntil + WINDOW)) return WrongKey.selector;
        return 0;
    }

    /// Whether the signer is the key of the keyset that the receipt names, and was when it was issued.
    function _checkKeyset(Receipt calldata receipt, address signer) private view returns (bytes4) {
        (uint64 from, uint64 until) =
            IAttestations(ATTESTATIONS).signing(receipt.node, receipt.proofRef, signer, receipt.level);
        if (from == 0 || block.timestamp >= until + WINDOW) return WrongKey.selector;
        return receipt.issuedAt < from || receipt.issuedAt >= until ? OutsideKeyset.selector : bytes4(0);
    }

    function _isAttested(uint8 level) private pure returns (bool) {
        return level == TEE || level == DEVELOPMENT;
    }

    /// Moves the payment into the till. Returns the token's refusal, or nothing.
    function _pull(address till, Receipt calldata receipt, ExactPayment calldata payment) private returns (bytes memory) {
        require(gasleft() >= GAS_RESERVE, InsufficientGas());
        try IWOPG(WRAPPED_OPG).transferWithAuthorization{gas: PAYMENT_GAS}(
            receipt.payer, till, receipt.price, payment.validAfter, payment.validBefore, payment.nonce, payment.signature
        ) {
            return "";
        } catch (bytes memory reason) {
            return reason.length != 0 ? reason : abi.encodePacked(PaymentRefused.selector);
        }
    }

    function _emitSettled(Receipt calldata receipt, bytes32 receiptHash) private {
        emit Settled(receipt.paymentId, receiptHash, receipt.node, receipt.payer, receipt.modelId, receipt.price);
    }

    /// Adds one payment to what the run will write.
    function _add(Run memory run, uint256 price, PriceShares.Shares memory shares) private pure {
        run.pulled += price;
        run.halfFee += shares.halfFee;
        run.parentPart += shares.parentPart;
        run.authorPart += shares.royalty - shares.parentPart;
        run.nodePart += shares.nodePart(price);
    }

    /// The same for a payment that waits for its proof: `HeldPayments` divides it later, at the fee of today.
    function _hold(Run memory run, Receipt calldata receipt, bytes32 nonce) private {
        run.pulled += receipt.price;
        run.heldPart += receipt.price;
        bool bound = ZkNonce.isBound(nonce);
        IHeldPayments(HELD_PAYMENTS).hold(receipt.paymentId, receipt.node, receipt.payer, receipt.price, uint16(run.feeBps), bound);
    }

    /// Makes `node` and `key` those of the run, writing what the former node earned.
    function _openNode(Run memory run, address node, address key) private {
        if (run.node == node && run.key == key) return;
        if (run.node != node) {
            _closeNode(run);
            run.node = node;
            run.till = _till(node);
        }
        run.key = key;
        (run.bond, run.unbondingAt, run.keyFrom, run.keyUntil) = INodes(NODES).standing(node, key);
    }

    function _closeNode(Run memory run) private {
        if (run.pulled == 0) return;
        ITill(run.till).release(WRAPPED_OPG, run.pulled);
        _credit(run.node, run.nodePart);
        _credit(HELD_PAYMENTS, run.heldPart);
        run.pulled = 0;
        run.nodePart = 0;
        run.heldPart = 0;
    }

    /// Makes `modelId` that of the run, writing what the former model earned.
    function _openModel(Run memory run, bytes32 modelId) private {
        if (run.modelId == modelId) return;
        _closeModel(run);
        run.modelId = modelId;
        (run.author, run.royaltyBps, run.minRoyalty, run.parentAuthor, run.parentShareBps) = IModels(MODELS).terms(modelId);
    }

    function _closeModel(Run memory run) private {
        _credit(run.author, run.authorPart);
        _credit(run.parentAuthor, run.parentPart);
        run.authorPart = 0;
        run.parentPart = 0;
    }

    function _closeFees(Run memory run) private {
        _credit(REWARDS, run.halfFee);
        _credit(TREASURY, run.halfFee);
    }

    function _revertWith(bytes memory problem) private pure {
        assembly ("memory-safe") {
            revert(add(problem, 32), mload(problem))
        }
    }
}
