import { bytesToHex, type Hex } from '@opengradient/protocol'
import { mod } from '../../reference/field.ts'
import { parameters } from '../../reference/params.ts'
import { countLookups } from '../../reference/prover/tables.ts'
import { shapeOf } from '../../reference/shape.ts'
import { cellOf, layout, realCells } from '../../reference/space.ts'
import { partsOf } from '../../reference/wire.ts'
import { bytesOfInts } from '../../src/ir/values.ts'
import type { PublicValues } from '../../src/program/types.ts'
import type { ZkStatement } from '../../src/proof/statement.ts'
import { families } from '../attacks/families.ts'
import { type Published, proofOf, publish } from '../attacks/model.ts'
import { signed } from '../reference/bridge.ts'
import { edges } from './edges.ts'
import { ends } from './ends.ts'
import { farNonce, forgeries } from './forged.ts'
import type { VectorFile } from './programs.ts'
import { publishers } from './publishers.ts'
import { alone, ordered, refusals } from './refusals.ts'
import { registered, registrationProof } from './registered.ts'
import { written } from './written.ts'

interface StatementVector {
  readonly zkModelId: Hex
  readonly batch: number
  readonly x: Hex
  readonly y: Hex
  readonly ctx: Hex
}

/** What a file of `zk/valid/` holds: a published model, a statement, and a proof that shows it. */
export interface ProofVector {
  readonly name: string
  readonly manifest: Hex
  readonly ir: Hex
  /** The weights blob; absent when they are committed. */
  readonly blob?: Hex
  readonly programHash: Hex
  readonly statement: StatementVector
  readonly proof: Hex
}

/** What a file of `zk/rejected/` holds: a change to the vector `of`, and the code that every verifier answers. Changes in the order of the fields. */
export interface RejectedVector {
  readonly says: string
  readonly of: string
  /** Another proof. */
  readonly proof?: Hex
  /** The proof cut to this length, or followed by zeros. */
  readonly resize?: number
  /** Bytes written into the proof. */
  readonly patch?: readonly (readonly [at: number, bytes: Hex])[]
  readonly statement?: Partial<StatementVector>
  readonly manifest?: Hex
  readonly ir?: Hex
  readonly blob?: Hex
  readonly code: string
}

const slug = (name: string) => name.replaceAll(/[^a-z0-9]+/g, '-')
const statementVector = ({ zkModelId, batch = 1, x, y, ctx }: ZkStatement): StatementVector => ({
  zkModelId: bytesToHex(zkModelId),
  batch,
  x: bytesToHex(x),
  y: bytesToHex(y),
  ctx: bytesToHex(ctx),
})

interface Story {
  readonly published: Published
  readonly proof: Uint8Array
  readonly file: string
}

/** The proof vectors as they should be: `zk/valid` and `zk/rejected`. */
export function buildProofVectors(): VectorFile[] {
  const stories = new Map<string, Story>()
  const again = { ...families[0]!, name: 'dense, with a nonce of 64 bits' }
  const place = edges.findIndex(({ name }) => name === 'short rows and long codewords') + 1
  const valid = [...families, ...edges.slice(0, place), again, ...edges.slice(place)].map((family, i): VectorFile => {
    const published = publish(family)
    const proof = family === again ? farNonce(published) : proofOf(published, published.statement)
    const file = `${String(i + 1).padStart(2, '0')}-${slug(family.name)}`
    stories.set(family.name, { published, proof, file })
    const { files, model, statement } = published
    const vector: ProofVector = {
      name: family.name,
      manifest: bytesToHex(files.manifest),
      ir: bytesToHex(files.ir),
      ...(files.weights ? { blob: bytesToHex(files.weights) } : {}),
      programHash: bytesToHex(model.program(statement.batch ?? 1).hash),
      statement: statementVector(statement),
      proof: bytesToHex(proof),
    }
    return { path: `zk/valid/${file}.json`, text: text(vector) }
  })
  const fileOf = (name: string) => stories.get(name)!.file
  const rejected = [
    ...[...damaged(stories.get('dense')!), ...otherStatements(stories), ...lies(stories)],
    ...atTheEnds(stories),
    ...publishers(fileOf('dense'), fileOf('dense, committed weights')),
    ...refusals(fileOf('dense'), fileOf('dense, committed weights')),
    ...registrations(stories.get('dense, committed weights')!),
    ...ordered(fileOf('dense')),
    ...forgeries(stories.get('dense')!.published).map((forgery) => ({ of: fileOf('dense'), ...forgery })),
    ...shortNonces(stories.get('dense')!),
    ...twice(stories.get('dense')!),
    ...alone(fileOf('dense'), fileOf('dense, committed weights')),
    ...written(fileOf('dense'), fileOf('dense, committed weights')),
    ...ends(fileOf('dense'), fileOf('dense, committed weights')),
  ]
  return [
    ...valid,
    ...rejected.map((vector, i): VectorFile => {
      return {
        path: `zk/rejected/${String(i + 1).padStart(3, '0')}-${slug(vector.says.toLowerCase()).slice(0, 60).replace(/-$/, '')}.json`,
        text: text(vector),
      }
    }),
  ]
}

