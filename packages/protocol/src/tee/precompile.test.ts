import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../bytes/bytes.ts'
import { bytesToHex } from '../bytes/hex.ts'
import { decodeEvidenceCall, type EvidenceCall, encodeEvidenceCall, MAX_DEVELOPMENT_ROOTS, MAX_EVIDENCE_CALL } from './precompile.ts'

const bytes = fc.uint8Array({ maxLength: 100 })
const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const time = fc.nat({ max: 2 ** 31 - 1 })
const roots = fc.array(bytes, { maxLength: MAX_DEVELOPMENT_ROOTS })

const calls: fc.Arbitrary<EvidenceCall> = fc.oneof(
  fc.record({
    call: fc.constant('appraise' as const),
    time,
    chainId: word,
    node: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex),
    nonce: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    policy: bytes,
    developmentRoots: roots,
    evidence: bytes,
    collateral: fc.array(bytes, { maxLength: 16 }),
  }),
  fc.record({ call: fc.constant('authenticate' as const), time, developmentRoots: roots, collateral: bytes }),
  fc.record({ call: fc.constant('listed' as const), collateral: bytes, serials: fc.array(word, { minLength: 1, maxLength: 256 }) }),
  fc.record({ call: fc.constant('policy' as const), policy: bytes }),
)

const refused = (input: Uint8Array) =>
  expect(() => decodeEvidenceCall(input)).toThrow(expect.objectContaining({ code: 'EVIDENCE_CALL_MALFORMED' }))

describe('a question to the precompile 0x0900', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(decodeEvidenceCall(encodeEvidenceCall(call))).toEqual(call)
      }),
    )
  })

  it('has one encoding: whatever else is read is written the same again', () => {
    fc.assert(
      fc.property(calls, fc.nat(), fc.integer({ min: 1, max: 255 }), (call, at, flip) => {
        const data = encodeEvidenceCall(call)
        const changed = data.map((byte, i) => (i === at % data.length ? byte ^ flip : byte))
        let read: EvidenceCall
        try {
          read = decodeEvidenceCall(changed)
        } catch (error) {
          expect(error).toMatchObject({ code: 'EVIDENCE_CALL_MALFORMED' })
          return
        }
        expect(encodeEvidenceCall(read)).toEqual(changed)
      }),
    )
  })

  it('is refused when it is cut, longer, or of no kind', () => {
    fc.assert(
      fc.property(calls, fc.nat(), (call, at) => {
        const data = encodeEvidenceCall(call)
        refused(concatBytes(Uint8Array.of(0), data))
        if (call.call === 'policy') return
        refused(data.subarray(0, at % data.length))
        refused(concatBytes(data, Uint8Array.of(0)))
      }),
    )
    refused(new Uint8Array())
    refused(new Uint8Array(MAX_EVIDENCE_CALL + 1).fill(4))
    expect(decodeEvidenceCall(new Uint8Array(MAX_EVIDENCE_CALL).fill(4)).call).toBe('policy')
  })
})
