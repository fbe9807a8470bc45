import { DATATYPES, ELEMENT_BYTES, isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from './tensor.ts'
import { decodeJson, decodeResult, encodeLoad, encodeRun, type Frame, FrameReader, HEADER_BYTES, holdsStrings, KIND } from './wire.ts'

/** The child's half, which is plain JavaScript. */
interface ChildWire {
  TYPES: readonly { ort: string }[]
  readRun(body: Buffer): { inputs: { data: Uint8Array | string[]; dims: number[] }[]; outputs: number[] }
}
const { readRun, TYPES } = (await import(new URL('./child/wire.mjs', import.meta.url).href)) as ChildWire

const tensor = fc
  .record({ datatype: fc.constantFrom(...DATATYPES), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
  .chain(({ datatype, shape }) => {
    const count = shape.reduce((a, b) => a * b, 1)
    const data =
      datatype === 'BYTES'
        ? fc
            .array(fc.string(), { minLength: count, maxLength: count })
            .map((texts) => Buffer.concat(texts.flatMap((text) => [length(text), Buffer.from(text)])))
        : fc.uint8Array({ minLength: count * ELEMENT_BYTES[datatype], maxLength: count * ELEMENT_BYTES[datatype] })
    return data.map((bytes): Tensor => ({ name: 'x', datatype, shape, data: bytes }))
  })

function length(text: string): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32LE(Buffer.byteLength(text))
  return out
}

/** Frames out of chunks of the sizes given. */
function frames(stream: Buffer, sizes: readonly number[]): Frame[] {
  const out: Frame[] = []
  const reader = new FrameReader(1e6, ({ id, kind, body }) => out.push({ id, kind, body: Buffer.from(body) }))
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1)
    reader.push(stream.subarray(at, at + size))
    at += size
  }
  return out
}

/** A frame that a child could send. */
function frame(id: number, kind: number, body: Buffer): Buffer {
  const out = Buffer.alloc(HEADER_BYTES + Math.ceil(body.length / 8) * 8)
  out.writeUInt32LE(out.length / 8, 0)
  out.writeUInt32LE(id, 4)
  out.writeUInt32LE(kind, 8)
  body.copy(out, HEADER_BYTES)
  return out
}

describe('frames', () => {
  it('name the datatypes in the same order on both sides', () => {
    expect(TYPES.map(({ ort }) => ort)).toEqual([
      'bool',
      'uint8',
      'uint16',
      'uint32',
      'uint64',
      'int8',
      'int16',
      'int32',
      'int64',
      'float16',
      'float32',
      'float64',
      'string',
    ])
    expect(DATATYPES).toHaveLength(TYPES.length)
  })

  it('carry tensors to the child unchanged', () => {
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 4 }), fc.array(fc.nat(9), { maxLength: 4 }), (inputs, outputs) => {
        const sent = encodeRun(7, inputs, outputs)
        expect(sent.length % 8).toBe(0)
        const own = Buffer.from(new Uint8Array(sent).buffer)
        const read = readRun(own.subarray(HEADER_BYTES))
        expect(read.outputs).toEqual(outputs)
        for (const [i, { datatype, shape, data }] of inputs.entries()) {
          const got = read.inputs[i]!
          expect(got.dims).toEqual(shape)
          if (datatype === 'BYTES')
            expect(Buffer.concat((got.data as string[]).flatMap((text) => [length(text), Buffer.from(text)]))).toEqual(Buffer.from(data))
          else {
            const view = got.data as Uint8Array
            expect(Buffer.from(view.buffer, view.byteOffset, view.byteLength)).toEqual(Buffer.from(data))
          }
        }
      }),
    )
  })

  it('come out whole, however the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 9 }), (parts, sizes) => {
        const stream = Buffer.concat(parts.map((body, i) => frame(i, KIND.result, Buffer.from(body))))
        const got = frames(stream, sizes)
        expect(got.map(({ id }) => id)).toEqual(parts.map((_, i) => i))
        for (const [i, body] of parts.entries()) expect(got[i]!.body.subarray(0, body.length)).toEqual(Buffer.from(body))
      }),
    )
  })

  it('over the limit, or shorter than their header, end the conversation', () => {
    const huge = Buffer.alloc(16)
    huge.writeUInt32LE(0xffff_ffff, 0)
    expect(() => frames(huge, [16])).toThrow(/passes on at most/)
    expect(() => frames(Buffer.alloc(16), [5])).toThrow(/shorter than its header/)
  })

  it('with a model hold the model at a multiple of 8', () => {
    const parts = encodeLoad(1, { a: 'b' }, Buffer.from('model'))
    const whole = Buffer.concat(parts)
    expect(whole.length).toBe(whole.readUInt32LE(0) * 8)
    expect(whole.indexOf('model') % 8).toBe(0)
  })
})

describe('what a hostile child sends', () => {
  it('is decoded, or refused with a typed error, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), (bytes, outputs) => {
        const body = Buffer.from(bytes)
        for (const read of [
          () =>
            decodeResult(
              body,
              Array.from({ length: outputs }, (_, i) => `y${i}`),
            ),
          () => decodeJson(body),
        ]) {
          try {
            read()
          } catch (error) {
            expect(isOgError(error, 'ENGINE_FAILED')).toBe(true)
          }
        }
      }),
      { numRuns: 5_000 },
    )
  })

  const result = (datatype: number, rank: number, bytes: number, dims: readonly number[], size: number): Buffer => {
    const body = Buffer.alloc(32 + Math.ceil(dims.length / 2) * 8 + size)
    body.writeUInt32LE(1, 8)
    for (const [i, value] of [datatype, rank, bytes].entries()) body.writeUInt32LE(value, 16 + 4 * i)
    for (const [i, dim] of dims.entries()) body.writeUInt32LE(dim, 32 + 4 * i)
    return body
  }
  it.each<[string, Buffer]>([
    ['an unknown datatype', result(99, 1, 4, [1], 8)],
    ['a rank beyond reason', result(10, 1_000_000, 4, [1], 8)],
    ['more bytes than there are', result(10, 1, 4_000, [1_000], 8)],
    ['a shape that does not fit the bytes', result(10, 1, 4, [2], 8)],
    ['a shape whose product overflows', result(10, 2, 4, [0xffff_ffff, 0xffff_ffff], 8)],
    ['strings that do not fit', result(12, 1, 4, [2], 8)],
    ['another number of outputs', Buffer.alloc(40)],
    ['nothing', Buffer.alloc(0)],
  ])('is refused: %s', (_, body) => {
    expect(() => decodeResult(body, ['y'])).toThrow(/process sent/)
  })

  it('counts strings exactly', () => {
    expect(holdsStrings(Buffer.from('\u0001\0\0\0a'), 1)).toBe(true)
    expect(holdsStrings(Buffer.from('\u0001\0\0\0a'), 2)).toBe(false)
    expect(holdsStrings(Buffer.from('\u0002\0\0\0a'), 1)).toBe(false)
    expect(holdsStrings(Buffer.from('\u0001\0\0\0ab'), 1)).toBe(false)
    expect(holdsStrings(Buffer.alloc(0), 0)).toBe(true)
  })
})