const text = (vector: object) => `${JSON.stringify(vector, undefined, 1)}\n`
const little = (value: bigint, bytes: number): Hex =>
  bytesToHex(Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)))

/** Proofs with one part damaged. */
function damaged({ published, proof, file: of }: Story): RejectedVector[] {
  const { plan, params } = published.model.program(1)
  const parts = partsOf(shapeOf(plan.program), parameters(params!.c, params!.l, [plan.packing.cells[0]]))
  const part = (name: string) => parts.find((one) => one.name === name)!
  const flip = (at: number): Hex => bytesToHex(Uint8Array.of(proof[at]! ^ 1))
  const p = 2n ** 64n - 2n ** 32n + 1n
  const length = (resize: number): Pick<RejectedVector, 'resize' | 'patch'> => ({ resize, patch: [[8, little(BigInt(resize), 4)]] })
  const codes: Record<string, string> = {
    root: 'LOOKUP',
    g0: 'LOOKUP',
    gr: 'LOOKUP',
    gv: 'LOOKUP',
    S: 'BATCH',
    mr: 'BATCH',
    E: 'BATCH',
    br: 'BATCH',
    v: 'BATCH',
    u: 'EVAL',
    nonce: 'POW',
    columns: 'QUERY',
    siblings: 'MERKLE',
  }
  const column = part('columns')
  const siblings = part('siblings').at
  return [
    { says: 'empty', of, resize: 0, code: 'BAD_ENCODING' },
    { says: 'shorter than its head', of, resize: 11, code: 'BAD_ENCODING' },
    { says: 'nothing but its head', of, ...length(12), code: 'BAD_ENCODING' },
    { says: 'cut by one byte', of, ...length(proof.length - 1), code: 'BAD_ENCODING' },
    { says: 'cut by one byte, length as it was', of, resize: proof.length - 1, code: 'BAD_ENCODING' },
    { says: 'without its last sibling', of, ...length(proof.length - 32), code: 'BAD_ENCODING' },
    { says: 'without its siblings', of, ...length(siblings), code: 'BAD_ENCODING' },
    { says: 'one byte longer', of, ...length(proof.length + 1), code: 'BAD_ENCODING' },
    { says: 'one sibling more', of, ...length(proof.length + 32), code: 'BAD_ENCODING' },
    { says: 'a thousand siblings more', of, ...length(proof.length + 32_000), code: 'BAD_ENCODING' },
    { says: 'longer than every proof', of, ...length(2 ** 21 + 1), code: 'TOO_LARGE' },
    { says: 'other magic', of, patch: [[0, little(0x4c4d4b5bn, 4)]], code: 'BAD_ENCODING' },
    { says: 'version 2', of, patch: [[4, '0x02']], code: 'WRONG_VERSION' },
    { says: 'another hash function', of, patch: [[5, '0x02']], code: 'WRONG_VERSION' },
    { says: 'says that it is zero knowledge', of, patch: [[6, '0x01']], code: 'WRONG_MODE' },
    { says: 'says that weights are committed', of, patch: [[7, '0x01']], code: 'WRONG_MODE' },
    { says: 'unknown flag', of, patch: [[7, '0x80']], code: 'WRONG_MODE' },
    ...Object.entries(codes).map(([name, code]) => ({
      says: `one bit of ${name} flipped`,
      of,
      patch: [[part(name).at, flip(part(name).at)] as const],
      code,
    })),
    ...['g0', 'gr', 'gv', 'S', 'mr', 'E', 'br', 'v', 'u', 'columns'].map((name) => ({
      says: `p instead of an element of ${name}`,
      of,
      patch: [[part(name).at, little(p, 8)] as const],
      code: 'NON_CANONICAL',
    })),
    {
      says: 'largest word as the second coordinate of S',
      of,
      patch: [[part('S').at + 8, little(2n ** 64n - 1n, 8)]],
      code: 'NON_CANONICAL',
    },
    {
      says: 'first two siblings swapped',
      of,
      patch: [
        [siblings, bytesToHex(proof.slice(siblings + 32, siblings + 64))],
        [siblings + 32, bytesToHex(proof.slice(siblings, siblings + 32))],
      ],
      code: 'MERKLE',
    },
    {
      says: 'first two columns swapped',
      of,
      patch: [
        [column.at, bytesToHex(proof.slice(column.at + 8 * params!.rows, column.at + 16 * params!.rows))],
        [column.at + 8 * params!.rows, bytesToHex(proof.slice(column.at, column.at + 8 * params!.rows))],
      ],
      code: 'QUERY',
    },
  ]
}

