import {
  type Bundle,
  type BundleZk,
  fromBase64,
  type Hex,
  isError,
  isOgError,
  type Manifest,
  OgError,
  parseStrictJson,
} from '@opengradient/protocol'
import { jsonLength } from '@opengradient/verifier'
import { endpointOf } from '../answers/nodeRecords.ts'
import type { Context } from '../context.ts'
import { privately } from './attest.ts'
import { type Limit, within } from './limit.ts'
import { nodeError, withheld } from './nodeError.ts'

/** How far the proof of an answer is, as its node says. */
export interface ProofProgress {
  /** `queued` behind others, `proving`, or `ready`. */
  readonly state: 'queued' | 'proving' | 'ready'
  /** Proofs before this one. */
  readonly position: number
  /** Milliseconds until it should be there. */
  readonly expectedMs: number
}

/**
 * The file with the integer model of a manifest, from the stores, by its hash.
 * @throws OgError `ZK_FILE_MISMATCH`, `STORE_*`
 */
export function zkirOf(context: Context, { files }: Manifest): Promise<Uint8Array> {
  const file = files.find(({ path }) => path === ZKIR)
  if (!file) throw new OgError('ZK_FILE_MISMATCH', `the manifest names no file ${ZKIR}, so nothing about the model can be proved`)
  return context.files(file.sha256, MAX_MODEL)
}

/** Whether proofs can be checked here, before one is paid for. @throws OgError `ZK_WEBASSEMBLY` */
export async function requireKernels(): Promise<void> {
  const { Kernels } = await import('@opengradient/zkml')
  await Kernels.load()
}

/** Whose proof, and how long it is waited for. */
export interface ProofWanted extends Limit {
  readonly manifest: Manifest
  /** The file of its integer model, if it is at hand. */
  readonly zkir?: Uint8Array | undefined
  /** 32 bytes. */
  readonly secret: Uint8Array
  readonly onProof: ((progress: ProofProgress) => void) | undefined
}

const MAX_PROOF = 2 * 1024 * 1024
const MAX_JSON = 64 * 1024 * 1024
/** What a bundle can hold of an integer model. */
const MAX_MODEL = 48 * 1024 * 1024
const SHORTEST_MS = 50
const LONGEST_MS = 10_000
/** The file of a manifest that holds its integer model: nodes read no other. */
const ZKIR = 'model.zkir'

/**
 * The proof of an answer and the integer model that it is about; the verdict judges both. The model comes from the stores, by its hash in the
 * manifest; the proof from the answer itself, or from its node, which is asked until it has it.
 *
 * @throws OgError `ZK_PROOF_PENDING` (not there in time), `ZK_PROOF_FAILED`, `ZK_PROOF_UNKNOWN`, `NODE_*`, `STORE_*`
 */
export async function proofFor(context: Context, bundle: Bundle, wanted: ProofWanted): Promise<BundleZk> {
  const [model, proof] = await Promise.all([
    wanted.zkir ?? zkirOf(context, wanted.manifest),
    inlineProof(bundle) ?? askedProof(context, bundle, wanted),
  ])
  return { model, proof }
}

/** The proof that came with the answer: `parameters.og_zk.proof`. Undefined if there is none that can be read; its node is asked then. */
function inlineProof({ response }: Bundle): Uint8Array | undefined {
  if (response === undefined) return undefined
  try {
    const json = response.body.subarray(0, jsonLength(response.body))
    const { parameters } = parseStrictJson(json, { maxBytes: MAX_JSON, maxDepth: 24, inexactNumbers: true }) as {
      parameters?: { og_zk?: { proof?: unknown } }
    }
    const proof = parameters?.og_zk?.proof
    return typeof proof === 'string' ? fromBase64(proof, 'og_zk.proof') : undefined
  } catch (error) {
    if (isOgError(error) || (isError(error) && error.name === 'TypeError')) return undefined
    throw error
  }
}

async function askedProof(context: Context, { receipt }: Bundle, { secret, onProof, ...limit }: ProofWanted): Promise<Uint8Array> {
  const { node, requestId } = receipt
  const endpoint = await within(
    limit,
    () => endpointOf(context, node),
    () => pending(requestId, undefined),
  )
  const url = `${endpoint}/v1/receipts/${requestId}/proof`
  for (let lost = 0; ; ) {
    const reply = await privately(context, url, secret, MAX_PROOF, limit).catch((error) => {
      if (isOgError(error, 'NODE_UNREACHABLE') && lost++ < 5) return undefined
      throw error
    })
    if (reply?.status === 200) {
      onProof?.({ state: 'ready', position: 0, expectedMs: 0 })
      return reply.body
    }
    if (reply && reply.status !== 202 && reply.status < 500) throw unproved(nodeError(node, reply), requestId)
    const progress = reply?.status === 202 ? progressOf(reply.body) : undefined
    if (progress) onProof?.(progress)
    const wait = waitMs(reply?.headers.get('retry-after') ?? null, progress)
    if (performance.now() + wait > limit.deadline) throw pending(requestId, progress)
    await context.sleep(wait, limit.signal)
  }
}

/** A node's own word, for the screen only. */
function progressOf(body: Uint8Array): ProofProgress | undefined {
  try {
    const json = (parseStrictJson(body, { maxBytes: 4096, maxDepth: 4 }) ?? {}) as Record<string, unknown>
    const number = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0)
    return { state: json.state === 'proving' ? 'proving' : 'queued', position: number(json.position), expectedMs: number(json.expected_ms) }
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}

/** As the node expects; where it says nothing usable, a second. `Retry-After` counts whole seconds and is the upper end. */
function waitMs(retryAfter: string | null, progress: ProofProgress | undefined): number {
  const most = retryAfter !== null && /^\d{1,3}$/.test(retryAfter) ? Number(retryAfter) * 1000 : LONGEST_MS
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.min(most || SHORTEST_MS, progress?.expectedMs || 1000)))
}

/** The node says that there is no proof, or will be none. */
function unproved(cause: OgError, requestId: Hex): OgError {
  return new OgError(cause.code, `${cause.message}${withheld('zk', requestId)}`, { cause, details: { ...cause.details, requestId } })
}

function pending(requestId: string, progress: ProofProgress | undefined): OgError {
  const when = progress ? ` (${progress.state}, about ${Math.ceil(progress.expectedMs / 1000)} s)` : ''
  return new OgError(
    'ZK_PROOF_PENDING',
    `the node has answered request ${requestId} and not proved it yet${when}; og.recover('${requestId}') asks again and pays nothing, og.challenge('${requestId}') demands the proof on chain`,
    { details: { requestId } },
  )
}
