import type { IncomingHttpHeaders } from 'node:http'
import type { Address, ExecutionRecord, Hex, Manifest, OgError } from '@opengradient/protocol'
import type { ExecutionFacts } from '../receipts/executionBytes.ts'
import type { SealedCall } from '../tee/sealedCall.ts'

/**
 * The life of one request, in the order in which it happens:
 *
 *  1. parse     model found; body parsed and checked against the manifest. Nothing is owed yet, refusals cost nobody anything
 *  2. place     a place in the model's bounded queue, else 429 with Retry-After
 *  3. admit     GATE: payment verified and `paymentId` durably reserved, or an answer instead (402, 409, the stored answer again)
 *  4. run       queued, batched, run in the engine's child
 *  5. encode    the response's exact bytes
 *  6. complete  GATE: response stored, receipt signed and durably queued; returns the headers that carry it, or what gives them later
 *  7. settling  GATE: where the answer waits for its payment, until that is settled
 *  8. release   status, headers and body go out
 *
 * A failure in 4, 5 or 6 calls `abort` exactly once; nothing is charged then. `abort` never follows a `complete` that succeeded, and neither is
 * called unless `admit` said `run`. Steps 3, 6 and 7 belong to payment and receipts; everything else to the server.
 */
export interface RequestGate {
  /** At once where nothing has to be waited for. */
  admit(request: AdmitRequest): Admission | Promise<Admission>
  /**
   * The stored answer of a sealed request, recognised by the sealed bytes: whoever could open them may be gone. Called right before `admit`,
   * in the same turn. @throws OgError as `admit` replies
   */
  recall?(requestId: Hex, sealedHash: Hex, level: ServedLevel): Reply | undefined
  complete(ticket: Ticket, outcome: Outcome): Promise<Completion>
  /** The answer will never come. Never throws. */
  abort(ticket: Ticket, reason: Error): Promise<void>
}

/** One request after parsing. Bytes are as received: hashes are over these, never over a re-serialisation. */
export interface AdmitRequest {
  readonly method: string
  /** Path with query, exactly as on the request line. */
  readonly path: string
  /** The header's value as received, '' if absent. */
  readonly contentType: string
  /** `inference-header-content-length` of a binary tensor request. */
  readonly headerLength?: number
  readonly body: Uint8Array
  readonly headers: IncomingHttpHeaders
  readonly model: ServedModel
  /** What a metered price multiplies, known before the model runs. */
  readonly usage: readonly Usage[]
  /** Unix milliseconds. */
  readonly receivedAt: number
  /** The level asked for, which the model offers. */
  readonly level: ServedLevel
  /** Levels at which the model is offered now. */
  readonly offered: readonly ServedLevel[]
  /** At the levels of enclaves: `body` was sealed, and the answer is to be. */
  readonly sealed?: SealedCall | undefined
  /** At level zk: the input of the statement, as bytes. */
  readonly x?: Uint8Array
  /** At level zk: why no payment may be taken for this answer, if none may. */
  readonly unpayable?: OgError | undefined
}

/** Levels that this node can answer at. */
export type ServedLevel = 'signature' | 'tee' | 'zk' | 'development'

/** The model that a request reached. One object per model, so gates may key caches by it. */
export interface ServedModel {
  readonly modelId: Hex
  readonly name?: string
  readonly author: Address
  readonly manifest: Manifest
  readonly manifestBytes: Uint8Array
  /** Levels at which it is offered as long as it is offered at all. */
  readonly levels: readonly ServedLevel[]
}

/** Units the caller can recompute: 1 `request`; `byte` = bytes of the request body. */
export type Usage = ExecutionRecord['usage'][number]

/** What `admit` decided. `reply` ends the request with these bytes: a refusal (402, 409), or the stored answer of the same request. */
export type Admission =
  | { readonly kind: 'run'; readonly ticket: Ticket; readonly zk?: ZkAdmission }
  | { readonly kind: 'reply'; readonly reply: Reply }

/** What the statement of an answer of level zk is for. */
export interface ZkAdmission {
  readonly requestId: Hex
  /** Chain, request and salt, 96 bytes (`zkContext`). */
  readonly ctx: Uint8Array
}

/** The gate's own memory of one admitted request; the server only hands it back. */
export type Ticket = object

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What the server knows once the answer exists. */
export interface Outcome {
  readonly responseBody: Uint8Array
  readonly responseContentType: string
  /** Headers that a stored answer needs again besides the content type (`inference-header-content-length`). */
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly execution: ExecutionFacts
  /** At level zk: hash of the statement that the answer is. */
  readonly proofRef?: Hex
}

/** What `complete` decided: what goes out with the answer, or that it has to wait. */
export type Completion = Release | Settling

export interface Release {
  readonly settling?: undefined
  /** Sent with the response: `OG-Receipt`, `OG-Request-Id`, `PAYMENT-RESPONSE`, … */
  readonly headers: Readonly<Record<string, string>>
  /** What is sent instead of the outcome's body: that, sealed. */
  readonly sealed?: Uint8Array
}

/** The answer is kept and waits for the settlement of its payment. */
export interface Settling {
  /**
   * What goes out, once it may. If this fails nothing goes out, and nothing is given up: the caller asks again.
   * @param until `performance.now()` by which the caller is to be told something
   * @throws OgError `NODE_REQUEST_PENDING`, `SETTLEMENT_REVERTED`
   */
  readonly settling: (until: number) => Promise<Release>
}

const NO_TICKET: Admission = Object.freeze({ kind: 'run', ticket: Object.freeze({}) })
const NO_HEADERS: Release = Object.freeze({ headers: Object.freeze({}) })

/** Lets everything through and signs nothing: for benchmarks that measure the server without receipts. Never for a network. */
export const unsignedGate: RequestGate = {
  admit: () => NO_TICKET,
  complete: async () => NO_HEADERS,
  abort: async () => {},
}