/** Nonces of which only the low bits have the work: one could change the others and choose among queries for nothing. */
function shortNonces({ published, file: of }: Story): RejectedVector[] {
  const { plan, params } = published.model.program(1)
  const parts = partsOf(shapeOf(plan.program), parameters(params!.c, params!.l, [plan.packing.cells[0]]))
  const { at } = parts.find(({ name }) => name === 'nonce')!
  return [3, 7].map((byte) => ({
    says: `nonce that has the work but for its byte ${byte}`,
    of,
    patch: [[at + byte, '0x01']],
    code: 'POW',
  }))
}

/** Proofs with two faults: the first in the order of SPEC 9.2 is told. */
function twice({ published, proof, file: of }: Story): RejectedVector[] {
  const { plan, params } = published.model.program(1)
  const parts = partsOf(shapeOf(plan.program), parameters(params!.c, params!.l, [plan.packing.cells[0]]))
  const at = (name: string) => parts.find((part) => part.name === name)!.at
  const lengthened = (resize: number) => ({ of, resize, patch: [[8, little(BigInt(resize), 4)] as const] })
  const g0 = [at('g0'), bytesToHex(Uint8Array.of(proof[at('g0')]! ^ 1))] as const
  const most = at('siblings') + 32 * params!.queries * params!.l
  const off = (resize: number) => ({ ...lengthened(resize), patch: [...lengthened(resize).patch, g0] })
  const head = lengthened(12)
  return [
    { says: 'nothing but the head of version 2', ...head, patch: [...head.patch, [4, '0x02']], code: 'WRONG_VERSION' },
    { says: 'unknown flag, for another model', of, patch: [[7, '0x02']], statement: { zkModelId: ANOTHER }, code: 'WRONG_MODE' },
    { says: 'no siblings, and g0 off', ...off(at('siblings')), code: 'LOOKUP' },
    { says: 'as many siblings as any indices ask for, and g0 off', ...off(most), code: 'LOOKUP' },
    { says: 'one sibling more than any indices ask for, and g0 off', ...off(most + 32), code: 'BAD_ENCODING' },
  ]
}

const ANOTHER = bytesToHex(new Uint8Array(32))

