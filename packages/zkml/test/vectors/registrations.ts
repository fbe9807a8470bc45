import { bytesToHex, type Hex } from '@opengradient/protocol'
import { parameters } from '../../reference/params.ts'
import { shapeOf } from '../../reference/shape.ts'
import { layout } from '../../reference/space.ts'
import { partsOf } from '../../reference/wire.ts'
import type { ModelBuilder } from '../../src/program/model.testkit.ts'
import { registrationOf } from '../../src/proof/registration.ts'
import { families } from '../attacks/families.ts'
import { proofOf, publish } from '../attacks/model.ts'
import { attr } from './broken.ts'
import { edges } from './edges.ts'
import type { VectorFile } from './programs.ts'
import { type Change, type Loose, published } from './publication.ts'
import { COMMITTED, clip, twoLayouts, WINDOW } from './publishers.ts'
import {
  cellsOf,
  counted,
  type Registered,
  type RegisteredHow,
  type RegistrationVector,
  type RejectedRegistration,
  registered,
  registrationProof,
  withWeights,
} from './registered.ts'

const family = (name: string) => [...families, ...edges].find((one) => one.name === name)!
const P = 2n ** 64n - 2n ** 32n + 1n

/** Models whose weights are committed, and how. `change`: what their publisher does before it proves. */
const STORIES: readonly {
  readonly name: string
  readonly make: (m: ModelBuilder) => number[]
  readonly how?: RegisteredHow
  readonly change?: (of: Registered) => Registered
}[] = [
  { name: 'dense', make: family('dense, committed weights').build },
  { name: 'trees', make: family('trees, committed').build },
  { name: 'nothing looked up in answers', make: family('nothing looked up, committed weights').build },
  { name: 'more weights than anything else', make: family('more weights than anything else').build },
  { name: 'layouts of convolutions, weights of one cell, of nobody, of two nodes', make: layouts },
  { name: 'limbs of 16 bits', make: everyKind, how: { limb: 16, sizes: [11, 13] } },
  { name: 'for a batch of 3 alone', make: family('dense, batch of 3').build, how: { batches: [3] } },
  { name: 'at the ends of every range', make: everyKind, change: ends },
  { name: 'anything in the padding', make: family('dense, committed weights').build, change: padded },
]

/** Weights that programs lay out otherwise than the model: of one cell, grouped, depthwise; read by two nodes and by none. */
function layouts(m: ModelBuilder): number[] {
  const conv = (C: number, O: number, group: number, w: number) =>
    m.node('Conv', [m.input([C, 3, 3])], [w], [O, 2, 3], { group, ...WINDOW, d: Array(O).fill(0), raw: 1 })
  const scalar = m.input([1])
  const [one, bias, twice] = [m.noise([1, 1], 'i16', 300), m.noise([1], 'i64', 900), m.noise([3, 3], 'i16', 300)]
  m.noise([3, 1, 2], 'i32', 2 ** 31 - 1)
  m.noise([5], 'i64', 2 ** 40)
  const read = () => m.node('Gemm', [m.input([3])], [twice], [3], { d: [0, 0, 0], raw: 1 })
  return [
    m.node('Gemm', [scalar], [one, bias], [1], { d: [0], raw: 1 }),
    ...[conv(4, 6, 2, m.noise([6, 2, 2, 1], 'i16', 300)), conv(3, 3, 3, m.noise([3, 1, 2, 1], 'i16', 300)), read(), read()],
  ]
}

/** A layer with a bias, and a tree: weights of every kind. */
function everyKind(m: ModelBuilder): number[] {
  const column = (values: readonly number[], dt: 'i16' | 'i32' | 'i64') => m.weight(dt === 'i64' ? [2, 1] : [3], dt, (i) => values[i]!)
  const layer = m.gemm(m.input([2]), 2, { raw: 1 })
  const w = [column([0, 0, 0], 'i16'), column([4, 2 ** 31 - 1, 2 ** 31 - 1], 'i32'), column([1, 1, 2], 'i32'), column([3, -3], 'i64')]
  return [layer, m.node('TreeEnsemble', [m.input([1], 'i32')], w, [1], { roots: [0], leaves: [1, 2], depth: 1, base: [0] }, 'i64')]
}

