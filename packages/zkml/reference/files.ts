import { decode, encode } from 'cborg'
import type { Ir } from '../src/ir/types.ts'
import { integer, Reject, same, tagged } from './bytes.ts'
import { referenceLower } from './lower/lower.ts'
import { encodeProgram } from './program.ts'
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

/** Gives the bytes of a program. */
export type Lower = (ir: Ir, weights: readonly (readonly bigint[])[], options: { batch: number; committed: boolean }) => Uint8Array
const lowerHere: Lower = (ir, weights, options) => encodeProgram(referenceLower(ir, weights, options))

/**
 * The whole of SPEC 9.2 a second time, from the bytes of the files to a verdict. Takes on trust that the integer model behind a right hash is
 * valid and within the limits (`BAD_IR`, `BOUND_EXCEEDED`, `LIMIT`). `lower` is for models whose views are copied, which are lowered only once.
 */
export function referenceVerifyFiles(files: Published, claimed: Claimed, proof: Uint8Array, lower: Lower = lowerHere): Verdict {
  try {
    readHeader(proof, proof[7] === 1)
    const manifest = manifestOf(files, claimed.zkModelId)
    const committed = manifest.weights === 1
    readHeader(proof, committed)
    const { batch, ctx, x, y } = claimed
    if (!Number.isInteger(batch) || batch < 1 || batch > 2 ** 12 || ctx.length > 256) throw new Reject('STATEMENT_MISMATCH', 'batch, ctx')
    const [, c, l] = manifest.pcs.find(([permitted]) => permitted === batch) ?? refuse('BAD_PARAMS')
    const ir = decode(files.ir) as Ir
    const weights = committed ? [] : blobOf(ir, files.weights!)
    const tensors = new Map([...valuesOf(ir, ir.inputs, x, batch), ...valuesOf(ir, ir.outputs, y, batch)])
    for (const id of ir.outputs)
      if (tensors.get(id)!.some((value) => value >= 2n ** 61n || value <= -(2n ** 61n))) refuse('STATEMENT_MISMATCH')
    const program = lower(ir, weights, { batch, committed })
    const root = committed ? { wroot: manifest.wd } : {}
    return referenceVerify({ program, zkModelId: claimed.zkModelId, ctx, x, y, pub: { tensors, weights }, ...root, c, l }, proof)
  } catch (error) {
    if (error instanceof Reject) return { ok: false, code: error.code }
    throw error
  }
}

const refuse = (code: Reject['code']): never => {
  throw new Reject(code)
}

interface Manifest {
  readonly weights: 0 | 1
  readonly wd: Uint8Array
  readonly pcs: readonly (readonly [batch: number, c: number, l: number])[]
}

/** The manifest behind its name, and the files that it names. SPEC 9.2, step 2: everything else is `WRONG_MODEL`. */
function manifestOf({ manifest, ir, weights }: Published, id: Uint8Array): Manifest {
  if (manifest.length > 2 ** 12 || !same(tagged('zkml/v1/model', manifest), id)) refuse('WRONG_MODEL')
  const read = decode(manifest, { allowIndefinite: false, strict: true, rejectDuplicateMapKeys: true }) as Manifest & { ir: Uint8Array }
  if (!same(encode(read), manifest) || !same(tagged('zkml/v1/ir', ir), read.ir)) refuse('WRONG_MODEL')
  if (read.weights === 0 && (weights === undefined || !same(tagged('zkml/v1/weights', weights), read.wd))) refuse('WRONG_MODEL')
  const keys = Object.keys(read).filter((key) => key !== 'onnx')
  const entries = read.pcs.every(([batch, c, l], i) => {
    const [before, first, last] = i === 0 ? [0, c, l] : [read.pcs[i - 1]![0], read.pcs[0]![1], read.pcs[0]![2]]
    const alike = read.weights === 0 || (c === first && l === last)
    return batch > before && batch <= 2 ** 12 && c >= 5 && c <= 14 && l >= c + 2 && l <= 20 && alike
  })
  if (keys.sort().join() !== 'ir,pcs,v,wd,weights' || read.pcs.length < 1 || read.pcs.length > 64 || !entries) refuse('WRONG_MODEL')
  return read
}

const WIDTH = { i16: 2, i32: 4, i64: 8 } as const

/** Signed integers, little-endian. */
function integers(bytes: Uint8Array, dt: keyof typeof WIDTH): bigint[] {
  const width = WIDTH[dt]
  return Array.from({ length: bytes.length / width }, (_, i) => BigInt.asIntN(8 * width, integer(bytes.slice(i * width, (i + 1) * width))))
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

/** The weights of a blob: u32 id ‖ u64 bytes ‖ integers, for each. SPEC 2.7. */
function blobOf({ weights }: Ir, blob: Uint8Array): bigint[][] {
  let at = 0
  return weights.map(({ id, dt }) => {
    const length = Number(integer(blob.slice(at + 4, at + 12)))
    if (integer(blob.slice(at, at + 4)) !== BigInt(id)) refuse('BAD_IR')
    at += 12 + length
    return integers(blob.slice(at - length, at), dt)
  })
}
