import { type AttestationEvidence, bytesToHex, encodeKeyset, gpuNonce, type Hex, type Keyset, reportDataOf } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { type AttestationPolicy, DEFAULT_POLICY } from '../policy/policy.ts'
import { rootsForDevelopment } from '../roots/trusts.ts'
import { VENDOR_ROOTS } from '../roots/vendors.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { KEYSET, MODEL, NODE, NONCE, OTHER } from '../testkit/keyset.testkit.ts'
import { nitroEvidence, nitroRoot } from '../testkit/nitro.testkit.ts'
import { gpuChain, gpuCrls, gpuReport, gpuRoot } from '../testkit/nvidia.testkit.ts'
import { judgeAttestation } from './judge.ts'
import { attestationErrorCode } from './keyset.ts'

const trusts = { hardware: VENDOR_ROOTS, development: rootsForDevelopment([nitroRoot, gpuRoot]) }
const policy: AttestationPolicy = { ...DEFAULT_POLICY, allowDevelopment: true, measurements: 'any' }
const options = { now: NOW, trusts, policy, expect: { chainId: 5n, node: NODE, modelId: MODEL } }

/** An envelope of a development Nitro enclave; `bound` to other data if given. */
function envelope(changes: Partial<Keyset> = {}, bound?: Uint8Array): AttestationEvidence {
  const bytes = encodeKeyset({ ...KEYSET, ...changes })
  const evidence = nitroEvidence({ user_data: bound ?? reportDataOf(bytes, NONCE), nonce: null })
  return { platform: 'nitro', evidence, endorsements: {}, gpus: [], keyset: bytes, nonce: NONCE }
}
const gpuOf = (to: AttestationEvidence, nonce = gpuNonce(reportDataOf(to.keyset, to.nonce))) => ({
  evidence: gpuReport({ nonce }),
  endorsements: { certificates: gpuChain(), crls: gpuCrls() },
})
const judged = async (made: AttestationEvidence, changes: object = {}) => (await judgeAttestation(made, { ...options, ...changes })).code

