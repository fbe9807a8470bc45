/**
 * Every error code of OpenGradient with what it means and what to do about it.
 *
 * One code per line, sorted inside its area. A code once released keeps its meaning for ever: clients in other
 * languages and stored verdicts name it. `docs/errors.md` is generated from this table.
 */
export const ERROR_MEANINGS = {
  // Batches of receipts
  BATCH_DUPLICATE_LEAF: 'The same receipt is in the batch twice. Leave the repetition out.',
  BATCH_EMPTY: 'A batch needs at least one receipt.',
  BATCH_INDEX: 'The position asked for is outside the batch.',
  BATCH_MALFORMED: 'The batch does not have the agreed fields, types or ranges.',
  BATCH_NOT_ANCHORED: 'No batch with this root is recorded on chain for this node and sequence.',
  BATCH_OUT_OF_ORDER: 'The sequence is not the next one of this node. Commit the missing batches first.',

  // Bundles
  BUNDLE_INCONSISTENT: 'Parts of the bundle contradict each other; the message names them.',
  BUNDLE_MALFORMED: 'The bundle does not have the agreed fields, types or ranges; the message names the field.',
  BUNDLE_TOO_LARGE: 'The bundle is over the size limit of 64 MiB. Withhold the bodies: their hashes remain.',
  BUNDLE_VERSION: 'The bundle is of a version that this software does not know. Update the software.',

  // Bytes and text
  BASE64_MALFORMED: 'The text is not canonical base64 (alphabet, padding, unused bits).',
  HEX_MALFORMED: 'The text is not 0x followed by an even number of lower-case hex digits of the length expected.',
  NUMBER_MALFORMED: 'The value is not a whole number in its one decimal form, or is out of range.',
  TEXT_NOT_UTF8: 'The text holds a lone surrogate, which UTF-8 cannot express.',

  // The chain, its database and its JSON-RPC
  CHAIN_BLOCK_INVALID: 'The block does not follow from its parent by the rules of the chain.',
  CHAIN_DATA_CORRUPT: 'The database is damaged. Restore a backup, or reset and sync again.',
  CHAIN_DATA_FOREIGN: 'The database belongs to another genesis. Point to its own folder, or reset.',
  CHAIN_DATA_LOCKED: 'Another process has the database open. Stop it first.',
  CHAIN_DATA_VERSION: 'The database was written by another version of the software. Migrate or reset.',
  CHAIN_GENESIS_INVALID: 'The genesis file breaks a rule; the message names it.',
  CHAIN_REVERTED: 'The contract refused the call; the details hold its reason.',
  CHAIN_TX_REJECTED: 'The transaction cannot enter the pool; the message says which rule it breaks.',
  CHAIN_UNREACHABLE: 'No RPC of the network answered in time.',
  CHAIN_WAIT_TIMEOUT: 'The transaction was sent but not seen in a block in time. Ask again for it; do not send it twice.',
  HISTORY_PROOF_INVALID: 'The path does not lead from the old block to the History of the newer one.',
  RPC_ERROR: 'The RPC answered with an error; the details hold it.',
  RPC_INVALID_PARAMS: 'The parameters of the RPC call are wrong; the message names them.',
  RPC_INVALID_REQUEST: 'The message is not a JSON-RPC 2.0 request.',
  RPC_LIED: 'The RPC gave data that its own proof contradicts. Use another RPC.',
  RPC_METHOD_UNKNOWN: 'This node does not know the RPC method.',

  // Configuration, command line and the local machine
  CONFIG_INVALID: 'The configuration breaks its schema; the message names the field.',
  CONFIG_MISSING: 'A required setting is missing; the message says how to give it.',
  CRYPTO_BACKEND: 'A fast implementation gives other results than the reference. It was not installed.',
  DISK_FULL: 'There is no room left on the disk.',
  INTERNAL: 'A fault in this software. Please report it with the details.',
  INTERRUPTED: 'Stopped by the user.',
  KEYSTORE_INVALID: 'The keystore file is damaged or of an unknown kind.',
  KEYSTORE_PASSWORD: 'The password does not open the keystore.',
  KEY_INVALID: 'The private key is not a number between 1 and the order of secp256k1.',
  KEY_NOT_ALLOWED: 'A development key may only be used on the local network it was derived for.',
  NETWORK_FILE_INVALID: 'The network file breaks its schema; the message names the field.',
  NETWORK_UNKNOWN: 'There is no network file of this name. List them with `og networks`.',
  NOT_RUNNING: 'The local network is not running. Start it with `npm start`.',
  PORT_IN_USE: 'Another program holds the port. Stop it, or move all ports with --port-base.',
  USAGE: 'The command was not understood; see its --help.',

  // Engines that run models
  ENGINE_CANCELLED: 'The caller left before the model answered.',
  ENGINE_CLOSED: 'The model was unloaded while the request waited. Send it again.',
  ENGINE_CRASHED: 'The process that ran the model died.',
  ENGINE_DEADLINE: 'The model did not answer before the deadline.',
  ENGINE_FAILED: 'The engine reported a fault while running the model.',
  ENGINE_GOLDEN_MISMATCH: 'The model does not reproduce the golden outputs of its manifest.',
  ENGINE_LOAD_FAILED: 'The engine could not load the model.',
  ENGINE_OUTPUT_TOO_LARGE: 'The answer of the model is over the size limit of this node. Ask for fewer rows or outputs.',
  ENGINE_OUT_OF_MEMORY: 'The model needs more memory than the engine may use.',
  ENGINE_QUARANTINED: 'The model crashed its engine repeatedly and is not loaded for now.',
  ENGINE_QUEUE_FULL: 'Too many requests wait for this model. Try again after the time in Retry-After.',
  ENGINE_UNAVAILABLE: 'The engine for this format is not installed here.',

  // HTTP requests to our servers
  HTTP_BODY_TOO_LARGE: 'The body is over the size limit.',
  HTTP_CONTENT_TYPE_REFUSED: 'The content type is not one that this address accepts.',
  HTTP_HOST_REFUSED: 'The Host header is not a name of this server.',
  HTTP_METHOD_REFUSED: 'The address does not accept this method.',
  HTTP_NOT_FOUND: 'There is nothing at this address.',
  HTTP_ORIGIN_REFUSED: 'A web page of another origin may not talk to this server.',
  HTTP_UNAUTHORIZED: 'The bearer token is missing or wrong.',

  // Inputs of an inference
  INPUT_DATATYPE: 'The tensor has another datatype than the manifest declares.',
  INPUT_DUPLICATE: 'The same input was given twice.',
  INPUT_MALFORMED: 'The request body is not an inference request.',
  INPUT_MISSING: 'An input that the manifest declares is missing.',
  INPUT_NOT_FINITE: 'The tensor holds NaN or an infinity, which this model does not accept.',
  INPUT_OUT_OF_RANGE: 'A value does not fit its datatype.',
  INPUT_SHAPE: 'The shape does not match the shape that the manifest declares.',
  INPUT_SIZE: 'The number of elements or bytes is not what shape and datatype ask for.',
  INPUT_TOO_LARGE: 'The tensor is over the limit of this node.',
  INPUT_UNKNOWN: 'The manifest declares no input of this name.',

  // JSON
  JSON_BOM: 'JSON must not begin with a byte order mark.',
  JSON_DUPLICATE_KEY: 'An object has the same key twice.',
  JSON_FORBIDDEN_KEY: 'The key __proto__ is refused.',
  JSON_NOT_UTF8: 'JSON must be UTF-8, without lone surrogates.',
  JSON_NUMBER_RANGE: 'The number cannot be held exactly. Write it as a decimal string.',
  JSON_SYNTAX: 'The text is not JSON.',
  JSON_TOO_DEEP: 'The JSON is nested deeper than the limit.',
  JSON_TOO_LARGE: 'The JSON has more bytes than the limit.',
  JSON_TOO_MANY_NODES: 'The JSON has more values than the limit.',
  JSON_UNREPRESENTABLE: 'The value cannot be written as canonical JSON.',

  // The journal of an inference node
  JOURNAL_CORRUPT: 'Entries that were on disk are damaged. Restore the folder from a copy; without it the node may sign twice.',
  JOURNAL_FAILED: 'The disk failed while the journal was written. Restart the node once the disk works.',
  JOURNAL_FOREIGN: 'The journal belongs to another network or another node. Point to its own folder.',
  JOURNAL_LOCKED: 'Another process has the journal open. Two nodes must never share one.',

  // Manifests and models
  GOLDEN_MISMATCH: 'A golden input or output does not fit the tensors that the manifest declares.',
  MANIFEST_MALFORMED: 'The manifest breaks its schema; the message names the field.',
  MANIFEST_MISMATCH: 'The manifest is not the one whose hash is on chain.',
  MODEL_FORMAT_UNSUPPORTED: 'This node has no engine for the format of the model.',
  MODEL_INVALID: 'The model file was refused before any engine saw it; the message names the reason.',
  MODEL_NAME_INVALID: 'A model is named owner/name; see docs for the characters allowed.',
  MODEL_NAME_TAKEN: 'The owner part of this name belongs to another account.',
  MODEL_NOT_FOUND: 'No model of this name or id is published.',
  MODEL_NOT_READY: 'The model is still loading. Try again after the time in Retry-After.',
  MODEL_NOT_SERVED: 'No node offers this model.',
  MODEL_PRICE_MISSING: 'The node has no active price for this model and unit.',
  MODEL_ROYALTY_INVALID: 'Royalty and parent share are at most 50 %.',
  MODEL_WITHDRAWN: 'Its author has withdrawn this version.',

  // Execution records
  EXECUTION_MALFORMED: 'The execution record breaks its schema; the message names the field.',
  EXECUTION_QUOTE_UNMATCHED: 'The quote names a unit for which the record holds no usage.',

  // Nodes: registration and discovery
  NODE_BOND_TOO_SMALL: 'The bond is below what an active node needs.',
  NODE_CLOCK_SKEW: 'The clock of the node and the time of the chain differ too much to sign anything. Correct the clock.',
  NODE_DRAINING: 'The node is shutting down and takes no new requests.',
  NODE_ENDPOINT_REFUSED: 'The address of the node is not one that this client may contact.',
  NODE_KEY_IN_USE: 'The receipt key belongs, or belonged, to another node.',
  NODE_NOT_ACTIVE: 'The node is not registered with a sufficient bond and this receipt key, so its receipts would be worth nothing.',
  NODE_NOT_FOUND: 'No such node is registered.',
  NODE_REQUEST_ABORTED: 'The node stopped while it ran this request. It was not charged. Send it again with a new secret.',
  NODE_REQUEST_CONFLICT: 'This request id was used with another body. Draw a new secret.',
  NODE_REQUEST_PENDING: 'The request of this id still runs.',
  NODE_REQUEST_UNKNOWN: 'The node knows no request of this id, or the secret is wrong.',
  NODE_RESPONSE_INVALID: 'The node answered something that is not a valid response.',
  NODE_UNREACHABLE: 'The node did not answer in time. Whether it ran the request is unknown; ask again with the same secret.',

  // Payments
  PAYMENT_CREDIT_EXHAUSTED: 'The payer has as much unsettled as this node allows. Wait for settlement.',
  PAYMENT_EXPIRED: 'The authorisation is no longer valid.',
  PAYMENT_INSUFFICIENT_ALLOWANCE: 'The payer has not allowed this much to be spent.',
  PAYMENT_INSUFFICIENT_BALANCE: 'The payer has too little WOPG. Wrap some with `og wrap`.',
  PAYMENT_MALFORMED: 'The payment does not have the agreed fields, types or ranges.',
  PAYMENT_NONCE_USED: 'The nonce was already spent or cancelled on chain. Sign a new one.',
  PAYMENT_NOT_YET_VALID: 'The authorisation is not valid yet. Check the clock.',
  PAYMENT_PAYER_UNSUPPORTED: 'The payer is a contract account; ERC-1271 signatures are not supported. Pay from a key.',
  PAYMENT_REPLAYED: 'This authorisation already pays for another request.',
  PAYMENT_REQUIRED: 'The request needs a payment; PAYMENT-REQUIRED says which.',
  PAYMENT_SIGNATURE_INVALID: 'The authorisation is not signed by the payer.',
  PAYMENT_TOO_LARGE: 'The authorisation is not of the exact price.',
  PAYMENT_TOO_SMALL: 'The authorisation is below the price.',
  PAYMENT_VALIDITY_TOO_LONG: 'The authorisation is valid for longer than the node keeps its memory of payments. Sign a shorter one.',
  PAYMENT_WRONG_NETWORK: 'The payment is for another chain.',
  PAYMENT_WRONG_PAYEE: 'The payment does not go to the till of this node.',
  PAYMENT_WRONG_SCHEME: 'The payment scheme is not offered here.',
  PAYMENT_WRONG_TOKEN: 'The payment is in another token than WOPG.',
  SETTLEMENT_REVERTED: 'The settlement was refused on chain. Nothing was charged.',

  // What the caller's own policy refuses before anything is sent
  POLICY_BUDGET_EXCEEDED: 'The call would exceed the budget of the day.',
  POLICY_LEVEL_UNMET: 'No node offers the level of verification that the policy asks for.',
  POLICY_PRICE_EXCEEDED: 'The price is above the maximum of the policy.',
  POLICY_SIGNING_REFUSED: 'What the node asks to be signed differs from what the chain says it may ask.',
  VERIFICATION_FAILED: 'The answer did not pass its verification and was withheld; the details hold the verdict.',

  // Proofs of the light client
  COMMIT_INVALID: 'The block is not signed by the validator it names.',
  HEADER_MALFORMED: 'The block header is not the RLP of an Ethereum header.',
  PROOF_MALFORMED: 'The state proof holds nodes that are malformed, missing or not needed.',
  PROOF_MISMATCH: 'The state proof does not lead from the root to the key.',
  RLP_MALFORMED: 'The bytes are not canonical RLP.',

  // Receipts
  RECEIPT_INCONSISTENT: 'Fields of the receipt contradict each other; the message names them.',
  RECEIPT_MALFORMED: 'The receipt does not have the agreed fields, types or length.',
  RECEIPT_MISSING: 'The response carries no receipt.',
  RECEIPT_VERSION: 'The receipt is of a version that this software does not know. Update the software.',
  REQUEST_HEAD_INVALID: 'Method, path or content type hold characters that a request line cannot hold.',
  REQUEST_SECRET_INVALID: 'The request secret must be 32 bytes.',

  // Signatures
  SIGNATURE_HIGH_S: 'The signature is in its malleable form (s above half the order).',
  SIGNATURE_INVALID: 'The signature was not made by the key expected.',
  SIGNATURE_MALFORMED: 'A signature is 65 bytes: r and s in range, then v of 27 or 28.',
  TYPED_DATA_INVALID: 'The message does not fit its EIP-712 types.',

  // Content-addressed store
  STORE_CORRUPT: 'The file changed on disk and was moved to quarantine. Upload it again and check the disk.',
  STORE_FOREIGN: 'The folder holds something else, or a store of another version. Choose an empty one.',
  STORE_HASH_MISMATCH: 'The bytes do not have the hash they were asked by.',
  STORE_NOT_FOUND: 'No file of this hash is here.',
  STORE_PEER_FAULT: 'A peer sent a chunk that does not match its hash. It was refused.',
  STORE_QUOTA: 'The store is full. Raise its quota or remove files.',
  STORE_RANGE: 'The range asked for is outside the file.',
  STORE_STALLED: 'The upload stopped halfway and was dropped. Nothing was stored; send it again.',
  STORE_UNREACHABLE: 'No peer that has the file answered.',

  // Verdicts
  ABSENT: 'The bundle lacks what this check needs.',
  EXECUTION_HASH_MISMATCH: 'The execution record is not the one that the receipt names.',
  FILES_MISMATCH: 'The files that ran are not the files of the manifest.',
  INCLUSION_INVALID: 'The inclusion proof does not lead from the receipt to the root of the batch.',
  KEY_NOT_LIVE: 'The key was not a receipt key of the node at the time of the receipt.',
  LEVEL_UNSUPPORTED: 'The level claimed is not one that this software can verify.',
  MODEL_ID_MISMATCH: 'The manifest and its author do not give the model id of the receipt.',
  NODE_MISMATCH: 'The receipt is of another node than expected.',
  NOT_BONDED: 'The node has not enough bond at risk.',
  NOT_REGISTERED: 'The node is not registered on chain.',
  NOT_SETTLED: 'The payment is not settled on chain.',
  PARAMETERS_DROPPED: 'The node did not use a parameter that the request asked for.',
  PRICE_ABOVE_AUTHORISED: 'The price is above what the payer authorised or the policy allows.',
  PRICE_MISMATCH: 'The price is not rate times usage, or the rate is not the one on chain.',
  RECEIPT_BACKDATED: 'The receipt and the block that anchors it are dated more than an hour apart.',
  REQUEST_HASH_MISMATCH: 'The request is not the one that the receipt names.',
  REQUEST_NOT_FRESH: 'The receipt does not answer the request id that the caller chose.',
  RESPONSE_HASH_MISMATCH: 'The response is not the one that the receipt names: it was altered.',
  SETTLED_OTHER_RECEIPT: 'The payment was settled for another receipt.',
  SIGNER_MISMATCH: 'The receipt is not signed by the key that the bundle names.',
  STATE_PROOF_INVALID: 'A proof about the state of the chain is wrong.',
  UNTRUSTED_HEADER: 'The block is not one that the trusted network accepts.',
  WRONG_CHAIN: 'The bundle is of another network than the one trusted.',
  WRONG_SETTLEMENT: 'The receipt was signed for another Settlement contract.',
} as const satisfies Record<string, string>

/** The closed union of every error code. To add one, add a line with its meaning above. */
export type ErrorCode = keyof typeof ERROR_MEANINGS
