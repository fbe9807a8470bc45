import type { Claims } from '@opengradient/attestation'
import type { HttpReply } from '@opengradient/client'
import { type BundleRequest, type BundleSeal, base64, bytesToUint, type Hex, OgError, paymentIdOf, ZERO_HASH } from '@opengradient/protocol'
import type { RequestSealer, SealState } from '@opengradient/protocol/seal'
import type { Context } from '../context.ts'
import type { Wire } from '../infer/wire.ts'
import type { AcceptedEnclave } from './enclave.ts'

/**
 * What a caller keeps of a sealed request: what opens its answer, and what shows the enclave in a bundle. As private as the request; text only,
 * so that books can write it.
 */
export interface KeptSeal {
  /** Digest of the keyset that it was sealed to. */
  readonly keyset: Hex
  readonly state: SealState
  readonly salts: BundleSeal
  /** The envelope as it was registered, base64. */
  readonly cmw: string
  /** Number of the policy that the chain judged it by. */
  readonly policy: number
  /** Everything whose revocation ends the keyset. */
  readonly marks: readonly Hex[]
}

/** What only the caller of a sealed request has of its answer. */
export interface SealedParts {
  readonly kept: KeptSeal
  /** What the evidence of the enclave said. */
  readonly claims: Claims
  /** Bytes of the execution record, which travel under the seal. */
  readonly execution: Uint8Array
}

export interface ChannelOptions {
  readonly seal: Context['seal']
  readonly enclave: AcceptedEnclave
  readonly request: BundleRequest
  readonly modelId: Hex
  readonly requestId: Hex
  /** Told what opens the answer, before the request goes out. */
  readonly keep: (seal: KeptSeal) => void
}

/** Sessions that are over are looked for this often, where no request does it. */
const TIDY_MS = 60_000

/**
 * What seals the requests of one client. Nothing of it is loaded before the first one, and a session that is over is forgotten within a minute.
 * @param now unix seconds
 */
export function sealing(now: () => number, random: Context['random']): Context['seal'] {
  let sealer: RequestSealer | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const tidy = (mine: RequestSealer) => {
    mine.forget()
    timer = mine.sessions > 0 ? setTimeout(() => tidy(mine), TIDY_MS) : undefined
    // In Node it would keep the process from ending; in browsers it is a number.
    if (typeof timer === 'object') timer.unref()
  }
  return async (request) => {
    const { RequestSealer } = await import('@opengradient/protocol/seal')
    sealer ??= new RequestSealer(now, random)
    const sealed = sealer.seal(request)
    if (timer === undefined) tidy(sealer)
    return sealed
  }
}

/** Seals requests to the key in accepted evidence. The same payment gives the same bytes, so that a lost answer can be asked for again. */
export function sealedWire({ seal, enclave, request, modelId, requestId, keep }: ChannelOptions): Wire {
  const sealed = new Map<Hex, ReturnType<typeof sealFor>>()
  const sealFor = (paymentId: Hex) => {
    const { headerLength, ...rest } = request
    return seal({
      ...rest,
      ...(headerLength === undefined ? {} : { headerLength }),
      keyset: enclave.keyset,
      keysetDigest: enclave.digest,
      modelId,
      requestId,
      paymentId,
    })
  }
  return async (payment) => {
    const paymentId = payment ? paymentIdOf(payment) : ZERO_HASH
    const making = sealed.get(paymentId) ?? sealFor(paymentId)
    sealed.set(paymentId, making)
    const { headers, body, salts, state } = await making
    const kept = keptOf(enclave, state, salts)
    keep(kept)
    return {
      headers,
      body,
      async read(reply) {
        const opened = await openReply(state, reply)
        if (opened === undefined) return { reply }
        const { body, execution } = opened
        return { reply: { ...reply, body }, ...(reply.status === 200 ? { sealed: { kept, claims: enclave.claims, execution } } : {}) }
      },
    }
  }
}

const keptOf = ({ digest, cmw, policyNumber, marks }: AcceptedEnclave, state: SealState, salts: BundleSeal): KeptSeal => ({
  keyset: digest,
  state,
  salts,
  cmw: textOf(cmw),
  policy: policyNumber,
  marks,
})

/** An envelope of up to 512 KiB as text, made once for all requests to its enclave. */
function textOf(cmw: Uint8Array): string {
  const text = texts.get(cmw) ?? base64(cmw)
  texts.set(cmw, text)
  return text
}
const texts = new WeakMap<Uint8Array, string>()

/** Opens a reply; undefined for a refusal that came before the node opened the request. @throws OgError `CHANNEL_*` */
export async function openReply(state: SealState, reply: HttpReply): Promise<{ body: Uint8Array; execution: Uint8Array } | undefined> {
  const mark = reply.headers.get('og-seal')
  if (mark === null && reply.status !== 200) return undefined
  if (mark !== 'v1') throw new OgError('CHANNEL_UNSEALED', 'the answer to a sealed request came without its seal')
  const { openResponse } = await import('@opengradient/protocol/seal')
  return splitPlaintext(await openResponse(state, reply.body))
}

/** `body ‖ execution record ‖ u32be(length of the record)`. */
function splitPlaintext(plaintext: Uint8Array): { body: Uint8Array; execution: Uint8Array } {
  const end = plaintext.length - 4
  const length = end < 0 ? -1 : Number(bytesToUint(plaintext.subarray(end)))
  if (length < 0 || length > end) throw new OgError('CHANNEL_MALFORMED', 'the opened answer does not say where its execution record begins')
  return { body: plaintext.subarray(0, end - length), execution: plaintext.subarray(end - length, end) }
}