/** Bits of the weights of `everyKind`, in order: of a layer, its bias, features, thresholds, children, leaves. */
const BITS = [16n, 48n, 16n, 32n, 32n, 41n]

function ends(of: Registered): Registered {
  return BITS.reduce((before, bits, id) => withWeights(before, id, { 0: -(2n ** (bits - 1n)), 1: 2n ** (bits - 1n) - 1n }), of)
}

/** No cell of the padding is read, of w or of W. */
function padded(of: Registered): Registered {
  const real = [0, 1].map((matrix) => new Set(of.program.segments.flatMap((one, id) => (one[0] === matrix ? cellsOf(of.program, id) : []))))
  const [w, W] = [of.w, of.W].map((cells, matrix) => cells.map((cell, i) => (real[matrix]!.has(i) ? cell : (P - 5n * BigInt(i)) % P)))
  return { ...withWeights({ ...of, w: w!, W: W! }, 0, {}), w: w! }
}

const slug = (name: string) => name.replaceAll(/[^a-z0-9]+/g, '-')
const text = (vector: object) => `${JSON.stringify(vector, undefined, 1)}\n`
const little = (value: bigint, bytes: number): Hex =>
  bytesToHex(Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)))

interface Told {
  readonly of: Registered
  readonly proof: Uint8Array
  readonly file: string
}

/** The vectors of registration proofs as they should be: `zk/registration/valid` and `zk/registration/rejected`. */
export function buildRegistrationVectors(): VectorFile[] {
  const told = new Map<string, Told>()
  const valid = STORIES.map(({ name, make, how, change = (of) => of }, i): VectorFile => {
    const of = change(registered(make, how))
    const proof = registrationProof(of)
    const file = `${String(i + 1).padStart(2, '0')}-${slug(name)}`
    told.set(name, { of, proof, file })
    const { manifest, ir } = of.files
    const hash = registrationOf(of.model).hash
    const names = { manifest: bytesToHex(manifest), ir: bytesToHex(ir), zkModelId: bytesToHex(of.model.id), programHash: bytesToHex(hash) }
    const vector: RegistrationVector = { name, ...names, proof: bytesToHex(proof) }
    return { path: `zk/registration/valid/${file}.json`, text: text(vector) }
  })
  const rejected = [...damaged(told.get('dense')!), ...elsewhere(told), ...lies(told), ...publishers(told)]
  return [
    ...valid,
    ...rejected.map((vector, i): VectorFile => {
      const name = `${String(i + 1).padStart(3, '0')}-${slug(vector.says.toLowerCase()).slice(0, 60).replace(/-$/, '')}`
      return { path: `zk/registration/rejected/${name}.json`, text: text(vector) }
    }),
  ]
}

