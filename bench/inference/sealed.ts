import { randomBytes } from 'node:crypto'
import { Keyring, ReceiptSigner, type SealOpener, sealOpener, type TeeDoor, teeDoor } from '@opengradient/inference'
import { bytesToHex, type Hex, requestIdOf, sha256Hex, ZERO_HASH } from '@opengradient/protocol'
import { RequestSealer } from '@opengradient/protocol/seal'
import { requestBytes } from './client.ts'
import { BENCH_DOMAIN } from './signed.ts'

/** What requests of the benchmark are sealed to. */
export interface BenchKeyset {
  readonly digest: Hex
  /** X25519. */
  readonly hpke: Hex
}

/** A keyset as a registered one is held by a node, for the model that is served; hardware and chain are left out, for no request asks them anything. */
export function sealedScene(): { keyset: BenchKeyset; door: (modelId: Hex) => TeeDoor } {
  const opener = sealOpener(randomBytes(32))
  const digest = sha256Hex(randomBytes(32))
  const now = () => Math.floor(Date.now() / 1000)
  const door = (modelId: Hex) => {
    const keyring = new Keyring<SealOpener>()
    const signer = new ReceiptSigner(new Uint8Array(32).fill(8), BENCH_DOMAIN)
    const keyset = new Uint8Array()
    const until = now() + 86_400
    const issued = { digest, keyset, modelIds: [modelId], notAfter: until, signer, opener, input: keyset, nonceBlock: 0n, erase: () => {} }
    keyring.add({ issued, registration: { digest, level: 'tee', from: now(), until } })
    return teeDoor({ keyring, now, random: randomBytes })
  }
  return { keyset: { digest, hpke: opener.publicKey }, door }
}

/** Callers that requests come from, in turn. Each keeps its session as clients do. */
const CALLERS = 8

/**
 * HTTP requests with this JSON body, sealed beforehand, so that the caller's part is not measured.
 * @param session `kept`: as clients do, up to a thousand requests in one; `new`: each request is the first of its own
 */
export async function sealedRequests(
  count: number,
  path: string,
  keyset: BenchKeyset,
  body: Uint8Array,
  session: 'kept' | 'new',
): Promise<Buffer[]> {
  const modelId = path.split('/')[3] as Hex
  const contentType = 'application/json'
  const caller = () => new RequestSealer(() => 0, randomBytes)
  const callers = Array.from({ length: CALLERS }, caller)
  const requests: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const secret = randomBytes(32)
    const bound = { keysetDigest: keyset.digest, modelId, requestId: requestIdOf(secret), paymentId: ZERO_HASH }
    const by = session === 'new' ? caller() : callers[i % CALLERS]!
    const sealed = await by.seal({ keyset, ...bound, method: 'POST', path, contentType, body })
    const headers = { 'content-type': contentType, 'og-level': 'tee', 'og-request-secret': bytesToHex(secret), ...sealed.headers }
    requests.push(requestBytes(path, headers, sealed.body))
  }
  return requests
}

/** The same requests as they are sent at level signature: a secret each, and in the open. */
export function openRequests(count: number, path: string, body: Uint8Array): Buffer[] {
  const headers = { 'content-type': 'application/json', 'og-level': 'signature' }
  return Array.from({ length: count }, () => requestBytes(path, { ...headers, 'og-request-secret': bytesToHex(randomBytes(32)) }, body))
}
