import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, frame } from './frame.ts'

const read = (reader: FrameReader, ...chunks: Uint8Array[]) => chunks.flatMap((chunk) => [...reader.push(chunk)])
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

describe('the framing of a connection', () => {
  it('finds the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 5 }), fc.integer({ min: 1, max: 5000 }), (messages, size) => {
        const stream = joined(...messages.map(frame))
        const chunks: Uint8Array[] = []
        for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
        const reader = new FrameReader()
        expect(read(reader, ...chunks)).toEqual(messages)
        expect(reader.idle).toBe(true)
      }),
      { verbose: 1 },
    )
  })

  it('gives each message memory of its own', () => {
    const chunk = frame(new Uint8Array([1, 2, 3]))
    const [message] = read(new FrameReader(), chunk)
    chunk.fill(9)
    expect(message).toEqual(new Uint8Array([1, 2, 3]))
    expect(message!.buffer.byteLength).toBe(3)
  })

  it('takes a message of the limit and refuses a longer one before it comes', () => {
    expect(read(new FrameReader(300), frame(new Uint8Array(300)))).toHaveLength(1)
    expect(() => read(new FrameReader(300), frame(new Uint8Array(301)).subarray(0, 2))).toThrow('larger than the 300 bytes')
  })

  it('refuses a length without end', () => {
    expect(() => read(new FrameReader(), new Uint8Array(6).fill(0x80))).toThrow('larger than')
    expect(() => read(new FrameReader(), new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff]))).toThrow('larger than')
  })

  it('knows that a message is not complete', () => {
    const reader = new FrameReader()
    expect(read(reader, frame(new Uint8Array(10)).subarray(0, 10))).toEqual([])
    expect(reader.idle).toBe(false)
  })
})