/** True proofs of something else. */
function otherStatements(stories: ReadonlyMap<string, Story>): RejectedVector[] {
  const { published, file: of } = stories.get('dense')!
  const { x, y } = published.statement
  const change = (bytes: Uint8Array, at: number, by: number) => bytesToHex(bytes.map((byte, i) => (i === at ? byte + by : byte)))
  const long = (value: bigint) => `${little(BigInt.asUintN(64, value), 8)}${bytesToHex(y.slice(8)).slice(2)}` as Hex
  const first = new DataView(y.buffer, y.byteOffset).getBigInt64(0, true)
  const p = 2n ** 64n - 2n ** 32n + 1n
  const hex = (other: string): Hex => bytesToHex(stories.get(other)!.proof)
  const batch = stories.get('dense, batch of 3')!
  const committed = stories.get('dense, committed weights')!
  return [
    { says: 'for another context', of, statement: { ctx: '0x00' }, code: 'LOOKUP' },
    { says: 'for no context', of, statement: { ctx: '0x' }, code: 'LOOKUP' },
    { says: 'context that is too long', of, statement: { ctx: bytesToHex(new Uint8Array(257)) }, code: 'STATEMENT_MISMATCH' },
    { says: 'for another input', of, statement: { x: change(x, 0, 1) }, code: 'LOOKUP' },
    { says: 'for another output', of, statement: { y: change(y, 0, 1) }, code: 'LOOKUP' },
    {
      says: 'for the output minus p, which is an int64 too',
      of,
      statement: { y: long(first - p) },
      code: Math.abs(Number(BigInt.asIntN(64, first - p))) < 2 ** 61 ? 'LOOKUP' : 'STATEMENT_MISMATCH',
    },
    { says: 'output of 2^61', of, statement: { y: long(2n ** 61n) }, code: 'STATEMENT_MISMATCH' },
    { says: 'output of minus 2^61', of, statement: { y: long(-(2n ** 61n)) }, code: 'STATEMENT_MISMATCH' },
    { says: 'input without its last byte', of, statement: { x: bytesToHex(x.slice(0, -1)) }, code: 'STATEMENT_MISMATCH' },
    { says: 'output with a byte more', of, statement: { y: `${bytesToHex(y)}00` as Hex }, code: 'STATEMENT_MISMATCH' },
    { says: 'for another model', of, statement: { zkModelId: bytesToHex(new Uint8Array(32)) }, code: 'WRONG_MODEL' },
    { says: 'batch that the manifest does not have', of, statement: { batch: 2 }, code: 'BAD_PARAMS' },
    { says: 'batch of 0', of, statement: { batch: 0 }, code: 'STATEMENT_MISMATCH' },
    {
      says: 'weights with one changed',
      of,
      blob: change(published.files.weights!, published.files.weights!.length - 1, 1),
      code: 'WRONG_MODEL',
    },
    {
      says: 'integer model with another name',
      of,
      ir: bytesToHex(stories.get('dense, batch of 3')!.published.files.ir.map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte))),
      code: 'WRONG_MODEL',
    },
    { says: 'manifest with a byte more', of, manifest: `${bytesToHex(published.files.manifest)}00` as Hex, code: 'WRONG_MODEL' },
    { says: 'proof of the same layers in a batch', of, proof: hex('dense, batch of 3'), code: 'BAD_ENCODING' },
    { says: 'proof of one input for a batch', of: batch.file, proof: hex('dense'), code: 'BAD_ENCODING' },
    { says: 'proof with public weights for committed ones', of: committed.file, proof: hex('dense'), code: 'WRONG_MODE' },
    { says: 'proof with committed weights for public ones', of, proof: hex('dense, committed weights'), code: 'WRONG_MODE' },
    { says: 'proof of a convolution', of, proof: hex('convolution'), code: 'LOOKUP' },
    {
      says: 'rows of a batch in another order',
      of: batch.file,
      statement: { x: bytesToHex(turned(batch.published.statement.x, 3)), y: bytesToHex(turned(batch.published.statement.y, 3)) },
      code: 'LOOKUP',
    },
  ]
}

/** The registration proof of a model in place of an answer's: as it is, and made for this statement. */
function registrations({ published: { model, statement }, file: of }: Story): RejectedVector[] {
  const own = registered(families.find(({ name }) => name === 'dense, committed weights')!.build)
  const { hash } = model.program(1)
  const { x, y, ctx } = statement
  return [
    { says: 'registration proof of the model', of, proof: bytesToHex(registrationProof(own)), code: 'BAD_ENCODING' },
    {
      ...{ says: 'registration proof of the model, made for this answer', of, code: 'BAD_ENCODING' },
      proof: bytesToHex(registrationProof(own, {}, { x, y, ctx, programHash: hash })),
    },
  ]
}

const turned = (bytes: Uint8Array, rows: number) =>
  Uint8Array.from([...bytes.slice(bytes.length / rows), ...bytes.slice(0, bytes.length / rows)])

