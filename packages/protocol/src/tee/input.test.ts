import fc from 'fast-check'
import { encodeAbiParameters } from 'viem'
import { describe, expect, it } from 'vitest'
import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { anAttestation, attestations } from '../testkit/tee.testkit.ts'
import type { AttestationEvidence, Endorsements } from './attestation.ts'
import { decodeEvidenceInput, encodeEvidenceInput, MAX_EVIDENCE_INPUT } from './input.ts'
import { encodeList, encodeStrings } from './strings.ts'

const refused = (bytes: Uint8Array) => refusal(() => decodeEvidenceInput(bytes), 'EVIDENCE_INPUT_MALFORMED').message
const good = encodeEvidenceInput(anAttestation())
const none = new Uint8Array()

describe('refused are', () => {
  it('nothing at all, and every prefix', () => {
    for (let length = 0; length < good.length; length += 7) refused(good.subarray(0, length))
    refused(good.subarray(0, good.length - 1))
  })

  it('bytes behind the end, at every depth', () => {
    expect(refused(concatBytes(good, Uint8Array.of(0)))).toContain('behind its end')
    expect(refused(concatBytes(good, new Uint8Array(32)))).toContain('behind its end')
    const inner = (endorsements: Uint8Array) => encodeStrings([utf8('tdx'), none, endorsements, none, none, none, new Uint8Array(32)])
    const certificates = encodeList([Uint8Array.of(1)])
    expect(refused(inner(concatBytes(encodeStrings([certificates, none, none, none]), new Uint8Array(32))))).toContain('behind its end')
    expect(refused(inner(encodeStrings([concatBytes(certificates, new Uint8Array(32)), none, none, none])))).toContain('behind its end')
  })

  it('empty endorsements and lists that are not left out, lists longer than any', () => {
    const envelope = (endorsements: Uint8Array, gpus: Uint8Array) =>
      encodeStrings([utf8('tdx'), none, endorsements, gpus, none, none, new Uint8Array(32)])
    expect(refused(envelope(encodeStrings([none, none, none, none]), none))).toContain('not left out')
    const emptyList = concatBytes(uintBytes(32, 32), uintBytes(0, 32))
    expect(refused(envelope(none, emptyList))).toContain('1 to 16')
    const many = encodeList(Array.from({ length: 17 }, () => encodeStrings([none, none])))
    expect(refused(envelope(none, many))).toContain('1 to 16')
    expect(refused(envelope(encodeStrings([encodeList(Array.from({ length: 17 }, () => none)), none, none, none]), none))).toContain(
      '1 to 16',
    )
  })

  it.each([
    ['a platform without a name', { platform: '' }, 'no name'],
    ['a platform in upper case', { platform: 'TDX' }, 'no name'],
    ['a platform of 33 characters', { platform: 'a'.repeat(33) }, 'no name'],
    ['a nonce of 31 bytes', { nonce: new Uint8Array(31) }, 'nonce has 31'],
    ['a nonce of 64 bytes', { nonce: new Uint8Array(64) }, 'nonce has 64'],
    ['a keyset that is too long', { keyset: new Uint8Array(8_193) }, 'keyset is too long'],
    ['evidence that is too long', { evidence: new Uint8Array(65_537) }, 'more than 65536'],
    ['a GPU’s evidence that is too long', { gpus: [{ evidence: new Uint8Array(65_537), endorsements: {} }] }, 'more than 65536'],
    ['more than 256 KiB', { eventLog: new Uint8Array(MAX_EVIDENCE_INPUT) }, 'more than 262144'],
  ] as [string, Partial<AttestationEvidence>, string][])('%s, by encoder and decoder', (_, change, why) => {
    const error = refusal(() => encodeEvidenceInput(anAttestation(change)), 'EVIDENCE_INPUT_MALFORMED')
    expect(error.message).toContain(why)
  })

  it('offsets out of order, and lengths beyond the end', () => {
    const withWord = (at: number, value: bigint) => {
      const bytes = good.slice()
      bytes.set(uintBytes(value, 32), at)
      return bytes
    }
    expect(refused(withWord(0, 2n ** 64n + 224n))).toContain('part 0 does not begin')
    expect(refused(withWord(32, 224n))).toContain('part 1 does not begin')
    expect(refused(withWord(224, 2n ** 255n))).toContain('part 0 ends behind')
    expect(refused(withWord(224, BigInt(good.length)))).toContain('part 0 ends behind')
  })
})

describe('the encoding', () => {
  it('is Solidity’s, inside and out', () => {
    const strings = (...parts: Uint8Array[]) =>
      encodeAbiParameters(
        parts.map(() => ({ type: 'bytes' })),
        parts.map((part) => bytesToHex(part)),
      )
    const bytesOf = (hex: `0x${string}`) => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
    const list = (items: readonly Uint8Array[] = []) =>
      items.length === 0 ? none : bytesOf(encodeAbiParameters([{ type: 'bytes[]' }], [items.map((item) => bytesToHex(item))]))
    const file = (f: Endorsements['tcbInfo']) => (f ? bytesOf(strings(f.body, f.signature, list(f.certificates))) : none)
    const endorsed = (e: Endorsements) =>
      Object.keys(e).length === 0 ? none : bytesOf(strings(list(e.certificates), list(e.crls), file(e.tcbInfo), file(e.qeIdentity)))
    fc.assert(
      fc.property(attestations, (value) => {
        const gpus = list(value.gpus.map((gpu) => bytesOf(strings(gpu.evidence, endorsed(gpu.endorsements)))))
        const whole = [utf8(value.platform), value.evidence, endorsed(value.endorsements), gpus, value.eventLog ?? none]
        expect(bytesToHex(encodeEvidenceInput(value))).toBe(strings(...whole, value.keyset, value.nonce))
      }),
    )
  })

  it('is read back', () => {
    fc.assert(
      fc.property(attestations, (value) => {
        expect(decodeEvidenceInput(encodeEvidenceInput(value))).toEqual(value)
      }),
    )
  })

  it('has no second form: whatever is read is written the same', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(attestations, changes, (value, edits) => {
        const bytes = encodeEvidenceInput(value)
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte
        let read: AttestationEvidence
        try {
          read = decodeEvidenceInput(bytes)
        } catch {
          return
        }
        expect(encodeEvidenceInput(read)).toEqual(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('takes an empty list or log for none', () => {
    const { endorsements, ...bare } = anAttestation({ endorsements: {}, gpus: [] })
    const { eventLog, ...without } = bare
    const empty = { ...bare, endorsements: { certificates: [], crls: [] }, eventLog: none }
    expect(decodeEvidenceInput(encodeEvidenceInput(empty))).toEqual({ ...without, endorsements })
    expect(eventLog).toBeDefined()
  })
})