/** Proofs with one part damaged. */
function damaged({ of: { model, program }, proof, file: of }: Told): RejectedRegistration[] {
  const { params } = registrationOf(model)
  const parts = partsOf(shapeOf(program), parameters(params!.c, params!.l, layout(program.segments).cells))
  const at = (name: string) => parts.find((one) => one.name === name)!.at
  const columnsW = parts.filter(({ name }) => name === 'columns')[1]!.at
  const flip = (place: number): Hex => bytesToHex(Uint8Array.of(proof[place]! ^ 1))
  const bit = (says: string, place: number, code: string) => ({
    ...{ says: `one bit of ${says} flipped`, of, patch: [[place, flip(place)] as const], code },
  })
  const alias = (says: string, place: number) => {
    const value = new DataView(proof.buffer, proof.byteOffset).getBigUint64(place, true)
    return { says: `p more than an element of ${says}`, of, patch: [[place, little(BigInt.asUintN(64, value + P), 8)] as const] }
  }
  const length = (resize: number): Pick<RejectedRegistration, 'resize' | 'patch'> => ({ resize, patch: [[8, little(BigInt(resize), 4)]] })
  return [
    { says: 'empty', of, resize: 0, code: 'BAD_ENCODING' },
    { says: 'nothing but its head', of, ...length(12), code: 'BAD_ENCODING' },
    { says: 'cut by one byte', of, ...length(proof.length - 1), code: 'BAD_ENCODING' },
    { says: 'without its last sibling', of, ...length(proof.length - 32), code: 'BAD_ENCODING' },
    { says: 'without its siblings', of, ...length(at('siblings')), code: 'BAD_ENCODING' },
    { says: 'without the columns of its weights', of, ...length(columnsW), code: 'BAD_ENCODING' },
    { says: 'one sibling more', of, ...length(proof.length + 32), code: 'BAD_ENCODING' },
    { says: 'as long as the longest proof', of, ...length(2 ** 21), code: 'BAD_ENCODING' },
    { says: 'longer than every proof', of, ...length(2 ** 21 + 1), code: 'TOO_LARGE' },
    { says: 'length of 4 gigabytes', of, patch: [[8, '0xffffffff']], code: 'BAD_ENCODING' },
    { says: 'other magic', of, patch: [[0, '0x00']], code: 'BAD_ENCODING' },
    { says: 'version 2', of, patch: [[4, '0x02']], code: 'WRONG_VERSION' },
    { says: 'another hash function', of, patch: [[5, '0x02']], code: 'WRONG_VERSION' },
    { says: 'says that it is zero knowledge', of, patch: [[6, '0x01']], code: 'WRONG_MODE' },
    { says: 'says that weights are public', of, patch: [[7, '0x00']], code: 'WRONG_MODE' },
    { says: 'unknown flag', of, patch: [[7, '0x03']], code: 'WRONG_MODE' },
    ...['root', 'g0', 'gr', 'gv'].map((name) => bit(name, at(name), 'LOOKUP')),
    bit('S', at('S'), 'SUMCHECK'),
    ...['br', 'v'].map((name) => bit(name, at(name), 'BATCH')),
    bit('the value of the weights', at('v') + 16, 'BATCH'),
    bit('u', at('u'), 'EVAL'),
    bit('nonce', at('nonce'), 'POW'),
    bit('columns', at('columns'), 'QUERY'),
    bit('columns of the weights', columnsW, 'QUERY'),
    bit('siblings', at('siblings'), 'MERKLE'),
    bit('siblings of the weights', proof.length - 32, 'MERKLE'),
    { ...alias('S', at('S')), code: 'NON_CANONICAL' },
    ...['g0', 'gr', 'gv', 'br', 'v', 'u', 'columns'].map((name) => ({
      ...{ says: `p instead of an element of ${name}`, of, patch: [[at(name), little(P, 8)] as const], code: 'NON_CANONICAL' },
    })),
    {
      ...{ says: 'p instead of an element of the columns of the weights', of, patch: [[columnsW, little(P, 8)] as const] },
      code: 'NON_CANONICAL',
    },
  ]
}