/** Where a program lacks a part, and at the ends of what a statement may be. */
function atTheEnds(stories: ReadonlyMap<string, Story>): RejectedVector[] {
  const { proof, file: of } = stories.get('dense')!
  const bare = stories.get('nothing looked up')!
  const many = stories.get('two outputs, a context of 256 bytes, four batches')!
  const { plan, params } = bare.published.model.program(1)
  const S = partsOf(shapeOf(plan.program), parameters(params!.c, params!.l, [plan.packing.cells[0]])).find(({ name }) => name === 'S')!
  const { y } = many.published.statement
  const last = `${bytesToHex(y.slice(0, -8))}${little(2n ** 61n, 8).slice(2)}` as Hex
  return [
    { says: 'length that is not its own', of, patch: [[8, little(BigInt(proof.length + 1), 4)]], code: 'BAD_ENCODING' },
    { says: 'as long as the longest proof', of, resize: 2 ** 21, patch: [[8, little(2n ** 21n, 4)]], code: 'BAD_ENCODING' },
    { says: 'says that its input is hidden', of, patch: [[7, '0x02']], code: 'WRONG_MODE' },
    { says: 'sum of no products that is not 0', of: bare.file, patch: [[S.at, '0x01']], code: 'SUMCHECK' },
    { says: 'batch of one and a half', of, statement: { batch: 1.5 }, code: 'STATEMENT_MISMATCH' },
    { says: 'batch of 4097', of, statement: { batch: 4097 }, code: 'STATEMENT_MISMATCH' },
    { says: 'batch of 4096 that the manifest does not have', of, statement: { batch: 4096 }, code: 'BAD_PARAMS' },
    { says: 'batch that the manifest has, with the values of another', of: many.file, statement: { batch: 2 }, code: 'STATEMENT_MISMATCH' },
    { says: 'second of two outputs of 2^61', of: many.file, statement: { y: last }, code: 'STATEMENT_MISMATCH' },
    {
      says: 'context of 256 bytes with one bit flipped',
      of: many.file,
      statement: { ctx: bytesToHex(new Uint8Array(256).fill(7).fill(6, 255)) },
      code: 'POW',
    },
  ]
}

