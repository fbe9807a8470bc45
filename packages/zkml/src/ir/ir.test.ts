import { OgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { encodeCbor } from './cbor.ts'
import { interpret } from './interpret.ts'
import { decodeIr, encodeIr, irHash } from './ir.ts'
import { MAX_IR_BYTES } from './limits.ts'
import { sampleIr, sampleWeights, t } from './testkit/samples.testkit.ts'
import type { Attributes, Ir } from './types.ts'

/** A model whose parts a test may overwrite with anything. */
type Loose = { -readonly [K in keyof Ir]: unknown } & Record<string, unknown>
type Change = (ir: Loose) => void

/** Replaces the value at a path like `nodes.0.a.s`; `undefined` removes it. */
function put(path: string, value: unknown): Change {
  return (ir) => {
    const keys = path.split('.')
    const last = keys.pop()!
    const owner = keys.reduce<Record<string, unknown>>((part, key) => part[key] as Record<string, unknown>, ir)
    if (value === undefined) delete owner[last]
    else owner[last] = value
  }
}

/** Appends to the list at a path. */
function add(path: string, ...values: unknown[]): Change {
  return (ir) => {
    const list = path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], ir) as unknown[]
    list.push(...values)
  }
}

function changed(...changes: Change[]): Uint8Array {
  const ir = sampleIr() as unknown as Loose
  for (const change of changes) change(ir)
  return encodeCbor(ir)
}

/** A node more, which reads tensor `from` and defines tensor 9. */
function node(op: string, from: number, a: Attributes, axes: readonly number[], out: object = {}): Change {
  return (ir) => {
    add('nodes', { op, in: [from], w: [], out: 9, a })(ir)
    add('tensors', { ...t(9, axes), ...out })(ir)
  }
}

const FLAT = Array.from({ length: 256 }, () => [0, 0])
const WINDOW = { kernel: [2, 2], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }

