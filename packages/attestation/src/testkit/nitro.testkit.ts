import { concatBytes, utf8 } from '@opengradient/protocol'
import { encode } from 'cborg'
import type { TrustAnchor } from '../roots/types.ts'
import { AUTHORITY, issue, LEAF, NOW } from './ca.testkit.ts'
import { ecKey, type TestKey } from './keys.testkit.ts'

export const nitroKeys = { root: ecKey('P-384', 'nitro root'), zone: ecKey('P-384', 'nitro zone'), leaf: ecKey('P-384', 'nitro leaf') }
const LIFETIME = { notBefore: NOW - 3600, notAfter: NOW + 7200 }
export const nitroRoot = issue({ subject: 'nitro root', issuer: 'nitro root', key: nitroKeys.root, by: nitroKeys.root, ...AUTHORITY })
export const nitroZone = issue({
  subject: 'zone',
  issuer: 'nitro root',
  key: nitroKeys.zone,
  by: nitroKeys.root,
  ...AUTHORITY,
  pathLength: 0,
})
export const nitroLeaf = issue({ subject: 'enclave', issuer: 'zone', key: nitroKeys.leaf, by: nitroKeys.zone, ...LEAF, ...LIFETIME })
export const nitroRoots = { aws: { anchors: [{ certificate: nitroRoot, trust: 'development' } satisfies TrustAnchor] } }

export const PCR0 = new Uint8Array(48).fill(0xa0)

/** The members of a document. */
export const nitroMembers = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  module_id: 'i-0123456789abcdef0-enc0123456789abcdef',
  digest: 'SHA384',
  timestamp: (NOW - 60) * 1000,
  pcrs: new Map([
    [0, PCR0],
    [1, new Uint8Array(48).fill(0xa1)],
    [15, new Uint8Array(48)],
  ]),
  certificate: nitroLeaf,
  cabundle: [nitroRoot, nitroZone],
  public_key: null,
  user_data: utf8('report data'),
  nonce: utf8('nonce'),
  ...changes,
})

/** The signed message over this payload. */
export function nitroMessage(payload: Uint8Array, by: TestKey = nitroKeys.leaf, header = Uint8Array.of(0xa1, 1, 0x38, 0x22)): Uint8Array {
  const signature = by.raw(encode(['Signature1', header, new Uint8Array(), payload]))
  return encode([header, new Map(), payload, signature])
}

export const nitroEvidence = (changes: Record<string, unknown> = {}): Uint8Array => nitroMessage(encode(nitroMembers(changes)))

/** The same document in the form that the hardware writes: a map of indefinite length. */
export function indefinite(members: Record<string, unknown>): Uint8Array {
  const entries = Object.entries(members).flatMap(([key, value]) => [encode(key), encode(value)])
  return concatBytes(Uint8Array.of(0xbf), ...entries, Uint8Array.of(0xff))
}
