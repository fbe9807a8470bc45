import { randomBytes } from 'node:crypto'
import { DEFAULT_POLICY, policyBytes } from '@opengradient/attestation'
import { type DevelopmentAttester, developmentAttester, developmentCertificates } from '@opengradient/attestation-dev'
import type { GenesisParameters } from '@opengradient/chain'
import {
  type AttestationEvidence,
  bytesToHex,
  type Hex,
  type Keyset,
  keysetDigest,
  parseCmw,
  parseKeyset,
  ZERO_HASH,
} from '@opengradient/protocol'
import { RequestSealer, type SealedRequest } from '@opengradient/protocol/seal'
import type { Ask } from './caller.testkit.ts'

/** What the development machines of these tests are made from. */
export const TEST_SEED = 'tests of the inference node'
/** No clock of a test reaches it. */
const FAR = 4_000_000_000

/** Attests for the networks of these tests. Close it, or give it to a node, which does. */
export const testAttester = (over: { now?: () => number } = {}): DevelopmentAttester =>
  developmentAttester({ platform: 'nitro', seed: TEST_SEED, ...over })

/** How the networks of these tests judge evidence: that of `testAttester` is good, at level development. */
export function testAttestation(): NonNullable<GenesisParameters['attestation']> {
  const { platform, measurement } = testAttester()
  const build = 'https://opengradient.example/builds/test'
  const policy = policyBytes({
    ...DEFAULT_POLICY,
    platforms: [platform],
    allowDevelopment: true,
    measurements: [{ platform, values: { pcr0: measurement }, notAfter: FAR, build }],
  })
  return { policy: Buffer.from(policy).toString(), developmentRoots: developmentCertificates(TEST_SEED).map(bytesToHex) }
}

/** What a node shows of its keyset. */
export interface ShownKeyset {
  readonly digest: Hex
  readonly keyset: Keyset
  readonly evidence: AttestationEvidence
}

/** The keyset that a node shows; nothing while it has none. */
export async function shownKeyset(url: string, query = ''): Promise<ShownKeyset | undefined> {
  const reply = await fetch(`${url}/v1/attestation${query}`)
  if (reply.status !== 200) return undefined
  const evidence = parseCmw(new Uint8Array(await reply.arrayBuffer()))
  return { digest: keysetDigest(evidence.keyset), keyset: parseKeyset(evidence.keyset), evidence }
}

export interface SealedAsk {
  readonly path: string
  readonly headers: Record<string, string>
  readonly sealed: SealedRequest
}

/** Every request to one keyset is of one session, unless a test is about sessions. */
const sealer = new RequestSealer(() => 0, randomBytes)

/** A request sealed as a client would, with its headers. `paymentId` and `payment` belong together. */
export async function sealAsk(
  { digest, keyset }: Pick<ShownKeyset, 'digest' | 'keyset'>,
  modelId: Hex,
  { secret, requestId, body }: Ask,
  payment?: { header: string; paymentId: Hex },
  by = sealer,
): Promise<SealedAsk> {
  const path = `/v2/models/${modelId}/infer`
  const sealed = await by.seal({
    keyset,
    keysetDigest: digest,
    method: 'POST',
    path,
    contentType: 'application/json',
    modelId,
    requestId,
    paymentId: payment?.paymentId ?? ZERO_HASH,
    body: Buffer.from(body),
  })
  const paid: Record<string, string> = payment ? { 'payment-signature': payment.header } : {}
  const headers = { 'content-type': 'application/json', 'og-request-secret': secret, 'og-level': 'development' }
  return { path, headers: { ...headers, ...sealed.headers, ...paid }, sealed }
}

export interface SealedTold {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

/** Sends a sealed request. @throws when the connection breaks */
export async function tell(url: string, { path, headers, sealed }: SealedAsk): Promise<SealedTold> {
  const body = sealed.body as Uint8Array<ArrayBuffer>
  const reply = await fetch(url + path, { method: 'POST', headers, body })
  return { status: reply.status, headers: reply.headers, bytes: new Uint8Array(await reply.arrayBuffer()) }
}

/** Opens an answer: its body and its execution record. */
export async function opened({ sealed }: SealedAsk, bytes: Uint8Array): Promise<{ body: Buffer; execution: Buffer }> {
  const plain = Buffer.from(await sealed.open(bytes))
  const end = plain.length - 4
  const start = end - plain.readUInt32BE(end)
  return { body: plain.subarray(0, start), execution: plain.subarray(start, end) }
}