/** One violation of each rule of SPEC 2.1 and 2.4, with the place that the message must name. */
const REFUSED: readonly (readonly [what: string, place: RegExp, ...changes: Change[]])[] = [
  ['another version', /: v is 2/, put('v', 2)],
  ['a missing key', /the model has no key limb/, put('limb', undefined)],
  ['an unknown key', /the model has the unknown key "extra"/, put('extra', 1)],
  ['a prototype as a key', /the model has the unknown key "constructor"/, put('constructor', 1)],
  ['limbs of 12 bits', /limb is 12/, put('limb', 12)],
  ['a name that is no text', /name is not a text/, put('name', 3)],
  ['a long name', /name is longer/, put('name', 'x'.repeat(257))],
  ['a name of many bytes', /name is longer/, put('name', 'ä'.repeat(200))],
  ['inputs that are no list', /inputs is not a list/, put('inputs', 'all')],
  ['no inputs', /inputs has 0 items/, put('inputs', [])],
  ['65 inputs', /inputs has 65 items/, put('inputs', Array<number>(65).fill(0))],
  ['no outputs', /outputs has 0 items/, put('outputs', [])],
  ['no nodes', /nodes has 0 items/, put('nodes', [])],
  ['513 nodes', /nodes has 513 items/, put('nodes', Array(513).fill(sampleIr().nodes[2]))],
  ['65 tables', /tables has 65 items/, put('tables', Array(65).fill(sampleIr().tables[0]))],
  ['2049 weights', /weights has 2049 items/, put('weights', Array(2049).fill(t(0, [1])))],
  ['a tensor id out of order', /tensors\[2\]\.id is 3/, put('tensors.2.id', 3)],
  ['a weight id out of order', /weights\[0\]\.id is 1/, put('weights.0.id', 1)],
  ['a table id out of order', /tables\[0\]\.id is 4/, put('tables.0.id', 4)],
  ['an axis of 0', /tensors\[2\]\.axes\[1\] is 0/, put('tensors.2.axes.1', 0)],
  ['a negative axis', /tensors\[2\]\.axes\[1\] is -4/, put('tensors.2.axes.1', -4)],
  ['an axis over 2^20', /tensors\[0\]\.axes\[0\] is 1048577/, put('tensors.0.axes', [2 ** 20 + 1])],
  ['no axes', /tensors\[4\]\.axes has 0 items/, put('tensors.4.axes', [])],
  ['seven axes', /tensors\[4\]\.axes has 7 items/, put('tensors.4.axes', [1, 1, 1, 1, 1, 1, 8])],
  ['2^120 cells', /tensors\[0\]\.axes have over/, put('tensors.0.axes', Array(6).fill(2 ** 20))],
  ['2^27 cells', /tensors\[0\]\.axes have over/, put('tensors.0.axes', [2 ** 20, 2 ** 7])],
  ['a weight of 2^120 cells', /weights\[2\]\.axes have over/, put('weights.2.axes', Array(6).fill(2 ** 20))],
  ['weights over 2^28 bytes', /weights have over/, add('weights', t(7, [2 ** 20, 2 ** 6], 'i64'))],
  ['an unknown type', /tensors\[0\]\.dt is not i16/, put('tensors.0.dt', 'f32')],
  ['a scale over 40', /tensors\[0\]\.f is 41/, put('tensors.0.f', 41)],
  ['a scale of a weight over 128', /weights\[1\]\.f is 129/, put('weights.1.f', 129)],
  ['scales for other channels', /weights\[0\]\.f has 3 scales/, put('weights.0.f', [1, 1, 1])],
  ['an input that does not exist', /inputs\[0\] names tensor 99/, put('inputs.0', 99)],
  ['an input twice', /inputs\[1\] names tensor 0 again/, put('inputs', [0, 0])],
  ['an i64 input', /inputs\[0\] is i64/, put('tensors.0.dt', 'i64')],
  ['a scaled tree input', /inputs\[1\] is i32 with scale 3/, put('tensors.1.f', 3)],
  ['an output that does not exist', /outputs\[1\] names tensor 99/, put('outputs', [6, 99])],
  ['an output twice', /outputs\[3\] names tensor 6 again/, put('outputs', [6, 7, 8, 6])],
  ['an input as output', /outputs\[3\] is the input 0/, put('outputs', [6, 7, 8, 0])],
  ['a raw tensor that is no output', /tensors\[7\] is i64 but not an output/, put('outputs', [6, 8])],
  ['a tensor that nothing defines', /tensors\[9\] is defined by nothing/, add('tensors', t(9, [1]))],
  ['a tensor defined twice', /nodes\[1\] MaxPool defines tensor 2 again/, put('nodes.1.out', 2)],
  ['an input that is also defined', /nodes\[0\] Conv defines tensor 0 again/, put('nodes.0.out', 0)],
  ['a tensor read before it is defined', /nodes\[0\] Conv reads tensor 5 before/, put('nodes.0.in', [5])],
  ['a node that reads itself', /nodes\[1\] MaxPool reads tensor 3 before/, put('nodes.1.in', [3])],
  ['a tensor that does not exist', /nodes\[1\] MaxPool names tensor 77/, put('nodes.1.in', [77])],
  ['a weight that does not exist', /nodes\[5\] Gemm names weight 77/, put('nodes.5.w', [77])],
  ['a defined tensor that does not exist', /nodes\[1\] MaxPool names tensor 77/, put('nodes.1.out', 77)],
  ['an unknown operator', /nodes\[1\] Pool is not an operator/, put('nodes.1.op', 'Pool')],
  ['an operator named like a method', /nodes\[1\] toString is not an operator/, put('nodes.1.op', 'toString')],
  ['a missing attribute', /nodes\[0\] Conv has no attribute group/, put('nodes.0.a.group', undefined)],
  ['an unknown attribute', /nodes\[2\] Reshape has the unknown attribute "axes"/, put('nodes.2.a.axes', [8])],
  ['an attribute that is a text', /nodes\[2\]\.a\.axes is not an integer/, put('nodes.2.a.axes', 'all')],
  ['a list where one number belongs', /nodes\[0\] Conv has attribute group of another kind/, put('nodes.0.a.group', [1])],
  ['one number where a list belongs', /nodes\[0\] Conv has attribute pad of another kind/, put('nodes.0.a.pad', 1)],
  ['raw beside a requantisation', /nodes\[0\] Conv has the unknown attribute "s"/, put('nodes.0.a.raw', 1)],
  ['raw = 0', /nodes\[5\] Gemm has 0 in raw/, put('nodes.5.a.raw', 0)],
  ['raw of an operator without accumulator', /nodes\[1\] MaxPool has the unknown attribute "raw"/, put('nodes.1.a.raw', 1)],
  ['a shift of 41', /nodes\[0\] Conv has 41 in s/, put('nodes.0.a.s', 41)],
  ['a negative shift', /nodes\[0\] Conv has -1 in s/, put('nodes.0.a.s', -1)],
  ['lo above 0', /nodes\[0\] Conv has 1 in lo/, put('nodes.0.a.lo', 1)],
  ['hi below 0', /nodes\[0\] Conv has -1 in hi/, put('nodes.0.a.hi', -1)],
  ['hi over int16', /nodes\[0\] Conv has 32768 in hi/, put('nodes.0.a.hi', 32768)],
  ['lo = hi', /nodes\[0\] Conv has lo = hi/, put('nodes.0.a.hi', 0)],
  ['a power of two of 41', /nodes\[0\] Conv has 41 in d/, put('nodes.0.a.d', [0, 41])],
  [
    'axes that the operator does not yield',
    /nodes\[1\] MaxPool yields axes \[2,2,2\]; tensor 3 has \[2,3,2\]/,
    put('tensors.3.axes', [2, 3, 2]),
  ],
  ['a type that the operator does not yield', /nodes\[1\] MaxPool yields i16; tensor 3 is i64/, put('tensors.3.dt', 'i64')],
  ['a raw output that is i16', /nodes\[5\] Gemm yields i64; tensor 7 is i16/, put('tensors.7.dt', 'i16')],
  ['an i64 tensor that is read', /nodes\[7\] Clip reads tensor 7, which is i64/, node('Clip', 7, { s: 0, lo: 0, hi: 9 }, [3])],
  ['an i32 tensor in arithmetic', /nodes\[7\] Clip reads tensor 1, which is i32/, node('Clip', 1, { s: 0, lo: 0, hi: 9 }, [3])],
  ['too few inputs', /nodes\[0\] Conv has 0 inputs/, put('nodes.0.in', [])],
  ['too many inputs', /nodes\[1\] MaxPool has 2 inputs, not 1\.$/, put('nodes.1.in', [2, 2])],
  ['too many weights', /nodes\[5\] Gemm has 3 weights, not 1 to 2\.$/, put('nodes.5.w', [2, 2, 2])],
  ['an i32 weight in arithmetic', /nodes\[5\] Gemm uses weight 2, which is i32, not i16/, put('weights.2.dt', 'i32')],
  ['an i16 bias', /nodes\[0\] Conv uses weight 1, which is i16, not i64/, put('weights.1.dt', 'i16')],
  ['a weight of other axes', /nodes\[5\] Gemm uses weight 2 of axes \[3,9\], not \[·,8\]/, put('weights.2.axes', [3, 9])],
  ['a bias of another length', /nodes\[0\] Conv uses weight 1 of axes \[3\], not \[2\]/, put('weights.1.axes', [3])],
  ['powers of two for other channels', /nodes\[5\] Gemm has 2 entries in d, not 3/, put('nodes.5.a.d', [0, 0])],
  [
    'a convolution of a vector',
    /nodes\[7\] Conv reads tensor 5 of rank 1/,
    node('Conv', 5, { ...sampleIr().nodes[0]!.a }, [2, 4, 4]),
    put('nodes.7.w', [0, 1]),
  ],
  ['a group that does not divide the inputs', /Conv has 1 input channels, not a multiple of group 2/, put('nodes.0.a.group', 2)],
  ['a window longer than its input', /nodes\[0\] Conv has a window longer than axis y/, put('nodes.0.a.dil', [9, 1])],
  ['a stride of 0', /nodes\[0\] Conv has 0 in stride/, put('nodes.0.a.stride', [0, 1])],
  ['three paddings', /nodes\[0\] Conv has 3 entries in pad/, put('nodes.0.a.pad', [1, 1, 1])],
  [
    'windows over 2^26 cells',
    /nodes\[7\] MaxPool reads over 67108864 cells/,
    node('MaxPool', 2, { ...WINDOW, kernel: [2 ** 19, 1], pad: [2 ** 20, 0, 2 ** 20, 0] }, [2, 4, 4]),
  ],
  [
    'a sum of over 2^22 terms',
    /nodes\[7\] AvgPool sums 4198401 cells/,
    node('AvgPool', 2, { ...WINDOW, kernel: [2049, 2049], pad: [1024, 1024, 1024, 1024], c: 1, s: 0, lo: 0, hi: 1 }, [2, 4, 4]),
  ],
  ['a window of padding only, before', /nodes\[1\] MaxPool has a window with no real cell/, put('nodes.1.a.pad', [2, 0, 0, 0])],
  ['a window of padding only, behind', /nodes\[1\] MaxPool has a window with no real cell/, put('nodes.1.a.pad', [0, 0, 0, 3])],
  [
    'a dilated window that jumps over its input',
    /nodes\[1\] MaxPool has a window with no real cell, or a dilation over the input/,
    put('nodes.1.a.pad', [1, 0, 9, 0]),
    put('nodes.1.a.dil', [5, 1]),
  ],
  [
    'products of other leading axes',
    /MatMulAA multiplies tensors of different leading axes/,
    node('MatMulAA', 2, { s: 0, lo: 0, hi: 1 }, [2, 4, 4]),
    put('nodes.7.in', [2, 0]),
  ],
  [
    'products over axes of other lengths',
    /MatMulAA sums over axes of different lengths/,
    node('MatMulAA', 2, { s: 0, lo: 0, hi: 1 }, [2, 4, 4]),
    put('nodes.7.in', [2, 3]),
  ],
  [
    'a product of vectors',
    /MatMulAA multiplies tensors of rank below 2/,
    node('MatMulAA', 5, { s: 0, lo: 0, hi: 1 }, [8]),
    put('nodes.7.in', [5, 5]),
  ],
  [
    'a product of a matrix and a vector',
    /MatMulAA multiplies tensors of rank below 2/,
    node('MatMulAA', 5, { s: 0, lo: 0, hi: 1 }, [8]),
    put('nodes.7.in', [2, 5]),
  ],
  ['a sum of different axes', /nodes\[3\] Affine adds tensors of different axes/, put('nodes.3.in', [4, 3])],
  ['c2 without a second input', /nodes\[3\] Affine has c2 without a second input, or lacks it/, put('nodes.3.in', [4])],
  ['a second input without c2', /nodes\[3\] Affine has c2 without a second input, or lacks it/, put('nodes.3.a.c2', undefined)],
  ['an axis of constants that does not exist', /nodes\[3\] Affine has ax outside/, put('nodes.3.a.ax', 1)],
  ['constants for another length', /nodes\[3\] Affine has 7 entries in c2, not 8/, put('nodes.3.a.c2', [1, 2, 3, 4, 5, 6, 7])],
  ['a factor of 2^31', /nodes\[3\] Affine has 2147483648 in c1/, put('nodes.3.a.c1', 2 ** 31)],
  ['an offset over 2^47', /nodes\[3\] Affine has 140737488355329 in c0/, put('nodes.3.a.c0', 2 ** 47 + 1)],
  ['a slope of 2^31', /LeakyRelu has 2147483648 in alpha/, node('LeakyRelu', 5, { k: 3, alpha: 2 ** 31, s: 0, lo: 0, hi: 1 }, [8])],
  ['a power over 2^30', /LeakyRelu has 31 in k/, node('LeakyRelu', 5, { k: 31, alpha: 0, s: 0, lo: 0, hi: 1 }, [8])],
  [
    'a table that does not exist',
    /nodes\[7\] Pwl names a table that does not exist/,
    node('Pwl', 5, { table: 1, s: 0, lo: 0, hi: 1 }, [8]),
  ],
  ['a table of another kind', /tables\[0\]\.kind is not pwl/, put('tables.0.kind', 'spline')],
  ['255 rows', /tables\[0\]\.rows has 255 items/, put('tables.0.rows', FLAT.slice(1))],
  ['a row of three numbers', /tables\[0\]\.rows\[9\] has 3 items/, put('tables.0.rows.9', [1, 2, 3])],
  ['an entry over 2^24', /tables\[0\]\.rows\[9\]\[0\] is 16777217/, put('tables.0.rows.9', [2 ** 24 + 1, 0])],
  ['a slope over 2^24', /tables\[0\]\.rows\[9\]\[1\] is -16777217/, put('tables.0.rows.9', [0, -(2 ** 24) - 1])],
  ['a softmax whose table is not 1 at 0', /nodes\[4\] Softmax has a table that gives 0 at 0, not 16384/, put('tables.0.rows', FLAT)],
  ['a softmax of another scale', /nodes\[4\] Softmax has an output of scale 15/, put('tensors.6.f', 15)],
  [
    'a softmax over 1024',
    /Softmax has rows of 1025/,
    put('tensors.0.axes', [1025]),
    put('nodes.0', { op: 'Softmax', in: [0], w: [], out: 2, a: { table: 0, s: 8 } }),
  ],
  [
    'an ArgMax over int16',
    /ArgMax has rows of 32769/,
    put('tensors.0.axes', [32769]),
    put('nodes.0', { op: 'ArgMax', in: [0], w: [], out: 2, a: {} }),
  ],
  ['a scaled ArgMax', /ArgMax has an output of scale 1/, node('ArgMax', 5, {}, [1], { f: 1 })],
  ['a reshape to other cells', /nodes\[2\] Reshape gives axes \[9\] to the cells of \[2,2,2\]/, put('tensors.4.axes', [9])],
  ['a permutation with a repetition', /Transpose has perm \[0,0,1\]/, node('Transpose', 3, { perm: [0, 0, 1] }, [2, 2, 2])],
  ['a permutation of more axes', /Transpose has 4 entries in perm/, node('Transpose', 3, { perm: [0, 1, 2, 3] }, [2, 2, 2])],
  ['a permutation beyond the axes', /Transpose has perm \[0,1,3\]/, node('Transpose', 3, { perm: [0, 1, 3] }, [2, 2, 2])],
  [
    'a join of different axes',
    /Concat joins axes \[2,2,2\] to \[2,4,4\]/,
    node('Concat', 2, { ax: 0 }, [4, 4, 4]),
    put('nodes.7.in', [2, 3]),
  ],
  ['a join of different ranks', /Concat reads tensor 5 of rank 1/, node('Concat', 2, { ax: 0 }, [4, 4, 4]), put('nodes.7.in', [2, 5])],
  ['a join along no axis', /Concat has ax 3 outside/, node('Concat', 2, { ax: 3 }, [4, 4, 4])],
  ['a slice beyond its axis', /Slice takes 6\.\.8 of 8 indices/, node('Slice', 5, { ax: 0, start: 6, len: 3 }, [3])],
  ['a slice of nothing', /Slice has 0 in len/, node('Slice', 5, { ax: 0, start: 6, len: 0 }, [3])],
  ['a gather of nothing', /Gather gathers nothing/, node('Gather', 5, { ax: 0, idx: [] }, [1])],
  ['a gather beyond its axis', /Gather reads index 8 of an axis of 8/, node('Gather', 5, { ax: 0, idx: [1, 8] }, [2])],
  ['a pad of no int16', /Pad has 32768 in value/, node('Pad', 5, { ax: 0, before: 0, after: 1, value: 32768 }, [9])],
  [
    'a pad to other axes',
    /Pad yields axes \[1048584\]; tensor 9 has \[9\]/,
    node('Pad', 5, { ax: 0, before: 2 ** 20, after: 0, value: 0 }, [9]),
  ],
  ['trees on what is no input', /TreeEnsemble reads a tensor that is not i32/, put('nodes.6.in', [5])],
  ['trees on a matrix', /TreeEnsemble reads a tensor that is not i32 of rank 1/, put('tensors.1.axes', [3, 1])],
  ['tables of trees of different lengths', /TreeEnsemble uses weight 4 of axes \[4\], not \[3\]/, put('weights.4.axes', [4])],
  ['12 scores', /TreeEnsemble has 12 scores/, put('weights.6.axes', [2, 12])],
  ['bases for other scores', /TreeEnsemble has 2 entries in base, not 1/, put('nodes.6.a.base', [1, 2])],
  ['leaves for other values', /TreeEnsemble has 3 entries in leaves, not 2/, put('nodes.6.a.leaves', [0, 1, 2])],
  ['leaves out of order', /TreeEnsemble has leaves that are not strictly increasing/, put('nodes.6.a.leaves', [2, 1])],
  ['a leaf twice', /TreeEnsemble has leaves that are not strictly increasing/, put('nodes.6.a.leaves', [2, 2])],
  ['a leaf outside the table', /TreeEnsemble has leaves that are not strictly increasing/, put('nodes.6.a.leaves', [1, 3])],
  ['no trees', /TreeEnsemble has no roots/, put('nodes.6.a.roots', [])],
  ['a root outside the table', /TreeEnsemble has no roots, or one that is not a node/, put('nodes.6.a.roots', [3])],
  ['trees of depth 33', /TreeEnsemble has 33 in depth/, put('nodes.6.a.depth', 33)],
  ['a base over 2^40', /TreeEnsemble has 1099511627777 in base/, put('nodes.6.a.base', [2 ** 40 + 1])],
  ['a list as calibration', /calib is not a map/, put('calib', [])],
  ['a long number of the calibration', /calib\.rms is longer/, put('calib.rms', '0'.repeat(65))],
]

