import fc from 'fast-check'
import { type AttestationEvidence, encodeKeyset, type Keyset } from '../index.ts'
import { address20, hash32, uintOf } from './arbitraries.testkit.ts'
import { hashOf } from './samples.testkit.ts'

export const NONCE = new Uint8Array(32).fill(9)

export function aKeyset(changes: Partial<Keyset> = {}): Keyset {
  return {
    v: 1,
    chainId: 4_611_686_018_427n,
    node: `0x${'11'.repeat(20)}`,
    notBefore: 1_790_000_000n,
    notAfter: 1_790_086_400n,
    sign: `0x${'22'.repeat(20)}`,
    hpke: hashOf('hpke'),
    modelIds: [hashOf('model'), hashOf('other model')].sort(),
    runtimeDigest: hashOf('runtime'),
    ...changes,
  }
}

/** Keysets of every content that one may have. */
export const keysets: fc.Arbitrary<Keyset> = fc
  .record({
    chainId: uintOf(64),
    node: address20,
    notBefore: uintOf(63),
    seconds: fc.bigInt({ min: 1n, max: 86_400n }),
    sign: address20,
    hpke: hash32,
    modelIds: fc.uniqueArray(hash32, { minLength: 1, maxLength: 64 }),
    runtimeDigest: hash32,
  })
  .map(({ seconds, modelIds, ...rest }) => ({
    v: 1,
    ...rest,
    notAfter: rest.notBefore + seconds,
    modelIds: [...modelIds].sort(),
  }))

const bytes = fc.uint8Array({ maxLength: 70 })
const some = fc.array(bytes, { minLength: 1, maxLength: 3 })
const file = fc.record({ body: bytes, signature: bytes, certificates: fc.array(bytes, { maxLength: 2 }) })
const endorsements = fc.record({ certificates: some, crls: some, tcbInfo: file, qeIdentity: file }, { requiredKeys: [] })

/** Envelopes of every shape; what is inside is noise. */
export const attestations: fc.Arbitrary<AttestationEvidence> = fc.record(
  {
    platform: fc.constantFrom('nitro', 'tdx', 'azure-snp-vtpm', 'a', `x${'-'.repeat(31)}`),
    evidence: bytes,
    endorsements,
    gpus: fc.array(fc.record({ evidence: bytes, endorsements }), { maxLength: 3 }),
    eventLog: fc.uint8Array({ minLength: 1, maxLength: 70 }),
    keyset: bytes,
    nonce: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  },
  { requiredKeys: ['platform', 'evidence', 'endorsements', 'gpus', 'keyset', 'nonce'] },
)

export function anAttestation(changes: Partial<AttestationEvidence> = {}): AttestationEvidence {
  const signed = { body: Uint8Array.of(1), signature: new Uint8Array(64).fill(2), certificates: [Uint8Array.of(3)] }
  return {
    platform: 'tdx',
    evidence: Uint8Array.of(4, 5, 6),
    endorsements: { certificates: [Uint8Array.of(7), Uint8Array.of(8)], crls: [Uint8Array.of(9)], tcbInfo: signed, qeIdentity: signed },
    gpus: [{ evidence: Uint8Array.of(10), endorsements: { certificates: [Uint8Array.of(11)] } }],
    eventLog: Uint8Array.of(12),
    keyset: encodeKeyset(aKeyset()),
    nonce: NONCE,
    ...changes,
  }
}
