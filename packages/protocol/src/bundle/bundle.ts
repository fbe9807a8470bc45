import type { Batch } from '../batch/batch.ts'
import type { Address, Hex } from '../bytes/hex.ts'
import type { Finality } from '../light/finality.ts'
import type { PaymentScheme } from '../receipt/ids.ts'
import type { Receipt } from '../receipt/receipt.ts'

/** Media type of a bundle. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.opengradient.bundle+json'

/** Most bytes of a bundle. */
export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024

/** The request as sent, or as it was before it was sealed; may be withheld, its hash remains in the receipt. */
export interface BundleRequest {
  method: string
  path: string
  contentType: string
  /** `Inference-Header-Content-Length`, if the body is JSON followed by binary tensors. */
  headerLength?: number
  body: Uint8Array
}

/** The response body after content decoding, opened if it was sealed; may be withheld. */
export interface BundleResponse {
  contentType: string
  body: Uint8Array
}

/** The x402 `exact` authorisation that the receipt consumes (EIP-3009 TransferWithAuthorization to the node's till). */
export interface BundlePayment {
  scheme: PaymentScheme
  asset: Address
  payer: Address
  nonce: Hex
  /** OPG wei. */
  value: bigint
  /** Unix seconds. */
  validAfter: bigint
  validBefore: bigint
  signature: Hex
}

/** The receipt's place in a signed batch. */
export interface Inclusion {
  leaf: Hex
  path: Hex[]
  batch: Batch
  signature: Hex
}

/** Proofs of one account and some of its storage slots, as `eth_getProof` gives them. */
export interface AccountEvidence {
  address: Address
  proof: Hex[]
  storage: SlotEvidence[]
}

/** A storage slot with its Merkle-Patricia proof, root first (EIP-1186). */
export interface SlotEvidence {
  /** 32 bytes. */
  slot: Hex
  proof: Hex[]
}

/** Proves that `ChainEvidence.header` is an ancestor of a newer block, by the `History` contract's state there. */
export interface HistoryProof {
  /** RLP of the newer header. */
  header: Hex
  commit: Finality
  /** Proof of the account of `History` under the newer header. */
  account: Hex[]
  count: SlotEvidence
  peak: SlotEvidence
  /** From the old block's leaf to its peak. */
  path: Hex[]
}

/** What the chain said about node, key, model, price, payment and batch at one block. */
export interface ChainEvidence {
  /** RLP of the header. */
  header: Hex
  commit: Finality
  accounts: AccountEvidence[]
  history?: HistoryProof
}

/** The proof of an answer of level zk: succinct, **not** zero-knowledge. Statement and context follow from the rest of the bundle. */
export interface BundleZk {
  /** The file `model.zkir` as published. */
  model: Uint8Array
  /** At most 2 MiB. */
  proof: Uint8Array
}

/** What shows the enclave behind an answer of level tee (or development): the attestation that its node registered on chain. */
export interface BundleTee {
  /** Bytes of `encodeCmw`: the evidence, with everything that vendors publish and its verification needs at the time of its registration. */
  cmw: Uint8Array
  /** The policy of the network that it was registered under (`Registration.policy`): canonical JSON, whose hash the chain evidence shows. */
  policy?: Uint8Array
  /** The development roots of the network (DER), whose address the chain evidence shows; only for evidence under one of them. */
  developmentRoots?: Uint8Array[]
}

/**
 * The salts in the hashes of a sealed request and its response (`SealSalts`). A receipt of level tee or development is always about a sealed
 * request, and no other is: without this part, request and response of such a receipt cannot be checked.
 */
export interface BundleSeal {
  requestSalt: Hex
  responseSalt: Hex
}

/** Everything needed to verify one answer offline. */
export interface Bundle {
  version: 1
  network: { chainId: number; settlement: Address }
  receipt: Receipt
  /** Over `receiptHash(receipt, network)`. */
  signature: Hex
  /** The receipt key; at level tee and development the `sign` key of the keyset. */
  signer: Address
  /** The execution record's bytes as served. */
  execution: Uint8Array
  /** The manifest's bytes as published. */
  manifest: Uint8Array
  author: Address
  request?: BundleRequest
  response?: BundleResponse
  payment?: BundlePayment
  inclusion?: Inclusion
  chain?: ChainEvidence
  zk?: BundleZk
  tee?: BundleTee
  seal?: BundleSeal
}