/** True proofs of something else. */
function elsewhere(told: ReadonlyMap<string, Told>): RejectedRegistration[] {
  const dense = told.get('dense')!
  const other = told.get('more weights than anything else')!
  const answers = publish(family('dense, committed weights'))
  const padding = told.get('anything in the padding')!
  const made = (says: string, header: Parameters<typeof registrationProof>[2], code = 'LOOKUP'): RejectedRegistration => ({
    ...{ says, of: dense.file, proof: bytesToHex(registrationProof(dense.of, {}, header)), code },
  })
  const byte = Uint8Array.of(1)
  const batch = told.get('for a batch of 3 alone')!
  return [
    { says: 'proof of another model', of: dense.file, proof: bytesToHex(other.proof), code: 'LOOKUP' },
    { says: 'proof of a smaller model', of: other.file, proof: bytesToHex(dense.proof), code: 'BAD_ENCODING' },
    { says: 'proof of the same model with another root', of: dense.file, proof: bytesToHex(padding.proof), code: 'LOOKUP' },
    {
      says: 'proof of an answer of the model',
      of: dense.file,
      proof: bytesToHex(proofOf(answers, answers.statement)),
      code: 'BAD_ENCODING',
    },
    { says: 'another model, with the name of this one', of: dense.file, ir: bytesToHex(other.of.files.ir), code: 'WRONG_MODEL' },
    {
      says: 'another manifest, with the name of this one',
      of: dense.file,
      manifest: bytesToHex(padding.of.files.manifest),
      code: 'WRONG_MODEL',
    },
    { says: 'name of another model', of: dense.file, zkModelId: bytesToHex(other.of.model.id), code: 'WRONG_MODEL' },
    { says: 'name without its last byte', of: dense.file, zkModelId: bytesToHex(dense.of.model.id.slice(0, 31)), code: 'WRONG_MODEL' },
    made('made for a context', { ctx: byte }),
    made('made for an input', { x: byte }),
    made('made for an output', { y: byte }),
    made('made for the program of answers', { programHash: answers.model.program(1).hash }),
    made('made for another name', { zkModelId: other.of.model.id }),
    made('made for no root', { wroot: new Uint8Array() }),
    made('made for another root', { wroot: padding.of.model.manifest.wd }),
    made('made as if weights were public', { weights: 0 }, 'WRONG_MODE'),
    {
      ...{ says: 'proof of the same layers for one input', of: batch.file, code: 'LOOKUP' },
      proof: bytesToHex(registrationProof(registered(family('dense, batch of 3').build))),
    },
  ]
}

/** Proofs of false witnesses: weights out of range under a root that is their own, and roots of other weights. */
function lies(told: ReadonlyMap<string, Told>): RejectedRegistration[] {
  const { of: honest, file: of } = told.get('at the ends of every range')!
  const from = (says: string, weight: number, value: bigint): RejectedRegistration => {
    const liar = withWeights(honest, weight, { 1: value })
    const names = { zkModelId: bytesToHex(liar.model.id), manifest: bytesToHex(liar.files.manifest) }
    return { says, of, proof: bytesToHex(registrationProof(liar)), ...names, code: 'LOOKUP' }
  }
  const witness = (says: string, code: string, cells: { w?: bigint[]; W?: bigint[] }): RejectedRegistration => ({
    ...{ says, of, proof: bytesToHex(registrationProof(honest, cells)), code },
  })
  const set = (cells: readonly bigint[], ...changes: readonly (readonly [at: number, by: bigint])[]) => {
    const copy = [...cells]
    for (const [at, by] of changes) copy[at] = (copy[at]! + by + P) % P
    return copy
  }
  const { program, w, W } = honest
  // Segments: six of W, then the limbs of the first weight, low to high.
  const [low, high] = [cellsOf(program, 6)[1]!, cellsOf(program, 7)[1]!]
  const multiplicity = cellsOf(program, program.tables.find(([id]) => id === 8)![5])
  const other = withWeights(honest, 0, { 1: 5n })
  return [
    ...['weight', 'bias', 'feature', 'threshold', 'child', 'leaf'].flatMap((name, id) => [
      from(`${name} one over the largest`, id, 2n ** (BITS[id]! - 1n)),
      from(`${name} one under the smallest`, id, -(2n ** (BITS[id]! - 1n)) - 1n),
    ]),
    from('weight of a half', 0, (P + 1n) / 2n),
    from('weight of 2^63', 0, 2n ** 63n),
    from('bias of minus 2^63', 1, -(2n ** 63n)),
    from('leaf that is a bias in range', 5, 2n ** 47n - 1n),
    witness('one limb more than its weight', 'BATCH', { w: counted(program, set(w, [low, -1n]), W) }),
    witness('lowest limb of 256 more, the next one less', 'LOOKUP', { w: counted(program, set(w, [low, 256n], [high, -1n]), W) }),
    witness('one lookup more counted than made', 'LOOKUP', { w: set(w, [multiplicity[0]!, 1n]) }),
    witness('one lookup less counted than made', 'LOOKUP', { w: set(w, [multiplicity[0]!, -1n]) }),
    witness('limb of 256, and counted as another', 'LOOKUP', { w: set(w, [low, 1n], [multiplicity[1]!, 1n], [multiplicity[255]!, -1n]) }),
    witness('weights in range that are not those of the root', 'MERKLE', { w: [...other.w], W: [...other.W] }),
  ]
}

