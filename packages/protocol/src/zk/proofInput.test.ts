import fc from 'fast-check'
import { encodeAbiParameters } from 'viem'
import { describe, expect, it } from 'vitest'
import { concatBytes, uintBytes } from '../bytes/bytes.ts'
import { bytesToHex } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { decodeZkProofInput, encodeZkProofInput, ZK_INPUT_PARTS, type ZkProofInput } from './proofInput.ts'

const part = fc.uint8Array({ maxLength: 70 })
const inputs: fc.Arbitrary<ZkProofInput> = fc.record({
  ...{ zkModelId: fc.uint8Array({ minLength: 32, maxLength: 32 }), manifest: part, ir: part, weights: part },
  ...{ x: part, y: part, ctx: part, proof: part },
})
const types = [{ type: 'bytes32' }, ...ZK_INPUT_PARTS.map(() => ({ type: 'bytes' }))]
const sample: ZkProofInput = {
  zkModelId: new Uint8Array(32).fill(7),
  manifest: Uint8Array.of(1, 2, 3),
  ir: new Uint8Array(32).fill(4),
  weights: new Uint8Array(),
  x: new Uint8Array(33).fill(5),
  y: Uint8Array.of(6),
  ctx: new Uint8Array(96).fill(8),
  proof: new Uint8Array(40).fill(9),
}

describe('the encoding of a proof with its statement', () => {
  it('is Solidity’s', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const values = [bytesToHex(input.zkModelId), ...ZK_INPUT_PARTS.map((name) => bytesToHex(input[name]))]
        expect(bytesToHex(encodeZkProofInput(input))).toBe(encodeAbiParameters(types, values))
      }),
    )
  })

  it('is read back', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        expect(decodeZkProofInput(encodeZkProofInput(input))).toEqual(input)
      }),
    )
  })

  it('has no second form: whatever is read is written the same', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(inputs, changes, fc.nat(64), (input, edits, cut) => {
        const bytes = encodeZkProofInput(input)
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte
        const cutBytes = bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut : 0))
        let read: ZkProofInput
        try {
          read = decodeZkProofInput(cutBytes)
        } catch {
          return
        }
        expect(encodeZkProofInput(read)).toEqual(cutBytes)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('refused are', () => {
  const refused = (bytes: Uint8Array) => refusal(() => decodeZkProofInput(bytes), 'ZK_INPUT_MALFORMED').message
  const good = encodeZkProofInput(sample)
  const withWord = (at: number, value: bigint) => {
    const bytes = good.slice()
    bytes.set(uintBytes(value, 32), at)
    return bytes
  }

  it('nothing at all, and every prefix', () => {
    for (let length = 0; length < good.length; length++) refused(good.subarray(0, length))
  })

  it('bytes behind the end', () => {
    expect(refused(concatBytes(good, Uint8Array.of(0)))).toContain('behind its end')
    expect(refused(concatBytes(good, new Uint8Array(32)))).toContain('behind its end')
  })

  it('padding that is not zero', () => {
    const bytes = good.slice()
    bytes[256 + 32 + 3] = 1
    expect(refused(bytes)).toContain('padding of manifest')
  })

  it('offsets out of order, shared, or of many digits', () => {
    const offset = (i: number) => BigInt(`0x${Buffer.from(good.subarray(32 * i, 32 * i + 32)).toString('hex')}`)
    expect(refused(withWord(32, offset(2)))).toContain('manifest does not begin')
    expect(refused(withWord(64, offset(1)))).toContain('ir does not begin')
    expect(refused(withWord(64, offset(2) + 1n))).toContain('ir does not begin')
    expect(refused(withWord(64, offset(2) + 2n ** 64n))).toContain('ir does not begin')
    expect(refused(withWord(32, 2n ** 256n - 1n))).toContain('manifest does not begin')
  })

  it('lengths beyond the end', () => {
    expect(refused(withWord(256, BigInt(good.length)))).toContain('manifest ends behind')
    expect(refused(withWord(256, 2n ** 255n))).toContain('manifest ends behind')
    expect(refused(withWord(256, 2n ** 64n + 3n))).toContain('manifest ends behind')
  })

  it('an id that is not 32 bytes, when encoding', () => {
    refusal(() => encodeZkProofInput({ ...sample, zkModelId: new Uint8Array(31) }), 'ZK_INPUT_MALFORMED')
  })
})