describe('an envelope is refused', () => {
  it('whose keyset is for another chain, another node, without the model, over, or not begun', async () => {
    expect(await judged(envelope({ chainId: 6n }))).toBe('KEYSET_CHAIN_MISMATCH')
    expect(await judged(envelope({ node: `0x${'0e'.repeat(20)}` }))).toBe('KEYSET_NODE_MISMATCH')
    expect(await judged(envelope({ modelIds: [OTHER] }))).toBe('KEYSET_MODEL_MISSING')
    expect(await judged(envelope({ notAfter: BigInt(NOW) }))).toBe('KEYSET_EXPIRED')
    expect(await judged(envelope({ notAfter: BigInt(NOW + 1) }))).toBe(undefined)
    const early = BigInt(NOW + DEFAULT_POLICY.maxAhead)
    expect(await judged(envelope({ notBefore: early + 1n }))).toBe('KEYSET_NOT_YET_VALID')
    expect(await judged(envelope({ notBefore: early }))).toBe(undefined)
  })

  it('with a sentence that says when its keyset ended: as a date where there is one', async () => {
    const sentence = async (changes: Partial<Keyset>) => (await judgeAttestation(envelope(changes), options)).message
    expect(await sentence({ notAfter: BigInt(NOW) })).toBe(`The keyset ended at ${new Date(NOW * 1000).toISOString().replace('.000', '')}.`)
    const last = 8_000_000_000_000n
    const begins = (notBefore: bigint) => sentence({ notBefore, notAfter: notBefore + 1n })
    expect(await begins(last - 1n)).toBe('The keyset begins at +255479-11-28T14:13:19Z only.')
    expect(await begins(last)).toBe('The keyset begins at second 8000000000000 only.')
  })

  it('whose code says that it runs other engines than its entry lists', async () => {
    const { measurements: shown } = (await judgeAttestation(envelope(), options)).claims!
    const listing = (...runtimes: (readonly Hex[] | undefined)[]) => {
      const common = { platform: 'nitro', values: { pcr0: shown.pcr0! }, build: 'https://example.org/1' } as const
      const entries = runtimes.map((one, i) => ({ ...common, notAfter: NOW + 100 + i, ...(one && { runtimes: one }) }))
      return { policy: { ...policy, measurements: entries } }
    }
    expect(await judged(envelope(), listing([]))).toBe('MEASUREMENT_UNKNOWN')
    expect(await judged(envelope(), listing([MODEL]))).toBe('MEASUREMENT_UNKNOWN')
    expect(await judged(envelope({ runtimeDigest: MODEL }), listing([OTHER]))).toBe('MEASUREMENT_UNKNOWN')
    const { message } = await judgeAttestation(envelope(), { ...options, ...listing([MODEL]) })
    expect(message).toMatch(/not with the engines/)
    // Of two entries of the same code the one counts that lists the engines: its end, too.
    const both = { ...options, ...listing([MODEL], [MODEL, OTHER]) }
    expect(await judgeAttestation(envelope(), both)).toMatchObject({ ok: true, until: NOW + 101, entry: { runtimes: [MODEL, OTHER] } })
    expect(await judgeAttestation(envelope({ runtimeDigest: MODEL }), both)).toMatchObject({ ok: true, until: NOW + 100 })
    const any = await judgeAttestation(envelope(), { ...options, ...listing(undefined) })
    expect(any).toMatchObject({ ok: true, until: NOW + 100 })
    expect(any.entry).not.toHaveProperty('runtimes')
    expect(await judgeAttestation(envelope(), options)).not.toHaveProperty('entry')
  })

  it('whose keyset is none', async () => {
    const made = envelope()
    expect(await judged({ ...made, keyset: made.keyset.subarray(1) })).toBe('KEYSET_MALFORMED')
  })

  it('whose evidence is bound to another keyset, or to another nonce', async () => {
    const other = encodeKeyset({ ...KEYSET, hpke: `0x${'0a'.repeat(32)}` })
    expect(await judged(envelope({}, reportDataOf(other, NONCE)))).toBe('BINDING_MISMATCH')
    expect(await judged({ ...envelope(), nonce: new Uint8Array(32) })).toBe('BINDING_MISMATCH')
    expect(await judged(envelope(), { expect: { ...options.expect, nonce: OTHER } })).toBe('NONCE_MISMATCH')
  })

  it('that is of development where only hardware is trusted, by roots and by policy alike', async () => {
    expect(await judged(envelope(), { trusts: { hardware: VENDOR_ROOTS } })).toBe('UNTRUSTED_ROOT')
    expect(await judged(envelope(), { policy: { ...policy, allowDevelopment: false } })).toBe('DEV_EVIDENCE')
  })

  it('whose GPU answers another enclave, has another signature, or is missing', async () => {
    const made = envelope()
    const required = { policy: { ...policy, gpu: { required: true } } }
    expect(await judged(made, required)).toBe('GPU_MISSING')
    expect(await judged({ ...made, gpus: [gpuOf(made, NONCE)] }, required)).toBe('GPU_BINDING_MISMATCH')
    const flipped = gpuOf(made)
    flipped.evidence[flipped.evidence.length - 1]! ^= 1
    expect(await judged({ ...made, gpus: [flipped] }, required)).toBe('SIGNATURE_INVALID')
  })

  it('that is older than the policy allows, by the time of its nonce', async () => {
    const strict = { policy: { ...policy, maxAge: 30 } }
    expect(await judged(envelope(), strict)).toBe('STALE_EVIDENCE')
  })

  it('by a code that errors and verdicts have, too', () => {
    expect(attestationErrorCode('KEYSET_NODE_MISMATCH')).toBe('EVIDENCE_KEYSET_FOREIGN')
    expect(attestationErrorCode('DEV_EVIDENCE')).toBe('EVIDENCE_DEV_EVIDENCE')
    expect(attestationErrorCode('KEYSET_MALFORMED')).toBe('KEYSET_MALFORMED')
    expect(attestationErrorCode('KEYSET_NOT_YET_VALID')).toBe('EVIDENCE_KEYSET_EXPIRED')
  })
})

describe('an envelope is accepted', () => {
  it('through the check of signatures that is given', async () => {
    const asked: unknown[] = []
    const no = async (claim: unknown) => asked.push(claim) < 0
    expect(await judged(envelope(), { check: no })).toBe('CHAIN_INVALID')
    expect(asked).not.toEqual([])
    expect(await judged(envelope(), { check: undefined })).toBe(undefined)
  })

  it('as development under a development root, with its GPUs, until the first of all ends', async () => {
    const made = envelope()
    const result = await judgeAttestation({ ...made, gpus: [gpuOf(made)] }, { ...options, policy: { ...policy, gpu: { required: true } } })
    expect(result).toMatchObject({ ok: true, level: 'development', keyset: { node: NODE }, claims: { platform: 'nitro' } })
    expect(result.gpus).toHaveLength(1)
    expect(result.until).toBe(NOW + 3600)
    expect(bytesToHex(result.claims!.reportData)).toBe(bytesToHex(reportDataOf(made.keyset, NONCE)))
  })

  it('until its certificates end, when that is before the keyset', async () => {
    expect((await judgeAttestation(envelope({ notAfter: BigInt(NOW + 20_000) }), options)).until).toBe(NOW + 7200)
  })
})

it('no memory is no verdict of a keyset', async () => {
  const noMemory = new RangeError('Array buffer allocation failed')
  const keyset = Object.defineProperty(new Uint8Array(3), 'length', {
    get: () => {
      throw noMemory
    },
  })
  await expect(judgeAttestation({ ...envelope(), keyset }, options)).rejects.toMatchObject({ cause: noMemory })
})
