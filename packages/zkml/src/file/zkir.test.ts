import { equalBytes, OgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelIo } from '../convert/io.ts'
import { encodeCbor } from '../ir/cbor.ts'
import { encodeIr } from '../ir/ir.ts'
import type { Ir } from '../ir/types.ts'
import { decodeZkir, encodeZkir, type ZkirFile } from './zkir.ts'

/** Three features, the last of the four of the file, give two scores of one output and the score of another. */
const ir: Ir = {
  v: 1,
  name: 'scores',
  inputs: [0],
  outputs: [1, 2],
  nodes: [
    { op: 'Gemm', in: [0], w: [0, 1], out: 1, a: { d: [0, 0], raw: 1 } },
    { op: 'Gemm', in: [0], w: [2, 3], out: 2, a: { d: [0], raw: 1 } },
  ],
  tensors: [
    { id: 0, axes: [3], dt: 'i16', f: 8 },
    { id: 1, axes: [2], dt: 'i64', f: 16 },
    { id: 2, axes: [1], dt: 'i64', f: 16 },
  ],
  weights: [
    { id: 0, axes: [2, 3], dt: 'i16', f: 8 },
    { id: 1, axes: [2], dt: 'i64', f: 16 },
    { id: 2, axes: [1, 3], dt: 'i16', f: 8 },
    { id: 3, axes: [1], dt: 'i64', f: 16 },
  ],
  tables: [],
  limb: 8,
}
const io: ModelIo = {
  batch: true,
  inputs: [{ name: 'x', shape: [4], parts: [{ input: 0, start: 1, count: 3 }] }],
  outputs: [
    { name: 'label', shape: [1], output: 0, decode: { kind: 'label', columns: 2, labels: ['no', 'yes'] } },
    { name: 'odds', shape: [2], output: 1, decode: { kind: 'link', link: 'logistic', columns: 1, binary: 'complement' } },
    { name: 'sure', shape: [1], output: 1, decode: { kind: 'label', columns: 1, labels: [-1, 1], threshold: 0.25 } },
  ],
}
const file: ZkirFile = { manifest: new Uint8Array(90).fill(1), ir: encodeIr(ir), weights: new Uint8Array(52).fill(2), io }

const refused = (bytes: Uint8Array): string => {
  try {
    decodeZkir(bytes)
  } catch (error) {
    if (error instanceof OgError && (error.code === 'ZK_BAD_FILE' || error.code === 'ZK_BAD_IR')) return error.message
    throw error
  }
  throw new Error('accepted')
}
const withIo = (change: (io: ModelIo) => ModelIo) => encodeZkir({ ...file, io: change(structuredClone(io)) })
const output = (i: number, change: object) =>
  withIo((io) => ({ ...io, outputs: io.outputs.map((entry, j) => (i === j ? { ...entry, ...change } : entry)) }))
const input = (change: object) => withIo((io) => ({ ...io, inputs: [{ ...io.inputs[0]!, ...change }] }))

describe('a .zkir file', () => {
  it('is read as it was written, with and without weights', () => {
    expect(decodeZkir(encodeZkir(file))).toEqual(file)
    const { weights: _, ...committed } = file
    expect(decodeZkir(encodeZkir(committed))).toEqual(committed)
    const registered = { ...committed, registration: new Uint8Array(70).fill(3) }
    expect(decodeZkir(encodeZkir(registered))).toEqual(registered)
  })

  it('is refused at the first item that it has no part for: a list of millions would be millions of objects', () => {
    const io = encodeCbor(Array(1_000).fill([]))
    const part = encodeZkir(file)
    const name = encodeCbor('io')
    const at = part.findIndex((_, i) => equalBytes(part.subarray(i, i + name.length), name)) + name.length
    expect(refused(Uint8Array.from([...part.subarray(0, at), ...io]))).toContain('begins more than the 13 items')
  })

  it('has one encoding: what is read is written the same', () => {
    const bytes = encodeZkir(file)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = bytes.slice()
        for (const [at, byte] of edits) changed[at] = byte
        try {
          expect(equalBytes(encodeZkir(decodeZkir(changed)), changed)).toBe(true)
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('is refused when cut, continued, or missing a part', () => {
    const bytes = encodeZkir(file)
    for (let length = 0; length < bytes.length; length += 7) refused(bytes.subarray(0, length))
    refused(Uint8Array.of(...bytes, 0))
    expect(refused(encodeCbor({ v: 1, manifest: file.manifest, io: new Uint8Array() }))).toContain('no key ir')
    expect(refused(encodeCbor({ v: 1, manifest: 'text', ir: file.ir, io: encodeCbor({}) }))).toMatch(/io|manifest/)
    expect(refused(encodeCbor({ v: 2, manifest: file.manifest, ir: file.ir, io: new Uint8Array() }))).toContain('v is 2')
  })
})

describe('a mapping is refused that', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['reads behind its tensor', input({ shape: [3] }), /ends behind the 3 elements/],
    [
      'gives an input the wrong number of elements',
      input({ parts: [{ input: 0, start: 0, count: 2 }] }),
      /gives 2 elements; input 0 has 3/,
    ],
    ['gives an input twice', input({ shape: [6], parts: [0, 3].map((start) => ({ input: 0, start, count: 3 })) }), /a second time/],
    ['leaves an input out', input({ parts: [] }), /gives no input 0/],
    ['names an input that is not there', input({ parts: [{ input: 1, start: 0, count: 3 }] }), /outside 0\.\.0/],
    ['names an output that is not there', output(0, { output: 2 }), /outside 0\.\.1/],
    ['names a tensor twice', output(1, { name: 'label' }), /names one tensor twice/],
    ['has a shape of other size', output(1, { shape: [3] }), /has 3 elements; output 1 gives 2/],
    ['has fewer labels than classes', output(0, { decode: { kind: 'label', columns: 2, labels: ['no'] } }), /are 1 for 2 classes/],
    [
      'mixes labels',
      output(0, { decode: { kind: 'label', columns: 2, labels: ['no', 1] } }),
      /are texts and numbers; one tensor holds one of them/,
    ],
    ['cuts a row in two', output(0, { decode: { kind: 'label', columns: 3, labels: [1, 2, 3] } }), /are 3; output 0 has 2 scores/],
    [
      'decides two classes by two scores',
      output(0, { decode: { kind: 'link', link: 'none', columns: 2, binary: 'negate' } }),
      /by one score/,
    ],
    ['knows another link', output(1, { decode: { kind: 'link', link: 'probit', columns: 1, binary: 'complement' } }), /not one of/],
    [
      'has a threshold that is no number',
      output(2, { decode: { kind: 'label', columns: 1, labels: [0, 1], threshold: Number.NaN } }),
      /finite/,
    ],
    ['decodes in another way', output(0, { decode: { kind: 'code' } }), /not values, link or label/],
  ])('%s', (_, bytes, message) => {
    expect(refused(bytes)).toMatch(message)
  })
})