describe('an integer model from untrusted bytes', () => {
  it('is read back as it was written, with one encoding', () => {
    const bytes = encodeIr(sampleIr())
    expect(decodeIr(bytes)).toEqual(sampleIr())
    expect(Buffer.from(irHash(bytes)).toString('hex')).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each(REFUSED.map(([what, place, ...changes]) => ({ what, place, changes })))('refuses $what', ({ place, changes }) => {
    expect(refusal(() => decodeIr(changed(...changes)), 'ZK_BAD_IR').message).toMatch(place)
  })

  it('refuses more bytes than the limit before it reads them', () => {
    refusal(() => decodeIr(new Uint8Array(MAX_IR_BYTES + 1)), 'ZK_BAD_IR')
  })

  it('refuses a list as a key', () => {
    refusal(() => decodeIr(Uint8Array.of(0xa1, 0x80, 0x01)), 'ZK_BAD_IR')
  })

  it('answers any change of one byte with a model or ZK_BAD_IR, and only one encoding of a model', () => {
    const bytes = encodeIr(sampleIr())
    const flips = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(flips, ([at, xor]) => {
        const other = bytes.slice()
        other[at]! ^= xor
        const result = attempt(() => decodeIr(other))
        if (result !== undefined) expect(encodeIr(result)).toEqual(other)
      }),
      { numRuns: 600 },
    )
  })

  it('runs every model that it accepts, or refuses to with a code', () => {
    const hostile = fc.constantFrom<unknown>(
      -1,
      0,
      1,
      2,
      3,
      5,
      8,
      40,
      255,
      2 ** 20,
      2 ** 31 - 1,
      2 ** 40,
      [],
      [0],
      [0, 0],
      [1, 2, 3, 4],
      '',
      'Clip',
      {},
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2 ** 30), hostile), { minLength: 1, maxLength: 3 }), (edits) => {
        const ir = sampleIr() as unknown as Loose
        for (const [pick, value] of edits) {
          const paths = leaves(ir)
          put(paths[pick % paths.length]!, structuredClone(value))(ir)
        }
        const accepted = attempt(() => decodeIr(encodeCbor(ir)))
        if (accepted === undefined) return
        const inputs = [new Int16Array(16).fill(1000), new Int32Array(3)]
        attempt(() => interpret(accepted, sampleWeights(), inputs))
      }),
      { numRuns: 800 },
    )
  })
})

/** Paths of everything inside a model except the rows of tables. */
function leaves(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (key === 'rows') return []
    return typeof item === 'object' && item !== null ? [path, ...leaves(item, path)] : [path]
  })
}

/** The result, or `undefined` for an `OgError`; anything else thrown fails the test. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    expect(error).toBeInstanceOf(OgError)
    return undefined
  }
}