/** Models that honest tools would not have made, under names that are right. */
function publishers(told: ReadonlyMap<string, Told>): RejectedRegistration[] {
  const { file: of } = told.get('dense')!
  const bad = (says: string, code: string, make: (m: ModelBuilder) => number[], change: Change = {}): RejectedRegistration => {
    const open = change.manifest?.weights === 0
    const manifest = open ? change.manifest! : { ...COMMITTED, ...change.manifest }
    const made = published(says, of, code, make, { ...change, manifest })
    const names = { zkModelId: made.statement!.zkModelId!, manifest: made.manifest!, ir: made.ir! }
    return { says, of, ...names, ...(open ? { blob: made.blob! } : {}), code }
  }
  const gemm = (m: ModelBuilder) => [m.gemm(m.input([3]), 2, { raw: 1 })]
  const limbs = (ir: Loose) => Object.assign(ir, { limb: 9 })
  const many = { spoil: (ir: Loose) => Object.assign(ir, { weights: [{ id: 0, axes: [2 ** 12, 2 ** 12], dt: 'i16', f: 0 }] }) }
  const sizes = (...pcs: readonly (readonly number[])[]) => ({ manifest: { pcs } })
  const { blob, ...blind } = bad('public weights that are not there', 'WRONG_MODEL', gemm, { manifest: { weights: 0 } })
  return [
    bad('public weights', 'WRONG_MODE', gemm, { manifest: { weights: 0 } }),
    blind,
    bad('no weights at all', 'WRONG_MODE', clip),
    bad('manifest that says its range is proved', 'WRONG_MODEL', gemm, { manifest: { range: true } }),
    bad('committed weights in codewords of two sizes', 'WRONG_MODEL', gemm, sizes([1, 6, 8], [2, 6, 9])),
    bad('layer with a power of 2^41', 'BAD_IR', gemm, { spoil: attr({ d: [41, 0] }) }),
    bad('committed weights in two layouts', 'UNSUPPORTED_OP', twoLayouts),
    bad('committed weights that could be large enough', 'BOUND_EXCEEDED', (m) => [
      m.node('Gemm', [m.input([4])], [m.weight([1, 4], 'i16', () => 1)], [1], { d: [29], raw: 1 }),
    ]),
    bad('windows of 2^18 taps at 2^18 places', 'LIMIT', (m) => [
      ...gemm(m),
      m.node('AvgPool', [m.input([1, 1023, 1023])], [], [1, 512, 512], { kernel: [512, 512], ...WINDOW, c: 1, s: 16, lo: 0, hi: 9 }),
    ]),
    bad('weights whose limbs alone are 2^25 lookups', 'LIMIT', clip, many),
    bad('sizes with too many columns to open', 'BAD_PARAMS', gemm, sizes([1, 5, 7])),
    bad('sizes with too many columns to open, of no weights at all', 'BAD_PARAMS', clip, sizes([1, 5, 7])),
    { ...bad('bad model, and a proof of version 2', 'WRONG_VERSION', gemm, { spoil: limbs }), patch: [[4, '0x02']] },
    { ...bad('bad model, and a proof for public weights', 'BAD_IR', gemm, { spoil: limbs }), patch: [[7, '0x00']] },
    { ...bad('weights over a limit, and a proof for public weights', 'WRONG_MODE', clip, many), patch: [[7, '0x00']] },
  ]
}
