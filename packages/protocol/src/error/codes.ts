/**
 * Every error code of OpenGradient with what it means and what to do about it.
 *
 * One code per line, sorted inside its area. A code once released keeps its meaning for ever: clients in other
 * languages and stored verdicts name it. `docs/errors.md` is generated from this table.
 */
export const ERROR_MEANINGS = {
  // Attestation of enclaves
  ATTESTATION_MALFORMED: 'The attestation is not a CMW collection of the agreed form; the message names the member.',
  ATTESTER_FAILED: 'The interface to the hardware did not give evidence; the message says what it did instead. Nothing was bound.',
  ATTESTER_MISBOUND:
    'The interface to the hardware gave evidence that is bound to other data than it was asked for. Do not trust what stands between.',
  ATTESTER_UNAVAILABLE: 'This machine has no interface to such hardware; the message says what was looked for. Choose another platform.',
  COLLATERAL_MALFORMED: 'What a vendor published is not in its one canonical encoding for the chain; the message names the part.',
  EVIDENCE_CALL_MALFORMED: 'The question to the precompile 0x0900 is not in its one canonical encoding; the message names the part.',
  EVIDENCE_INPUT_MALFORMED: 'The envelope of evidence for the chain is not in its one canonical encoding; the message names the part.',
  KEYSET_MALFORMED: 'The keyset does not have the agreed fields, types or ranges, or is not canonical JSON; the message names the field.',

  // Evidence that was refused, by the reasons of packages/attestation
  EVIDENCE_BINDING_MISMATCH: 'The evidence is bound to other data than expected.',
  EVIDENCE_CERT_EXPIRED: 'A certificate is not valid at the time of verification.',
  EVIDENCE_CERT_REVOKED: 'The issuer, or the policy, has revoked a certificate.',
  EVIDENCE_CHAIN_INVALID: 'A certificate was not issued by the next one, may not be used like this, or is of another machine.',
  EVIDENCE_COLLATERAL_INVALID: 'The vendor’s description of security levels is malformed or not signed by the vendor.',
  EVIDENCE_COLLATERAL_MISSING: 'The vendor describes this platform’s security level in a signed file, and the right one was not given.',
  EVIDENCE_COLLATERAL_STALE:
    'The vendor’s description of security levels is not valid at the time of verification, or older than the policy allows.',
  EVIDENCE_CRL_INVALID: 'A revocation list is malformed, or not signed by the issuer of the certificate.',
  EVIDENCE_CRL_MISSING: 'The vendor publishes a revocation list, and it was not given.',
  EVIDENCE_CRL_STALE: 'A revocation list is not valid at the time of verification.',
  EVIDENCE_DEBUG_ENABLED: 'The enclave can be read by its host: it runs in debug mode.',
  EVIDENCE_DEV_EVIDENCE: 'The evidence was made under a development root.',
  EVIDENCE_FETCH_FAILED: 'Evidence or endorsements could not be fetched. The only reason for which trying again may help.',
  EVIDENCE_GPU_BINDING_MISMATCH: 'The evidence of the GPU was made for another enclave.',
  EVIDENCE_GPU_DRIVER_DENIED: 'The driver or VBIOS of the GPU is not one that the policy allows.',
  EVIDENCE_GPU_MISSING: 'The policy asks for a GPU in confidential mode, and there is no evidence of one.',
  EVIDENCE_KEYSET_EXPIRED: 'The keyset is not valid at this time.',
  EVIDENCE_KEYSET_FOREIGN: 'The keyset is for another chain, node or model.',
  EVIDENCE_MALFORMED: 'The bytes break their format: lengths, encodings, repeated keys, or bytes left over.',
  EVIDENCE_MEASUREMENT_REVOKED: 'The code that runs was revoked.',
  EVIDENCE_MEASUREMENT_UNKNOWN: 'The code that runs is not on the list of measurements, or its entry has expired.',
  EVIDENCE_NONCE_MISMATCH: 'The evidence holds another nonce than expected.',
  EVIDENCE_NOT_REGISTERED: 'The node has no keyset on chain that is live now, or not the one that the evidence is about. Ask another node.',
  EVIDENCE_PLATFORM_DENIED: 'The policy does not allow this platform, processor family or machine.',
  EVIDENCE_POLICY_BITS: 'A setting of the enclave (migration, privilege level) is one that the policy does not allow.',
  EVIDENCE_PROVENANCE_INVALID: 'The measurement is listed without the build that it comes from.',
  EVIDENCE_RECEIPT_INVALID: 'The receipt was not signed inside the enclave that the evidence shows.',
  EVIDENCE_REVOKED: 'The code, the machine or a certificate of this enclave was revoked on chain after its registration.',
  EVIDENCE_SIGNATURE_INVALID: 'The evidence was not signed by the key that its certificates name.',
  EVIDENCE_STALE_EVIDENCE: 'The evidence is older than the policy allows, or its age is not known.',
  EVIDENCE_TCB_REJECTED: 'Firmware or microcode are of a security level that the policy does not allow.',
  EVIDENCE_TRUST_MISMATCH: 'The policy or the development roots in the bundle are not those that the chain holds.',
  EVIDENCE_UNSUPPORTED: 'The format is known, but this version, key type or algorithm is not one that is verified here.',
  EVIDENCE_UNTRUSTED_ROOT: 'The certificates do not lead to a root that is trusted.',

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
  CHAIN_AHEAD:
    "The newest block is dated ahead of this machine's clock: correct the clock, wait until the time has come, or reset the local network.",
  CHAIN_BLOCK_INVALID: 'The block does not follow from its parent by the rules of the chain.',
  CHAIN_DATA_CORRUPT: 'The database is damaged. Restore a backup, or reset and sync again.',
  CHAIN_DATA_FOREIGN: 'The database belongs to another genesis. Point to its own folder, or reset.',
  CHAIN_DATA_LOCKED: 'Another process has the database open. Stop it first.',
  CHAIN_DATA_VERSION:
    'The database was written by another version of the software, or the contracts in it are of another. Use that version, or reset.',
  CHAIN_GENESIS_INVALID: 'The genesis file breaks a rule; the message names it.',
  CHAIN_REVERTED: 'The contract refused the call; the details hold its reason.',
  CHAIN_SNAPSHOT_INVALID: 'The snapshot of the state breaks a rule, or is not the one that was announced; the message names it.',
  CHAIN_STALE: 'The newest block that the RPC gives is too old. Ask another RPC, or check the clock of this machine.',
  CHAIN_TX_REJECTED: 'The transaction cannot enter the pool; the message says which rule it breaks.',
  CHAIN_UNREACHABLE: 'No RPC of the network answered in time.',
  CHAIN_WAIT_TIMEOUT: 'The transaction was sent but not seen in a block in time. Ask again for it; do not send it twice.',
  CONSENSUS_MESSAGE_INVALID: 'What came over the socket of the consensus engine is not ABCI 2.0. Run the CometBFT that this node pins.',
  CONSENSUS_VOTE_UNRECORDED:
    'The network has votes of the consensus key of this node that its record lacks. Look for another machine with the key.',
  HISTORY_PROOF_INVALID: 'The path does not lead from the old block to the History of the newer one.',
  RPC_ERROR: 'The RPC answered with an error; the details hold it.',
  RPC_LIED: 'The RPC gave data that its own proof contradicts. Use another RPC.',

  // Configuration, command line and the local machine
  ANSWER_NOT_KEPT: 'The answer came and could not be written down. Make room, then ask for it again; nothing is paid twice.',
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
  SERVICE_DIED: 'A service of the local network stopped by itself; its log says why (`og logs`).',
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
  JOURNAL_BEHIND:
    'The journal of the node is new or an older copy, and it could have taken this payment before. Try again later, or ask another node.',
  JOURNAL_CORRUPT:
    'Entries that were on disk are damaged. Restore the folder from a copy or begin a new one; the node then takes no payment that it may have taken before.',
  JOURNAL_FAILED: 'The disk failed while the journal was written. Restart the node once the disk works.',
  JOURNAL_FOREIGN: 'The journal belongs to another network or another node. Point to its own folder.',
  JOURNAL_LOCKED: 'Another process has the journal open. Two nodes must never share one.',
  JOURNAL_VERSION:
    'The journal was written by another version of the software, and is whole. Start the node with that version, or a newer one.',

  // Manifests and models
  MANIFEST_MALFORMED: 'The manifest breaks its schema; the message names the field.',
  MANIFEST_MISMATCH: 'The manifest is not the one whose hash is on chain.',
  MODEL_FORMAT_UNSUPPORTED: 'This node has no engine for the format of the model.',
  MODEL_INVALID: 'The model file was refused before any engine saw it; the message names the reason.',
  MODEL_NAME_INVALID: 'A model is named owner/name; see docs for the characters allowed.',
  MODEL_NAME_TAKEN: 'The owner part of this name belongs to another account.',
  MODEL_NOT_FOUND: 'No model of this name or id is published.',
  MODEL_NOT_READY: 'The model is still loading. Try again after the time in Retry-After.',
  MODEL_NOT_SERVED: 'No node offers this model.',
  MODEL_ROYALTY_INVALID: 'Royalty and parent share are at most 50 %.',
  MODEL_WITHDRAWN: 'Its author has withdrawn this version.',

  // Execution records
  EXECUTION_MALFORMED: 'The execution record breaks its schema; the message names the field.',
  EXECUTION_QUOTE_UNMATCHED: 'The quote names a unit for which the record holds no usage.',

  // Nodes: registration and discovery
  NODE_ATTESTATION_BUSY: 'The node made fresh evidence for many callers just now. That of its registration needs no waiting.',
  NODE_ATTESTATION_FAILED:
    'The hardware of the node gave no evidence about its enclave; the message says why. The node goes on at its other levels.',
  NODE_ATTESTATION_REFUSED:
    'The chain refused the evidence about the enclave of the node; the message holds the reason. The node goes on at its other levels.',
  NODE_BACKLOG:
    'More waits for the chain than the node keeps in hand: receipts to be anchored, payments to be settled before their answers; or it has no OPG for gas. Try again when it has caught up, or ask another.',
  NODE_BOND_GONE: 'The node has no bond left to lose: it was reported before, or took its bond out.',
  NODE_BOND_TOO_SMALL: 'The bond is below what an active node needs.',
  NODE_CLOCK_SKEW: 'The clock of the node and the time of the chain differ too much to sign anything. Correct the clock.',
  NODE_DRAINING: 'The node is shutting down and takes no new requests.',
  NODE_ENDPOINT_REFUSED: 'The address of the node is not one that this client may contact.',
  NODE_FUNDS_SHORT:
    'The account has too little OPG for the bond of a node and the gas of its first transactions. The message says how much is missing.',
  NODE_KEY_IN_USE: 'The receipt key belongs, or belonged, to another node.',
  NODE_LEVEL_NOT_OFFERED: 'The node does not answer this model at the level asked for. Its offers list the levels that it has.',
  NODE_NOT_ACTIVE: 'The node is not registered with a sufficient bond and this receipt key, so its receipts would be worth nothing.',
  NODE_NOT_ATTESTED: 'The node has no registered keyset now, or not the one asked for. Its log says why; its other levels work.',
  NODE_NOT_FOUND: 'No such node is registered.',
  NODE_NOT_LISTED: "The node is not in the model's list: it offers nothing of it, or somebody took it out before.",
  NODE_REQUEST_ABORTED: 'The node stopped while it ran this request. It was not charged. Send it again with a new secret.',
  NODE_REQUEST_CONFLICT: 'This request id was used with another body. Draw a new secret.',
  NODE_REQUEST_PENDING:
    'The request of this id still runs, or its payment is settled before its answer is given out. Ask again with the same secret.',
  NODE_REQUEST_SEALED:
    'The answer is sealed to its caller, who alone can open it. Ask for the response itself, with the secret of the request.',
  NODE_REQUEST_UNKNOWN: 'The node knows no request of this id, or the secret is wrong.',
  NODE_RESPONSE_INVALID: 'The node answered something that is not a valid response.',
  NODE_ROLLBACK:
    'The chain knows a newer keyset of this node than its data folder: the folder is an old copy. Use the newest, or wait a day.',
  NODE_SIGNED_TWICE:
    'The node shows two receipts for one payment. The details hold both; `og report` takes its bond for it, and 5 % of that are yours.',
  NODE_STILL_THERE: 'The node has its whole bond and has not announced that it leaves, so only its operator takes its offers back.',
  NODE_UNBONDING: 'The bond is slashable until seven days after the node asked to leave.',
  NODE_UNREACHABLE: 'The node did not answer in time. Whether it ran the request is unknown; ask again with the same secret.',

  // Payments
  PAYMENT_CREDIT_EXHAUSTED:
    'The payer has as much unsettled as this node allows, or made it run a model for nothing. Wait for settlement, or for as long as the message says.',
  PAYMENT_EXPIRED: 'The authorisation is no longer valid.',
  PAYMENT_HEADER_TOO_LARGE: 'The PAYMENT-SIGNATURE header is longer than any payment needs.',
  PAYMENT_INSUFFICIENT_BALANCE: 'The payer has too little WOPG. Wrap some with `og wrap`.',
  PAYMENT_MALFORMED: 'The payment does not have the agreed fields, types or ranges.',
  PAYMENT_NONCE_USED: 'The nonce was already spent or cancelled on chain. Sign a new one.',
  PAYMENT_NOT_HELD: 'The payment does not wait to be released: it is not of level zk, not settled yet, or released or paid back already.',
  PAYMENT_NOT_SIGNED: 'The account did not sign the payment in the time of the call. Nothing was sent; give the call more time.',
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
  PAYMENT_WRONG_REQUEST:
    'The nonce says that the payment is for an answer of level zk to another input, request or model. Sign for this one.',
  PAYMENT_WRONG_SCHEME: 'The payment scheme is not offered here.',
  PAYMENT_WRONG_TOKEN: 'The payment is in another token than WOPG.',
  SETTLEMENT_REVERTED:
    'The payment was refused on chain, or ended before it could be settled. Nothing was charged; an answer that waited for it is not given out.',

  // What the caller's own policy refuses before anything is sent
  POLICY_BUDGET_EXCEEDED: 'The call would exceed the budget of the day.',
  POLICY_LEVEL_UNMET: 'No node offers the level of verification that the policy asks for.',
  POLICY_MALFORMED: 'The attestation policy does not have the agreed members, types or ranges; the message names the member.',
  POLICY_PRICE_EXCEEDED: 'The price is above the maximum of the policy.',
  POLICY_SIGNING_REFUSED: 'What the node asks to be signed differs from what the chain says it may ask.',
  VERIFICATION_FAILED:
    'The answer did not pass its verification and was withheld; the details hold the verdict. If it was altered on its way, `recover` gets the one that was paid for.',

  // Proofs of the light client
  COMMIT_FOREIGN: 'The commit is of another block, or a signature in it stands in the place of another validator.',
  COMMIT_INVALID: 'The block is not signed by the validator it names.',
  COMMIT_POWER_TOO_LOW: 'Validators with two thirds of the stake or less signed the block; more than two thirds are needed.',
  COMMIT_SIGNATURE_INVALID: 'A signature in the commit was not made by the validator that it names.',
  COMMIT_SIGNED_TWICE: 'The commit counts the same validator twice.',
  COMMIT_TRUSTED_POWER_TOO_LOW:
    'Too little of the stake trusted before signed the block: more than a third is needed, or a light block in between.',
  HEADER_APP_HASH_MISMATCH: 'The light block was signed for another Ethereum block than the one shown.',
  HEADER_FROM_FUTURE: 'The light block is dated ten minutes or more ahead of this machine. Check the clock.',
  HEADER_MALFORMED: 'The block header is not the RLP of an Ethereum header.',
  LIGHT_BLOCK_MALFORMED: 'The light block does not have the agreed fields, types or ranges; the message names the field.',
  PROOF_MALFORMED: 'The state proof holds nodes that are malformed, missing or not needed.',
  PROOF_MISMATCH: 'The state proof does not lead from the root to the key.',
  RLP_MALFORMED: 'The bytes are not canonical RLP.',
  TRAIL_OUT_OF_ORDER: 'The light blocks do not follow each other by height and time.',
  TRAIL_TOO_LONG: 'The validators changed too often since the trusted ones. Get a newer network file.',
  TRUST_EXPIRED: 'The validators are no longer trusted: who has left can sign anything. Get a newer network file.',
  VALIDATORS_INVALID: 'The validator set holds a key twice, a validator without power, or more power than CometBFT allows.',
  VALIDATORS_MISMATCH: 'The validators are not the set that the header before them, or their own, names.',
  VALIDATORS_UNTRUSTED: 'The oldest light block is not of the validators that the trusted network names.',

  // Receipts
  RECEIPT_INCONSISTENT: 'Fields of the receipt contradict each other; the message names them.',
  RECEIPT_MALFORMED: 'The receipt does not have the agreed fields, types or length.',
  RECEIPT_MISSING: 'The response carries no receipt.',
  RECEIPT_NO_EQUIVOCATION: 'The two receipts do not prove that their node signed twice for one payment; the message says what is missing.',
  RECEIPT_VERSION: 'The receipt is of a version that this software does not know. Update the software.',
  REQUEST_HEAD_INVALID: 'Method, path or content type hold characters that a request line cannot hold.',
  REQUEST_SECRET_INVALID: 'The request secret must be 32 bytes.',

  // Sealed requests and responses
  CHANNEL_CLOSED: 'The response goes on after its final frame. Nothing of it counts.',
  CHANNEL_KEYSET_UNKNOWN:
    'The body is sealed to a keyset that this node does not hold (any more). Fetch the attestation again and seal anew.',
  CHANNEL_KEY_INVALID: 'The key is not an X25519 key that anything can be sealed to.',
  CHANNEL_MALFORMED: 'The sealed body, its frames or the OG-Seal header do not have the agreed form; the message says what is wrong.',
  CHANNEL_MISMATCH: 'The sealed bytes do not open: they are for another key or another request, or were altered or reordered on the way.',
  CHANNEL_REQUIRED:
    'The levels tee and development answer sealed requests, and the other levels no sealed ones. Seal the body, or ask for another level.',
  CHANNEL_TRUNCATED: 'The response ends before its final frame: part of it is missing.',
  CHANNEL_UNSEALED: 'The answer to a sealed request came without a seal, so anybody on the way may have written it. Nothing of it counts.',

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
  STORE_QUOTA: 'The store is full. Raise its quota (of a local network: `og config quotaGb`, then start it again) or remove files.',
  STORE_RANGE: 'The range asked for is outside the file.',
  STORE_STALLED: 'The upload stopped halfway and was dropped. Nothing was stored; send it again.',
  STORE_UNREACHABLE: 'No peer that has the file answered.',

  // Verdicts
  ABSENT: 'The bundle lacks what this check needs.',
  BATCH_FOREIGN: 'The batch is of another node than the receipt.',
  BOND_RELEASED: 'The node had left, and its bond could be withdrawn.',
  EXECUTION_HASH_MISMATCH: 'The execution record is not the one that the receipt names.',
  EXECUTION_MODEL_MISMATCH: 'The execution record is about another model than the receipt.',
  FILES_MISMATCH: 'The files that ran are not the files of the manifest.',
  INCLUSION_INVALID: 'The inclusion proof does not lead from the receipt to the root of the batch.',
  KEY_NOT_LIVE: 'The key was not a receipt key of the node at the time of the receipt.',
  LEVEL_DEVELOPMENT:
    'The receipt is of level development, behind which no hardware stands. It counts only where that level is asked for by name.',
  LEVEL_UNSUPPORTED: 'The level claimed is not one that this software can verify.',
  MODEL_ID_MISMATCH: 'The manifest and its author do not give the model id of the receipt.',
  MODEL_NOT_REQUESTED: 'The request asks for another model than the receipt names.',
  MODEL_UNEXPECTED: 'The receipt is for another model than the caller expected.',
  NODE_MISMATCH: 'The receipt is of another node than expected.',
  NOT_BONDED: 'The node has not enough bond at risk.',
  NOT_REGISTERED: 'The node is not registered on chain.',
  PARAMETERS_ADDED: 'The node added something that the request did not ask for.',
  PARAMETERS_CHANGED: 'The node used another value of a parameter than the request asks for.',
  PARAMETERS_DROPPED: 'The node did not use a parameter that the request asked for.',
  PAYMENT_MISMATCH: 'The receipt does not consume the authorisation in the bundle.',
  PRICE_ABOVE_AUTHORISED: 'The price is above what the payer authorised or the policy allows.',
  PRICE_MISMATCH: 'The price is not rate times usage, or the rate is not the one on chain.',
  PRICE_UNEXPECTED: 'The price is above the maximum that the caller set.',
  QUOTE_NOT_ON_CHAIN: 'The quoted rate is not the one that the node had published on chain.',
  RECEIPT_BACKDATED: 'The receipt and the block that anchors it are dated more than an hour apart.',
  RECEIPT_STALE: 'Nothing on chain dates the receipt, and it was issued more than an hour from now.',
  REQUEST_HASH_MISMATCH: 'The request is not the one that the receipt names.',
  REQUEST_NOT_FRESH: 'The receipt does not answer the request id that the caller chose.',
  REQUEST_UNEXPECTED: 'The receipt names another request than the caller expected.',
  RESPONSE_HASH_MISMATCH: 'The response is not the one that the receipt names: it was altered.',
  RESPONSE_TYPE_MISMATCH: 'The response is shown as another content type than the node answered.',
  SALTS_UNEXPECTED: 'The bundle holds salts of a sealed request, and the receipt is about a plain one.',
  SETTLED_OTHER_RECEIPT: 'The payment was settled for another receipt.',
  SIGNER_MISMATCH: 'The receipt is not signed by the key that the bundle names.',
  STATE_PROOF_INVALID: 'A proof about the state of the chain is wrong.',
  STATE_STALE: 'The chain evidence is too old to show that a key is still live.',
  UNTRUSTED_HEADER: 'The block is not one that the trusted network accepts.',
  USAGE_MISMATCH: 'The record counts more or less than the bundle holds.',
  WRONG_CHAIN: 'The bundle is of another network than the one trusted.',
  WRONG_SETTLEMENT: 'The receipt was signed for another Settlement contract.',

  // The zk level: integer models and their proofs
  ZK_BAD_FILE: 'The .zkir file does not have the agreed parts, or they do not belong together; the message names the part.',
  ZK_BAD_IR: 'The integer model breaks a rule of its format; the message names the place and the rule.',
  ZK_BAD_MANIFEST: 'The zk manifest does not have the agreed fields, types or ranges; the message names the field.',
  ZK_BAD_WEIGHTS: 'The weights do not have the lengths or values that the integer model declares; the message names the place.',
  ZK_BOUND_EXCEEDED: 'A sum of the integer model could leave the exact range of the proof. Use smaller scales, weights or constants there.',
  ZK_COMMITMENT_MISMATCH: 'The .zkir file is not the integer model that the manifest commits to.',
  ZK_DYNAMIC_SHAPE: 'A shape of the model is not fixed. Fix every dimension except the batch before compiling.',
  ZK_FIDELITY: 'The integer model differs from the float model by more than the bound. Calibrate with inputs like those in use.',
  ZK_FILE_MISMATCH: 'The .zkir file is not one of the files of the manifest.',
  ZK_INPUT_MALFORMED: 'The input of a proof’s verification is not in its one canonical encoding; the message names the part.',
  ZK_INPUT_MISMATCH: 'The inputs of the request cannot be inputs of the integer model; the message says why.',
  ZK_INPUT_OUT_OF_RANGE: 'An input does not fit the integer type of the model. Scale it, or calibrate with inputs like it.',
  ZK_INPUT_SHAPE: 'The inputs do not have the number, type or length that the integer model declares.',
  ZK_LIMIT: 'The integer model or its batch is over a fixed limit of the proof system; the message names the limit.',
  ZK_MEMORY: 'The proof needs more memory than WebAssembly may have (2 GiB), or than this machine gives. Use a smaller model or batch.',
  ZK_NON_FINITE_INPUT: 'An input is not a finite number.',
  ZK_NOT_COMMITTED: 'The manifest commits to no integer model, or to one whose proofs this software does not know: nothing can be proved.',
  ZK_NOT_REGISTERED: 'The zk manifest has no parameters for this batch. Use a batch that it lists, or register the model for this one.',
  ZK_OUTPUT_MISMATCH: 'The outputs of the answer are not those of the integer model; the message names the first.',
  ZK_PROOF_FAILED: 'The node could not make the proof of this answer. Challenge the payment to have it back.',
  ZK_PROOF_INVALID: 'The proof does not show what the receipt states; the message holds the code of the verifier.',
  ZK_PROOF_PENDING: 'The node has answered and has not made the proof yet. Ask for the answer again; nothing is paid twice.',
  ZK_PROOF_UNKNOWN: 'The node has no proof for this request: it was not of level zk, or the proof is no longer kept.',
  ZK_QUEUE_FULL: 'The node has more proofs to make than it can make in time. Try again after the time in Retry-After.',
  ZK_SELF_CHECK:
    'The proof that was just made does not verify, so it was not given out. The witness is false or the software is wrong: report it.',
  ZK_STATEMENT_MISMATCH: 'The receipt names another statement than that of its model, request, answer and execution record.',
  ZK_UNSUPPORTED_OP: 'The model has an operation that cannot be proved; the message names the node and the reason.',
  ZK_WEBASSEMBLY:
    "This place lets no WebAssembly be compiled, so nothing is said about the proof. In a page allow it (script-src 'wasm-unsafe-eval'), or verify elsewhere.",
  ZK_WITNESS: 'The witness does not have the cells of the program, or does not satisfy it; the message names what fails.',
  ZK_WORKER: 'A worker of the prover ended or failed. Nothing was proved; load the kernels anew, or prove without workers.',
} as const satisfies Record<string, string>

/** The closed union of every error code. To add one, add a line with its meaning above. */
export type ErrorCode = keyof typeof ERROR_MEANINGS
