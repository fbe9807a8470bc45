// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, ExactPayment, Receipt} from "../Types.sol";

/// @title Where payment and the node's signed commitment to its answer become one transaction
/// @notice Pulls a payment only together with a receipt of the payee's node, shares it out as credits, anchors batches of
/// receipts, and takes the bond of a node that signs twice for one payment. Credits are WOPG that this contract holds.
interface ISettlement {
    /// @notice A batch as it was anchored.
    struct BatchRecord {
        bytes32 root;
        /// Block time of the anchor, unix seconds.
        uint64 anchoredAt;
        uint32 count;
        /// Sum of the prices in OPG wei, as the node states it.
        uint128 total;
    }

    /// @notice The payment was pulled and the receipt recorded, once for ever.
    event Settled(
        bytes32 indexed paymentId, bytes32 indexed receiptHash, address indexed node, address payer, bytes32 modelId, uint256 price
    );
    /// @notice An entry of `settleMany` was left out; nothing was pulled for it by this call. Anyone can cause this event (with a
    /// stale copy, say): whether a payment is settled is what `settled` says, never this.
    /// @param reason the error that `settle` would have reverted with, ABI-encoded.
    event SettleFailed(bytes32 indexed paymentId, address indexed node, bytes reason);
    /// @notice The node anchored a batch.
    event Committed(address indexed node, uint64 indexed sequence, bytes32 root, uint32 count, uint256 total);
    /// @notice The node signed two receipts for one payment.
    event Equivocated(address indexed node, bytes32 indexed paymentId, address reporter);
    /// @notice `amount` OPG wei wait for the account.
    event Credited(address indexed account, uint256 amount);
    /// @notice The account took its credit, as native OPG to `to`.
    event WithdrawnCredit(address indexed account, address indexed to, uint256 amount);
    /// @notice The payee of a node.
    event TillCreated(address indexed node, address till);
    /// @notice The protocol's part of each price is now `feeBps`/10,000.
    event FeeChanged(uint16 feeBps);

    /// The level is not settled here (0, 1, 2 and 129 are), or its proofRef is not the level's.
    error UnsupportedLevel();
    /// The payer is the zero address.
    error NoPayer();
    /// The price is 0 or above 2^128.
    error BadPrice();
    /// issuedAt is more than an hour from the block time.
    error OutsideTimeWindow();
    /// paymentId is not that of this payer, nonce and WOPG.
    error WrongPaymentId();
    /// The nonce says that the payment is for an answer of level 2 (`ZkNonce`), and the receipt is of another level.
    error PaidForLevelZk();
    /// A receipt of this payment is recorded already.
    error AlreadySettled();
    /// Not 65 bytes, v not 27 or 28, or s in the upper half.
    error BadSignature();
    /// The node has no bond: never registered, left or slashed.
    error NotBonded();
    /// Issued after the node announced its leave.
    error NodeIsLeaving();
    /// The signer is not a receipt key of this node, or was retired too long ago. At level tee: it is not the key of the keyset that proofRef
    /// names, the keyset is of another level or was revoked, or it ended more than an hour ago.
    error WrongKey();
    /// Not issued while the keyset was valid.
    error OutsideKeyset();
    /// There is no such model.
    error UnknownModel();
    /// Royalty floor and fee exceed the price.
    error PriceBelowRoyalty();
    /// The token refused the payment without a reason: a contract wallet of the payer used up the gas.
    error PaymentRefused();
    /// The lists are of different length.
    error LengthMismatch();
    /// Too little gas for a fair try of the next payment; send the transaction with more.
    error InsufficientGas();
    /// The batch is empty, or its total is above 2^128.
    error BadBatch();
    /// The batch is not the node's next.
    error WrongSequence(uint64 expected);
    /// The two receipts do not contradict each other.
    error NotEquivocation();
    /// The caller has no credit.
    error NothingToWithdraw();
    /// The caller has less credit than it gives away.
    error NotEnoughCredit(uint256 credit);
    /// Only `Nodes` may do this.
    error OnlyNodes();
    /// Only the Timelock may do this.
    error OnlyTimelock();
    /// Above 1,000.
    error FeeTooHigh();

