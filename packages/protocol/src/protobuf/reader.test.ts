import { describe, expect, it } from 'vitest'
import { eachField, FieldPath, PROTOBUF_WIRE, ProtobufReader } from './reader.ts'

const reader = (bytes: readonly number[], fields = 100) => new ProtobufReader(Uint8Array.from(bytes), new FieldPath(), { left: fields })
const refusal = (bytes: readonly number[], read: (r: ProtobufReader) => void, fields?: number): unknown => {
  try {
    const r = reader(bytes, fields)
    while (r.next()) read(r)
  } catch (error) {
    return (error as { details?: { reason?: unknown } }).details?.reason
  }
  return undefined
}

describe('the strict reader of protocol buffers', () => {
  it('refuses lengths that leave the message, numbers without an end, lists that are no whole number of elements', () => {
    expect(refusal([0x0a, 5, 1], (r) => r.span())).toBe('TRUNCATED')
    expect(refusal([0x08, 0xff], (r) => r.int64())).toBe('TRUNCATED')
    expect(refusal([0x08, ...Array<number>(11).fill(0x80)], (r) => r.int64())).toBe('PROTOBUF')
    expect(refusal([0x0a, 3, 0, 0, 0], (r) => r.fixedOffsets('fixed32', () => undefined))).toBe('PROTOBUF')
    expect(refusal([0x0d, 0, 0], (r) => r.fixedOffsets('fixed32', () => undefined))).toBe('TRUNCATED')
  })

  it('refuses a field of another wire type, and more fields than its budget', () => {
    expect(refusal([0x08, 1], (r) => r.span())).toBe('PROTOBUF')
    expect(refusal([0x08, 1, 0x08, 1], (r) => r.int64(), 1)).toBe('TOO_COMPLEX')
  })

  it('takes from its budget what a field costs: messages and texts more than what is skipped', () => {
    const left = (read: (r: ProtobufReader) => void): number => {
      const budget = { left: 100 }
      const r = new ProtobufReader(Uint8Array.of(0x0a, 1, 65), new FieldPath(), budget)
      r.next()
      read(r)
      return budget.left
    }
    expect([left((r) => r.span()), left((r) => r.text()), left((r) => r.message()), left((r) => r.message(40))]).toEqual([99, 91, 89, 59])
    expect(refusal([0x0a, 0], (r) => r.message(), 10)).toBe('TOO_COMPLEX')
    expect(refusal([0x0a, 0], (r) => r.text(), 8)).toBe('TOO_COMPLEX')
  })

  it('reads whole numbers of 64 bits, whether it keeps or only counts them', () => {
    const written = (value: bigint): number[] => {
      const bytes: number[] = []
      for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
        if (rest < 0x80n) return [...bytes, Number(rest)]
        bytes.push(Number(rest & 0x7fn) | 0x80)
      }
    }
    const values = [0n, 1n, 127n, 128n, -1n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]
    const bytes = values.flatMap(written)
    for (const max of [values.length, 3]) {
      const [packed, loose]: [bigint[], bigint[]] = [[], []]
      const r = reader([0x0a, bytes.length, ...bytes, ...values.flatMap((value) => [0x08, ...written(value)])])
      r.next()
      expect(r.int64s(packed, max)).toBe(values.length)
      while (r.next()) expect(r.int64s(loose, max)).toBe(1)
      expect([packed, loose]).toEqual([values.slice(0, max), values.slice(0, max)])
    }
    const tooLong = [...Array<number>(9).fill(0xff), 2]
    for (const max of [1, 0]) {
      expect(refusal([0x08, ...tooLong], (r) => r.int64s([], max))).toBe('PROTOBUF')
      expect(refusal([0x0a, 10, ...tooLong], (r) => r.int64s([], max))).toBe('PROTOBUF')
      expect(refusal([0x0d, 0, 0, 0, 0], (r) => r.int64s([], max))).toBe('PROTOBUF')
    }
  })

  it('refuses a field that appears twice where one is meant, and fields outside the format', () => {
    const once = (bytes: readonly number[]) => () => eachField(reader(bytes), { 1: (r) => void r.int64() }, {})
    expect(once([0x08, 1])).not.toThrow()
    expect(once([0x08, 1, 0x08, 1])).toThrow('twice')
    expect(once([0x10, 1])).toThrow('not part of the format')
  })

  it('gives the offsets of floats, packed or one by one', () => {
    const at: number[] = []
    const r = reader([0x0a, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x0d, 0, 0, 0, 0])
    while (r.next()) r.fixedOffsets('fixed32', (offset) => at.push(offset))
    expect(at).toEqual([2, 6, 11])
    expect(PROTOBUF_WIRE.fixed32).toBe(5)
  })
})