/** Proofs of false witnesses and of false outputs, everything else honest. */
function lies(stories: ReadonlyMap<string, Story>): RejectedVector[] {
  type Edit = (cells: readonly bigint[]) => readonly bigint[]
  const add =
    (i: number, by: bigint): Edit =>
    (cells) =>
      cells.map((cell, j) => (i === j ? cell + by : cell))
  const set =
    (i: number, value: bigint): Edit =>
    (cells) =>
      cells.map((cell, j) => (i === j ? value : cell))
  const lie = (
    name: string,
    says: string,
    code: string,
    edits: Record<number, Edit>,
    more: { output?: bigint; count?: readonly [table: number, row: number, by: bigint] } = {},
  ): RejectedVector => {
    const { published, file: of } = stories.get(name)!
    const { program } = published.model.program(published.statement.batch ?? 1).lowered
    const { offsets } = layout(program.segments)
    const matrices = [published.witness.w, ...(published.witness.W ? [published.witness.W] : [])].map((cells) => Array.from(cells, mod))
    for (const [id, edit] of Object.entries(edits)) {
      const [matrix, space] = program.segments[Number(id)]!
      const cells = [...realCells(space)].map((at) => offsets[Number(id)]! + cellOf(space, at))
      const values = edit(cells.map((cell) => matrices[matrix]![cell]!))
      cells.forEach((cell, i) => {
        matrices[matrix]![cell] = mod(values[i]!)
      })
    }
    let { statement, values } = published
    if (more.output) {
      const [id] = published.ir.outputs as [number]
      const tensor = values.tensors.get(id)!
      const changed =
        tensor instanceof BigInt64Array
          ? tensor.map((value, i) => (i === 0 ? value + more.output! : value))
          : tensor.map((value, i) => (i === 0 ? value + Number(more.output) : value))
      values = { ...values, tensors: new Map(values.tensors).set(id, changed) }
      const all = published.ir.outputs.map((output) => bytesOfInts(values.tensors.get(output)!))
      statement = { ...statement, y: new Uint8Array(Buffer.concat(all)) }
    }
    const pub = publicOf(values)
    const w = countLookups({ program, pub, matrices })
    if (more.count) {
      const [table, row, by] = more.count
      const cell = offsets[program.tables.find(([id]) => id === table)![5]]! + row
      w[cell] = mod(w[cell]! + by)
    }
    const change = { w: BigInt64Array.from(w, signed), ...(matrices[1] ? { W: BigInt64Array.from(matrices[1], signed) } : {}), values }
    const proof = bytesToHex(proofOf(published, statement, change))
    return { says, of, proof, ...(more.output ? { statement: { y: bytesToHex(statement.y) } } : {}), code }
  }
  return [
    lie('dense', 'raw output one too large', 'BATCH', {}, { output: 1n }),
    lie('dense', 'hidden value one larger with the remainder it has', 'BATCH', { 0: add(0, 1n) }),
    lie('dense', 'lowest limb of 256, the next one less', 'LOOKUP', { 0: add(0, 256n), 1: add(0, -1n) }),
    lie('dense', 'one lookup more counted than made', 'LOOKUP', {}, { count: [8, 0, 1n] }),
    lie('dense', 'one lookup less counted than made', 'LOOKUP', {}, { count: [8, 0, -1n] }),
    lie('dense, rounded output, channels', 'rounded output one too large', 'BATCH', {}, { output: 1n }),
    lie('dense, committed weights', 'bias that is not that of the root', 'MERKLE', { 3: add(0, 1n) }, { output: 1n }),
    lie('convolution', 'convolution one too large', 'BATCH', { 0: add(0, 1n) }, { output: 1n }),
    lie('affine', 'sum one too small', 'BATCH', {}, { output: -1n }),
    lie('clip', 'limb of 256', 'LOOKUP', { 0: add(0, 256n), 1: add(0, -1n) }),
    lie('leaky relu', 'negative part that is not there', 'BATCH', { 4: add(0, 1n) }),
    lie('average pool', 'average one too large', 'BATCH', { 0: add(0, 1n) }, { output: 1n }),
    lie(
      'maximum pool',
      'maximum that no cell has',
      'BATCH',
      { 0: add(0, 1n), 1: (cells) => cells.map((cell, i) => (i % 4 === 0 ? cell + 1n : cell)) },
      { output: 1n },
    ),
    lie('table', 'argument split with l of 256 or more', 'LOOKUP', { 3: add(2, -1n), 6: add(2, 256n) }),
    lie('softmax', 'exponential one too large', 'BATCH', { 4: add(1, 1n) }),
    lie(
      'argmax',
      'second of two equal cells',
      'LOOKUP',
      { 0: (cells) => cells.map((_, i) => (i === 2 ? 1n : 0n)), 1: set(1, -1n) },
      { output: 1n },
    ),
    lie('attention', 'attention one too large', 'BATCH', {}, { output: 1n }),
    lie('views', 'value at another place', 'BATCH', {}, { output: 1n }),
    lie('trees', 'step that is neither left nor right', 'LOOKUP', { 4: set(0, 2n) }),
    lie('trees', 'feature of another request', 'LOOKUP', { 3: set(0, 12n), 5: add(0, 7n) }),
    lie('trees', 'score one too large', 'BATCH', {}, { output: 1n }),
    lie('trees, committed', 'threshold that is not that of the root', 'MERKLE', { 1: add(1, -1n) }),
    lie('nothing looked up', 'raw output one too large where nothing is looked up', 'BATCH', {}, { output: 1n }),
    lie(
      'nothing looked up, committed weights',
      'bias that is not that of the root, where nothing is looked up',
      'MERKLE',
      { 1: add(0, 1n) },
      { output: 1n },
    ),
    lie('nothing committed', 'output that is not the input, where nothing is committed', 'BATCH', {}, { output: 1n }),
    lie(
      'more weights than anything else',
      'bias that is not that of the root, of many weights',
      'MERKLE',
      { 3: add(0, 1n) },
      { output: 1n },
    ),
  ]
}

const publicOf = (values: PublicValues) => ({
  tensors: new Map([...values.tensors].map(([id, tensor]) => [id, Array.from<bigint | number, bigint>(tensor, BigInt)])),
  weights: values.weights.map((weights) => Array.from<bigint | number, bigint>(weights, BigInt)),
})