    /// @notice Pulls one x402 `exact` payment, records its receipt and shares the price out; reverts unless all of it holds.
    /// @dev Anybody may call: the money goes where the receipt says. Price = node + royalty (author, parent) + fee (half to
    /// `rewards`, half to `treasury`); rounding dust goes to the node. The price of a receipt of level 2 becomes the credit of
    /// `HeldPayments` instead, which shares it out once the answer is proved, accepted or unchallenged.
    /// @param receipt level 0, 1, 2 or 129, issued within an hour of now, naming a bonded node and a published model.
    /// @param signature of a receipt key of the node that is live, or was retired less than an hour ago; at levels 1 and 129, of the key of the
    /// keyset named by `proofRef`, registered in `Attestations` at this level and likewise live.
    /// @param payment the payer's EIP-3009 authorisation of exactly `price` to the node's till.
    function settle(Receipt calldata receipt, bytes calldata signature, ExactPayment calldata payment) external;

    /// @notice Settles what can be settled of a list; an entry that cannot is left out and reported by `SettleFailed`.
    /// @dev Cheapest when entries of one node, and of one model, follow one another. Each payment is tried with 300,000 gas, so send
    /// 320,000 more than the entries use (an estimate does); with less the whole call reverts, and no good entry is left out.
    /// @return done for each entry, whether this call settled it.
    function settleMany(
        Receipt[] calldata receipts,
        bytes[] calldata signatures,
        ExactPayment[] calldata payments
    ) external returns (bool[] memory done);

    /// @notice Anchors a node's next batch. Anybody may call with the live receipt key's signature.
    function commit(Batch calldata batch, bytes calldata signature) external;

    /// @notice Proves that a node signed two different receipts for one payment: it loses its bond, 5 % of it to the caller.
    /// @dev Keys, those of keysets too, count while live and for 7 days after. Both signatures are checked; a re-encoded copy of the same receipt has the same hash and proves nothing.
    /// Whoever's transaction comes first is the reporter, the node itself included: that saves it 5 % and costs it 95 %.
    function equivocation(Receipt calldata a, bytes calldata signatureA, Receipt calldata b, bytes calldata signatureB) external;

    /// @notice Pays the caller's whole credit as native OPG to `to`.
    function withdraw(address to) external;

    /// @notice Wraps the value sent and makes it credit of `account`.
    function fund(address account) external payable;

    /// @notice Moves credit of the caller to others: `amounts[i]` OPG wei to `to[i]`.
    function move(address[] calldata to, uint256[] calldata amounts) external;

    /// @notice Creates the till of a node, once. Only `Nodes`.
    function createTill(address node) external returns (address till);

    /// @notice Sets the protocol's part of each price, in 1/10,000, at most 1,000. Only the Timelock.
    function setFeeBps(uint16 newFeeBps) external;

    /// @notice Hash of the receipt that consumed a payment; zero if none did. A used WOPG nonce alone means nothing (a cancelled one looks the same).
    function settled(bytes32 paymentId) external view returns (bytes32 receiptHash);

    /// @notice The batch that a node anchored under a number; all zero if none.
    function batches(address node, uint64 sequence) external view returns (BatchRecord memory);

    /// @notice The number of the node's next batch.
    function nextSequence(address node) external view returns (uint64);

    /// @notice OPG wei that wait for the account.
    function credits(address account) external view returns (uint256);

    /// @notice The payee of a node; zero if the account never registered.
    function tillOf(address node) external view returns (address);

    /// @notice Whether the address is the till of a node.
    function isTill(address account) external view returns (bool);

    /// @notice The protocol's part of each price, in 1/10,000.
    function feeBps() external view returns (uint16);

    /// @notice The EIP-712 digest that a receipt key signs.
    function hashReceipt(Receipt calldata receipt) external view returns (bytes32);

    /// @notice The EIP-712 digest that a receipt key signs for a batch.
    function hashBatch(Batch calldata batch) external view returns (bytes32);

    /// @notice The EIP-712 domain separator of this contract on this chain.
    function domainSeparator() external view returns (bytes32);
}
