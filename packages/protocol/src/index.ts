export { formatOpg, OPG, opg } from './amount/opg.ts'
export { BATCH_TYPES, type Batch, type BatchJson, batchCodec, batchHash, batchToJson, parseBatch } from './batch/batch.ts'
export { batchRoot, inclusionPath, leafOf, type MerkleTree, merkleRoot, merkleTree, rootFromPath } from './batch/merkle.ts'
export { assembleBundle, type BundleParts } from './bundle/assemble.ts'
export {
  type AccountEvidence,
  BUNDLE_MEDIA_TYPE,
  type Bundle,
  type BundlePayment,
  type BundleRequest,
  type BundleResponse,
  type BundleSeal,
  type BundleTee,
  type BundleZk,
  type ChainEvidence,
  type HistoryProof,
  type Inclusion,
  MAX_BUNDLE_BYTES,
  type SlotEvidence,
} from './bundle/bundle.ts'
export { bundleCodec, encodeBundle, parseBundle } from './bundle/codec.ts'
export { base64, base64url, fromBase64, fromBase64url } from './bytes/base64.ts'
export { bytesToUint, concatBytes, equalBytes, uintBytes, utf8 } from './bytes/bytes.ts'
export { Gathered } from './bytes/gathered.ts'
export {
  type Address,
  bytesToHex,
  type Hex,
  hexLength,
  hexToBytes,
  parseAddress,
  parseHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from './bytes/hex.ts'
export { DEV_ACCOUNTS, type DevAccount, devAccount } from './crypto/devAccount.ts'
export { type FastHashes, type HashFunction, keccak256, keccak256Hex, setFastHashes, sha256, sha256Hex } from './crypto/hash.ts'
export {
  addressOf,
  addressOfPublicKey,
  checkPrivateKey,
  type FastSecp256k1,
  parseSignature,
  publicKeyOf,
  type RawSignature,
  recoverAddress,
  setFastSecp256k1,
  signDigest,
} from './crypto/signature.ts'
export { ERROR_MEANINGS, type ErrorCode } from './error/codes.ts'
export { isOgError, OgError, type OgErrorJson, type OgErrorOptions } from './error/error.ts'
export { isMachineFault } from './error/machine.ts'
export { printable } from './error/printable.ts'
export {
  BILLING_UNITS,
  type BillingUnit,
  type ExecutionRecord,
  encodeExecution,
  executionSchema,
  MAX_EXECUTION_BYTES,
  MAX_PARAMETER_TEXT,
  parseExecution,
  quotedPrice,
} from './execution/execution.ts'
export { ClientMemory, type MemoryHolder } from './http/clientMemory.ts'
export { checkRequest, type GuardOptions, type RequestHead } from './http/guard.ts'
export { canonicalJson } from './json/canonical.ts'
export { type JsonLimits, parseStrictJson } from './json/parse.ts'
export { base64Codec, decimalSchema, hexSchema, hexUpTo, parseAs, schemaError, uintCodec } from './json/schema.ts'
export { cometHeaderHash, cometValidatorsHash, voteSignBytes } from './light/cometbft/encode.ts'
export {
  type BlockCommit,
  type BlockId,
  type CometCommit,
  type CometHeader,
  type CommitSignature,
  cometCommitSchema,
  type LightBlock,
  lightBlockSchema,
  MAX_TRAIL,
  MAX_VALIDATORS,
  type Validator,
} from './light/cometbft/lightBlock.ts'
export { lightBlockFromRpc, readRpcValidators } from './light/cometbft/rpc.ts'
export { cometAddress, type Ed25519Verify, isSignedBy, setFastEd25519 } from './light/cometbft/signature.ts'
export { anchorFor, type ValidatorsAnchor, verifyTrail } from './light/cometbft/trust.ts'
export { checkForm, checkNext, checkSigned, cometChainId, type LightRules } from './light/cometbft/verify.ts'
export { type BlockRef, blockDigest, type Commit, commitSchema, signCommit, validatorsHashOf, verifyCommit } from './light/commit.ts'
export { MAX_CLOCK_DRIFT } from './light/drift.ts'
export { type Finality, finalitySchema } from './light/finality.ts'
export { type Header, MAX_HEADER_BYTES, parseHeader } from './light/header.ts'
export { listRoot } from './light/list.ts'
export {
  appendLeaf,
  emptyRange,
  historyLeaf,
  historyPath,
  type MountainPlace,
  type MountainRange,
  peakFromPath,
  placeOf,
} from './light/mmr.ts'
export { decodeRlp, encodeRlp, type RlpItem, rlpBytes, rlpList, rlpUint } from './light/rlp.ts'
export { type Account, accountAt, storageAt } from './light/state.ts'
export { EMPTY_TRIE_ROOT, verifyTrieProof } from './light/trie.ts'
export { trustHeader } from './light/trust.ts'
export { CHUNK_SIZE, chunkCount, chunkHashes } from './model/chunks.ts'
export { encodeManifest, MAX_MANIFEST_BYTES, manifestJsonSchema, parseManifest } from './model/manifest.ts'
export {
  type Manifest,
  type ManifestFile,
  MODEL_FORMATS,
  type ModelFormat,
  manifestSchema,
  REPRODUCIBILITY_CLASSES,
  type ReproducibilityClass,
  reproducibilityClassSchema,
  type TensorSpec,
} from './model/schema.ts'
export { type Bindings, type Dimension, matchShape } from './model/shape.ts'
export {
  DATATYPES,
  type Datatype,
  ELEMENT_BYTES,
  elementCount,
  MAX_GOLDEN_ELEMENTS,
  type Tensor,
  tensorProblem,
  tensorSchema,
} from './model/tensor.ts'
export {
  type Anchor,
  encodeNetworkFile,
  MAX_NETWORK_FILE_BYTES,
  type NetworkFile,
  networkFileSchema,
  parseNetworkFile,
  type Trust,
  trustOf,
  trustSchema,
} from './network/network.ts'
export { AUTHORIZATION_TYPES, type Authorization, authorizationHasher, WOPG_DOMAIN } from './payment/authorization.ts'
export { eachField, FieldPath, PROTOBUF_WIRE, type ProtobufBudget, ProtobufReader } from './protobuf/reader.ts'
export { arrayName, isArrayOf, isBytes, isError, ownBytes } from './realm/realm.ts'
export { type Domain, eip712Domain } from './receipt/domain.ts'
export { decodeReceiptHeader, encodeReceiptHeader, RECEIPT_HEADER_LENGTH, type SignedReceipt } from './receipt/header.ts'
export {
  executionHashOf,
  manifestHashOf,
  modelIdFromHash,
  modelIdOf,
  type PaymentScheme,
  parseRequestSecret,
  paymentIdOf,
  type RequestParts,
  requestHashOf,
  requestIdOf,
  responseHashOf,
} from './receipt/ids.ts'
export {
  isSealedLevel,
  parseReceipt,
  RECEIPT_TYPES,
  type Receipt,
  type ReceiptJson,
  type ReceiptLevel,
  receiptCodec,
  receiptHash,
  receiptInconsistency,
  receiptToJson,
} from './receipt/receipt.ts'
export {
  type AttestationEvidence,
  type Endorsements,
  type GpuEvidence,
  MAX_GPUS,
  MAX_PLATFORM_EVIDENCE,
  type SignedFile,
} from './tee/attestation.ts'
export { CMW_MEDIA_TYPE, encodeCmw, parseCmw } from './tee/cmw/cmw.ts'
export { MAX_CMW_BYTES } from './tee/cmw/schema.ts'
export { TEE_CODES, type TeeCode, teeCodeName } from './tee/codes.ts'
export {
  COLLATERAL_KINDS,
  type CollateralKind,
  decodeCollateral,
  encodeCollateral,
  isRevocationList,
  MAX_COLLATERAL,
  MAX_KEPT,
  type VendorCollateral,
} from './tee/collateral.ts'
export { gpuNonce } from './tee/gpuNonce.ts'
export { decodeEvidenceInput, encodeEvidenceInput, MAX_EVIDENCE_INPUT } from './tee/input.ts'
export {
  encodeKeyset,
  type Keyset,
  keysetDigest,
  MAX_KEYSET_BYTES,
  MAX_KEYSET_MODELS,
  MAX_KEYSET_SECONDS,
  parseKeyset,
  reportDataOf,
} from './tee/keyset.ts'
export {
  type AppraiseCall,
  type AuthenticateCall,
  decodeEvidenceCall,
  type EvidenceCall,
  encodeEvidenceCall,
  type ListedCall,
  MAX_DEVELOPMENT_ROOTS,
  MAX_EVIDENCE_CALL,
  MAX_SERIALS,
  type PolicyCall,
} from './tee/precompile.ts'
export { encodeDevelopmentRoots } from './tee/roots.ts'
export { compileTypedStruct, type TypedField, type TypedStruct, type TypedTypes } from './typed-data/compile.ts'
export { domainSeparator, type TypedDomain, typedDataDigest } from './typed-data/digest.ts'
export {
  CHECK_IDS,
  type Check,
  type CheckId,
  type CheckStatus,
  type Expectation,
  type Level,
  type Policy,
  type PresetName,
  presets,
  TEE_CHECK_IDS,
  type TeeCheckId,
  type Verdict,
  ZK_CHECK_IDS,
  type ZkCheckId,
} from './verdict/verdict.ts'
export { ZK_CODES, type ZkCode } from './zk/codes.ts'
export { isZkNonce, type ZkPaidFor, zkNonce, zkSaltOf } from './zk/nonce.ts'
export { decodeZkProofInput, encodeZkProofInput, ZK_INPUT_PARTS, type ZkProofInput } from './zk/proofInput.ts'
export { ZK_CONTEXT_BYTES, ZK_MODE, ZK_STATEMENT_TYPES, type ZkStatement, zkContext, zkStatementHash } from './zk/statement.ts'
