import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { encodeCbor } from './cbor.ts'
import { decodeZkManifest, encodeZkManifest, type ZkManifest, zkModelId } from './manifest.ts'

const digest = (fill: number) => new Uint8Array(32).fill(fill)
const MANIFEST: ZkManifest = {
  v: 1,
  ir: digest(1),
  weights: 0,
  wd: digest(2),
  pcs: [
    [1, 8, 10],
    [16, 10, 13],
  ],
}

describe('the zk manifest', () => {
  it('is read back from its bytes, with and without the ONNX hash', () => {
    expect(decodeZkManifest(encodeZkManifest(MANIFEST))).toEqual(MANIFEST)
    expect(decodeZkManifest(encodeZkManifest({ ...MANIFEST, onnx: digest(3) }))).toEqual({ ...MANIFEST, onnx: digest(3) })
  })

  it('gives every change another name', () => {
    const ids = [MANIFEST, { ...MANIFEST, onnx: digest(3) }, { ...MANIFEST, wd: digest(4) }, { ...MANIFEST, pcs: [[1, 8, 11]] as const }]
    expect(new Set(ids.map((manifest) => String(zkModelId(encodeZkManifest(manifest))))).size).toBe(4)
  })

  it.each<[string, RegExp, object]>([
    ['another version', /v is 2/, { v: 2 }],
    ['an unknown key', /unknown key "range"/, { range: 1 }],
    ['a missing key', /has no key wd/, { wd: undefined }],
    ['a short hash', /ir has 31 bytes/, { ir: new Uint8Array(31) }],
    ['a hash that is a text', /wd is not a byte string/, { wd: 'root' }],
    ['a short hash of the ONNX file', /onnx has 0 bytes/, { onnx: new Uint8Array() }],
    ['another kind of weights', /weights is 2/, { weights: 2 }],
    ['no sizes', /pcs has 0 items/, { pcs: [] }],
    ['65 sizes', /pcs has 65 items/, { pcs: Array.from({ length: 65 }, (_, i) => [i + 1, 8, 10]) }],
    ['sizes of two numbers', /pcs\[0\] has 2 items/, { pcs: [[1, 8]] }],
    ['a batch of 0', /pcs\[0\]\[0\] is 0/, { pcs: [[0, 8, 10]] }],
    ['a batch over 2^12', /pcs\[0\]\[0\] is 4097/, { pcs: [[4097, 8, 10]] }],
    [
      'a batch twice',
      /pcs\[1\] has batch 1 after 1/,
      {
        pcs: [
          [1, 8, 10],
          [1, 9, 11],
        ],
      },
    ],
    [
      'batches out of order',
      /pcs\[1\] has batch 2 after 4/,
      {
        pcs: [
          [4, 8, 10],
          [2, 9, 11],
        ],
      },
    ],
    ['16 columns', /pcs\[0\]\[1\] is 4/, { pcs: [[1, 4, 10]] }],
    ['2^15 columns', /pcs\[0\]\[1\] is 15/, { pcs: [[1, 15, 20]] }],
    ['a rate over 1/4', /pcs\[0\]\[2\] is 9/, { pcs: [[1, 8, 9]] }],
    ['codewords over 2^20', /pcs\[0\]\[2\] is 21/, { pcs: [[1, 8, 21]] }],
    [
      'committed weights with two sizes',
      /pcs\[1\] has other sizes/,
      {
        weights: 1,
        pcs: [
          [1, 8, 10],
          [2, 9, 11],
        ],
      },
    ],
  ])('refuses %s', (_what, place, change) => {
    const manifest = Object.fromEntries(Object.entries({ ...MANIFEST, ...change }).filter(([, value]) => value !== undefined))
    expect(refusal(() => decodeZkManifest(encodeCbor(manifest)), 'ZK_BAD_MANIFEST').message).toMatch(place)
  })

  it('refuses more than 4096 bytes', () => {
    refusal(() => decodeZkManifest(new Uint8Array(4097)), 'ZK_BAD_MANIFEST')
  })
})
