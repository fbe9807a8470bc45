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
