// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Receipt} from "../Types.sol";

/// @title Payments that wait until the answer is proved, accepted or unchallenged
/// @notice `Settlement` pulls the price of a receipt of level 2 and credits it to this contract. It is shared out among node, author, parent
/// and fees when somebody proves the receipt's statement, when the payer accepts, or when CHALLENGE_BLOCKS passed without a challenge. A
/// challenge deposits what proving on chain costs. A proof within PROOF_BLOCKS takes its cost from the deposit; without one the payer gets
/// price, deposit and a penalty out of the node's bond. All amounts are OPG wei; whoever gets something gets it as credit in `Settlement`.
interface IHeldPayments {
    /// @notice Where a payment is.
    /// None: never held. Held: until proved, accepted, released or challenged. Challenged: until proved or failed. Released, Failed: over.
    enum Status {
        None,
        Held,
        Challenged,
        Released,
        Failed
    }

    /// @notice One payment.
    struct HeldPayment {
        /// Block in which it was settled.
        uint64 heldAt;
        /// Block of the challenge; 0 if there was none.
        uint64 challengedAt;
        /// OPG wei that the payer deposited with its challenge.
        uint96 deposit;
        /// The protocol's part of the price when it was settled, in 1/10,000.
        uint16 feeBps;
        Status status;
        /// The payer signed for one input (`ZkNonce`): only the proof of an answer to that counts.
        bool bound;
    }

    /// @notice The price is here; `penalty` of the node's bond answers for it.
    event Held(bytes32 indexed paymentId, address indexed node, address indexed payer, uint256 price, uint256 penalty);
    /// @notice The payer wants the proof on chain, in or before block `until`.
    event Challenged(bytes32 indexed paymentId, address indexed node, uint256 deposit, uint256 until);
    /// @notice The statement of the receipt is proved.
    event Proved(bytes32 indexed paymentId, bytes32 indexed proofRef, address prover);
    /// @notice The price was shared out.
    event Released(bytes32 indexed paymentId, address indexed node, uint256 price);
    /// @notice No proof came in time: price and deposit went back to the payer, and `penalty` of the bond with it.
    event Failed(bytes32 indexed paymentId, address indexed node, address indexed payer, uint256 penalty);

    /// Only `Settlement` may do this.
    error OnlySettlement();
    /// The receipt is not the one that consumed its payment.
    error NotSettled();
    /// The payment was never held, or is shared out or paid back already.
    error NotHeld();
    /// The payment was challenged, once and for ever.
    error AlreadyChallenged();
    /// Nobody challenged the payment.
    error NotChallenged();
    /// Only the payer of the receipt may do this.
    error OnlyPayer();
    /// This was possible up to that block.
    error TooLate(uint256 until);
    /// This is possible after that block.
    error TooEarly(uint256 until);
    /// A challenge deposits at least this much, OPG wei.
    error DepositTooSmall(uint256 least);
    /// The author has not committed the model to an integer model (`Models.commitZk`).
    error NotProvable();
    /// The penalties that the node's bond already answers for leave too little of it.
    error PenaltyAboveBond();
    /// The integer model is not the one that the author committed the receipt's model to.
    error WrongModel();
    /// ctx is not 96 bytes that begin with this chain's id and the receipt's requestId.
    error WrongContext();
    /// The payment is for another input than that of the statement, or for another salt.
    error WrongInput();
    /// The receipt's proofRef is not the digest of this statement.
    error WrongStatement();
    /// The precompile took the gas: there was too little of it.
    error ProofNotChecked();
    /// The proof is invalid; codes in docs/precompiles.md.
    error InvalidProof(uint256 code);

    /// @notice Takes note of a payment that becomes credit of this contract in the same call. Only `Settlement`.
    /// @param bound whether the payer signed for one input (`ZkNonce`).
    function hold(bytes32 paymentId, address node, address payer, uint256 price, uint16 feeBps, bool bound) external;

    /// @notice Proves the statement of a receipt and shares its price out. Anybody may call; the node is paid, also for the gas out of the
    /// deposit of a challenge, whose rest goes back to the payer. Possible while the payment is held, up to PROOF_BLOCKS after a challenge.
    /// @param input of the precompile 0x0901 (docs/precompiles.md): statement and proof in one, abi.encode(zkModelId, manifest, ir, weights, x,
    /// y, ctx, proof). ctx is 96 bytes, abi.encode(chain id, requestId, salt), so that a proof is good for one request only. If the payer signed
    /// for one input, x and salt are those of the nonce.
    function prove(Receipt calldata receipt, bytes calldata input) external;

    /// @notice Shares the price out at the word of its payer, unless it has challenged.
    function accept(Receipt calldata receipt) external;

    /// @notice Shares the price out when CHALLENGE_BLOCKS have passed without a challenge. Anybody may call.
    function release(Receipt calldata receipt) external;

    /// @notice Releases what can be released of a list.
    /// @return done for each receipt, whether this call released it.
    function releaseMany(Receipt[] calldata receipts) external returns (bool[] memory done);

    /// @notice Demands the proof on chain, up to CHALLENGE_BLOCKS after the settlement. Only the payer, with at least `challengeDeposit`.
    function challenge(Receipt calldata receipt) external payable;

    /// @notice Pays price, deposit and penalty to the payer when PROOF_BLOCKS have passed since its challenge. Anybody may call.
    function fail(Receipt calldata receipt) external;

    /// @notice Why a payment of this price could not be held now: the selector of NotProvable or PenaltyAboveBond, or zero.
    /// @param bond of the node, OPG wei.
    function refusal(bytes32 modelId, address node, uint256 bond, uint256 price) external view returns (bytes4);

    /// @notice What is known of a payment.
    function held(bytes32 paymentId) external view returns (HeldPayment memory);

    /// @notice OPG wei of the node's bond that answer for its held payments.
    function penalties(address node) external view returns (uint256);

    /// @notice OPG wei that a node pays for an answer of this price that it cannot prove: ten times the price, at least 0.1 OPG.
    function penaltyOf(uint256 price) external pure returns (uint256);

    /// @notice OPG wei that a challenge in this block deposits at least.
    function challengeDeposit() external view returns (uint256);

    /// @notice The proofRef of a receipt whose answer is proved: the EIP-712 struct hash of `ZkStatement`, mode 0.
    function statementHash(
        bytes32 modelId,
        bytes32 zkModelId,
        bytes calldata x,
        bytes calldata y,
        bytes calldata ctx
    ) external pure returns (bytes32);

    /// @notice Blocks after the settlement in which the payer may challenge.
    function CHALLENGE_BLOCKS() external view returns (uint256);

    /// @notice Blocks after the challenge in which the proof may come.
    function PROOF_BLOCKS() external view returns (uint256);
}
