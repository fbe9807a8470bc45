import type { Ir } from '../src/ir/types.ts'
import { integer, Reject, same, tagged } from './bytes.ts'
import { referenceLower } from './lower/lower.ts'
import { referenceLowerRegistration } from './lower/registration.ts'
import { type Manifest, manifestOf } from './manifest.ts'
import { checkMemory } from './memory.ts'
import { checkTrees } from './model/trees.ts'
import { blobLength, decodeModel } from './model/valid.ts'
import { type Params, parameters } from './params.ts'
import { encodeProgram } from './program.ts'
import { layout } from './space.ts'
import { referenceVerify, type Verdict } from './verify.ts'
import { readHeader } from './wire.ts'

/** A model as it is published, and what a proof says about it. SPEC 2.8, 1.7. */
export interface Published {
  readonly manifest: Uint8Array
  readonly ir: Uint8Array
  /** The weights blob; absent when they are committed. */
  readonly weights?: Uint8Array
}
export interface Claimed {
  readonly zkModelId: Uint8Array
  readonly batch: number
  readonly x: Uint8Array
  readonly y: Uint8Array
  readonly ctx: Uint8Array
}

/** The whole of SPEC 9.2 a second time, from the bytes of the files to a verdict: nothing is taken from the first. */
export const referenceVerifyFiles = (files: Published, claimed: Claimed, proof: Uint8Array): Verdict =>
  verdictOf(() => check(files, claimed, proof))

/** SPEC 6.8 likewise: whether a proof shows that all committed weights of a model are in range. */
export const referenceVerifyRegistration = (files: Published, zkModelId: Uint8Array, proof: Uint8Array): Verdict =>
  verdictOf(() => checkRegistration(files, zkModelId, proof))

function verdictOf(judge: () => Verdict): Verdict {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Reject) return { ok: false, code: error.code, ...(error.where === undefined ? {} : { where: error.where }) }
    throw error
  }
}

function check(files: Published, claimed: Claimed, proof: Uint8Array): Verdict {
  readHeader(proof, proof[7] === 1)
  const manifest = manifestOf(files.manifest, claimed.zkModelId)
  const { ir, weights } = modelOf(files, manifest)
  const committed = manifest.weights === 1
  readHeader(proof, committed)
  const { zkModelId, batch, ctx, x, y } = claimed
  if (!Number.isInteger(batch) || batch < 1 || batch > 2 ** 12 || ctx.length > 256) refuse('STATEMENT_MISMATCH')
  const [, c, l] = manifest.pcs.find(([permitted]) => permitted === batch) ?? refuse('BAD_PARAMS')
  const program = referenceLower(ir, weights, { batch, committed })
  const { cells } = layout(program.segments)
  const params = within(() => parameters(c, l, cells[1] > 0 ? cells : [cells[0]]))
  if (params) checkMemory(program, params)
  const tensors = new Map([...valuesOf(ir, ir.inputs, x, batch), ...valuesOf(ir, ir.outputs, y, batch)])
  for (const id of ir.outputs)
    if (tensors.get(id)!.some((value) => value >= 2n ** 61n || value <= -(2n ** 61n))) refuse('STATEMENT_MISMATCH')
  if (!params) refuse('BAD_PARAMS')
  const root = committed ? { wroot: manifest.wd } : {}
  return referenceVerify({ program: encodeProgram(program), zkModelId, ctx, x, y, pub: { tensors, weights }, ...root, c, l }, proof)
}

function checkRegistration(files: Published, zkModelId: Uint8Array, proof: Uint8Array): Verdict {
  readHeader(proof, proof[7] === 1)
  const manifest = manifestOf(files.manifest, zkModelId)
  const { ir } = modelOf(files, manifest)
  if (manifest.weights === 0) refuse('WRONG_MODE')
  readHeader(proof, true)
  const program = referenceLowerRegistration(ir)
  const [, c, l] = manifest.pcs[0]!
  const params = within(() => parameters(c, l, layout(program.segments).cells))
  if (params) checkMemory(program, params)
  if (!params) refuse('BAD_PARAMS')
  const none = new Uint8Array()
  const said = { program: encodeProgram(program), zkModelId, ctx: none, x: none, y: none, pub: { tensors: new Map(), weights: [] } }
  return referenceVerify({ ...said, wroot: manifest.wd, c, l }, proof)
}

const refuse = (code: Reject['code']): never => {
  throw new Reject(code)
}
/** Parameters, where they keep the rules: whether they do is asked after the statement. */
function within(make: () => Params): Params | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof Reject) return undefined
    throw error
  }
}

/** The integer model, valid, and its public weights, of the form that it asks for. SPEC 9.2, step 2. */
function modelOf(files: Published, { ir: name, weights, wd }: Manifest): { ir: Ir; weights: bigint[][] } {
  if (files.ir.length > 2 ** 22 || !same(tagged('zkml/v1/ir', files.ir), name)) refuse('WRONG_MODEL')
  const ir = decodeModel(files.ir)
  if (weights === 1) return { ir, weights: [] }
  const blob = files.weights
  if (blob === undefined || blob.length > 2 ** 28 || !same(tagged('zkml/v1/weights', blob), wd)) return refuse('WRONG_MODEL')
  const values = blobOf(ir, blob)
  checkTrees(ir, values)
  return { ir, weights: values }
}

const WIDTH = { i16: 2, i32: 4, i64: 8 } as const

/** Signed integers, little-endian. */
function integers(bytes: Uint8Array, dt: keyof typeof WIDTH): bigint[] {
  const width = WIDTH[dt]
  return Array.from({ length: bytes.length / width }, (_, i) =>
    BigInt.asIntN(8 * width, integer(bytes.subarray(i * width, (i + 1) * width))),
  )
}

/** The tensors of one side of a statement. SPEC 1.7. */
function valuesOf({ tensors }: Ir, ids: readonly number[], bytes: Uint8Array, batch: number): [number, bigint[]][] {
  const sizes = ids.map((id) => tensors[id]!.axes.reduce((product, n) => product * n, batch * WIDTH[tensors[id]!.dt]))
  if (sizes.reduce((x, y) => x + y, 0) !== bytes.length) refuse('STATEMENT_MISMATCH')
  let at = 0
  return ids.map((id, i) => {
    at += sizes[i]!
    return [id, integers(bytes.slice(at - sizes[i]!, at), tensors[id]!.dt)]
  })
}

/** The weights of a blob: u32 id ‖ u64 bytes ‖ integers, for each, as many as the model declares. SPEC 2.7. */
function blobOf(ir: Ir, blob: Uint8Array): bigint[][] {
  if (blob.length !== blobLength(ir)) refuse('BAD_IR')
  let at = 0
  return ir.weights.map(({ id, dt, axes }) => {
    const length = axes.reduce((product, n) => product * n, WIDTH[dt])
    if (integer(blob.slice(at, at + 4)) !== BigInt(id) || integer(blob.slice(at + 4, at + 12)) !== BigInt(length)) refuse('BAD_IR')
    at += 12 + length
    return integers(blob.slice(at - length, at), dt)
  })
}
