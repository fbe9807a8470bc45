import { indefinite, nitroCertificates, nitroMessage as signedMessage } from '@opengradient/attestation-dev/make'
import { utf8 } from '@opengradient/protocol'
import { encode } from 'cborg'
import type { TrustAnchor } from '../roots/types.ts'
import { lineage, NOW } from './ca.testkit.ts'
import { ecKey, type TestKey } from './keys.testkit.ts'

export { indefinite }

export const nitroKeys = { root: ecKey('P-384', 'nitro root'), zone: ecKey('P-384', 'nitro zone'), leaf: ecKey('P-384', 'nitro leaf') }
const certificates = nitroCertificates(nitroKeys, lineage('nitro root'))
export const nitroRoot = certificates.root
export const nitroZone = certificates.zone
export const nitroLeaf = certificates.leaf({ notBefore: NOW - 3600, notAfter: NOW + 7200 })
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
export const nitroMessage = (payload: Uint8Array, by: TestKey = nitroKeys.leaf, header?: Uint8Array): Uint8Array =>
  signedMessage(payload, by, header)

export const nitroEvidence = (changes: Record<string, unknown> = {}): Uint8Array => nitroMessage(encode(nitroMembers(changes)))
