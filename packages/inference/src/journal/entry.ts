import type { Address, Batch, Hex, Receipt } from '@opengradient/protocol'
import type { Location } from './log.ts'

/**
 * Where a request stands. Paid: reserved → executed → queued → submitted → settled, or closed without charge as expired,
 * reverted or aborted. `executed` lives in memory only: a node that dies there finds a reservation without a receipt and
 * closes it as aborted. A free request begins and ends as `free`. At level zk a settled payment is `held` on chain: until it is `released`, or
 * `challenged` by its payer and then `proved`, or `failed` for want of a proof (price and a penalty go to the payer).
 */
export type State = (typeof STATES)[number]
export const STATES = [
  'reserved',
  'executed',
  'queued',
  'submitted',
  'settled',
  'expired',
  'reverted',
  'aborted',
  'free',
  'held',
  'challenged',
  'released',
  'proved',
  'failed',
] as const

/** States in which a payment still counts against its payer's credit. */
export const OPEN_STATES: ReadonlySet<State> = new Set(['reserved', 'executed', 'queued', 'submitted'])

/** States of payments that `Settlement` has pulled and shared out to nobody yet. */
export const HELD_STATES: ReadonlySet<State> = new Set(['held', 'challenged'])

/** States of payments that the payer cannot take back any more, wherever the money went from there. */
export const PULLED_STATES: ReadonlySet<State> = new Set(['settled', 'held', 'challenged', 'released', 'proved', 'failed'])

/** A payment that one request has taken for itself. Amounts in OPG wei, times in unix seconds. */
export interface Reservation {
  requestId: Hex
  requestHash: Hex
  modelId: Hex
  paymentId: Hex
  payer: Address
  value: bigint
  nonce: Hex
  validAfter: bigint
  validBefore: bigint
  /** The payer's EIP-3009 signature, 65 bytes. */
  signature: Hex
  /** The answer is given out only once this payment is settled; decided when it was taken, whatever the configuration says later. */
  settleFirst?: true
}

/** An answer as it was released: what was signed, and what has to be served again. */
export interface Answer {
  receipt: Receipt
  receiptHash: Hex
  signature: Hex
  /** The `OG-Receipt` header, which holds receipt and signature. */
  header: string
  contentType: string
  /** Further headers of the response that a client needs to read it. */
  headers: Readonly<Record<string, string>>
  /** The execution record's bytes; none if the answer is sealed, for then they are sealed with it. */
  execution: Uint8Array
  body: Uint8Array
  /**
   * Of a sealed answer: CRC-32 of `body`, so that damage on the disk is told from lies on the way; the seal tells of all else. In older journals its
   * SHA-256.
   */
  sealed?: number | Hex
}

/** What of an answer stays in memory; the rest lies on disk at `at`. */
export interface AnswerMeta {
  at: Location | undefined
  receiptHash: Hex
  price: bigint
  /** For what was paid: it goes into a transaction. */
  signed?: { receipt: Receipt; signature: Hex }
}

/** Everything known about one request while it is open. */
export interface Entry {
  requestId: Hex
  requestHash: Hex
  state: State
  reservation?: Reservation
  answer?: AnswerMeta
  /** The batch that holds its receipt. */
  sequence?: bigint
  /** Block time of the batch's commit, unix seconds. */
  anchoredAt?: number
  /** `tx` is zero where only the chain's record of the payment is known, not the transaction. */
  settlement?: { tx: Hex; block: number }
  /** The last block in which the proof that the payer demands may come. */
  proveUntil?: number
  /** While it is open: why it is not settled yet, and after how many tries. */
  refused?: Refused & { tries: number }
  /** Why it was closed without charge. */
  reason?: string
  /** Segment of its first record, so that the segment is kept as long as the entry. */
  segment: number
}

/** Whether an answer may not be given out, to nobody and on no way: its payment is to be settled first, and is not, or never will be. */
export function isWithheld({ state, reservation }: Pick<Entry, 'state' | 'reservation'>): boolean {
  return reservation?.settleFirst === true && !PULLED_STATES.has(state)
}

/** A transaction that settles payments or commits a batch, kept before it is sent so that it can be looked for or sent again as it is. */
export interface Submission {
  tx: Hex
  /** Nonce of the node's account. */
  nonce: number
  raw: Hex
  paymentIds: Hex[]
  /** The batch it commits, if that is what it does. */
  sequence?: bigint
  /** What it does with held payments, if that is what it does. */
  held?: 'release' | 'prove'
}

/** A batch with its leaves, in the order in which the receipts were issued. */
export interface StoredBatch {
  batch: Batch
  requestIds: Hex[]
  receiptHashes: Hex[]
  commit?: BatchCommit
}

/** A batch that is on chain. */
export type CommittedBatch = StoredBatch & { commit: BatchCommit }

/** Where a batch was anchored. */
export interface BatchCommit {
  /** By the receipt key that was live then. */
  signature: Hex
  tx: Hex
  /** 0 if it is not known. */
  block: number
  /** The block's time, unix seconds. */
  at: number
}

/** Whose fault it is that a payment was not collected. */
export type Blame = 'payer' | 'node'

/** Why a payment was not settled by the last transaction that it was in; another one may settle it yet. */
export interface Refused {
  /** Name of the contract's error. */
  reason: string
  blame: Blame
  /** Block time, unix seconds. */
  at: number
}

/** Network and node that a journal belongs to; it is never opened for another. */
export interface JournalIdentity {
  chainId: bigint
  settlement: Address
  node: Address
}
