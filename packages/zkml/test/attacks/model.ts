import { interpret, type Trace } from '../../src/ir/interpret.ts'
import { encodeIr, irHash } from '../../src/ir/ir.ts'
import { encodeZkManifest, zkModelId } from '../../src/ir/manifest.ts'
import type { Ir, Weights } from '../../src/ir/types.ts'
import { bytesOfInts } from '../../src/ir/values.ts'
import { encodeWeights, weightsDigest } from '../../src/ir/weights.ts'
import { fill, publicValues } from '../../src/program/fill.ts'
import { lower } from '../../src/program/lower/lower.ts'
import { ModelBuilder } from '../../src/program/model.testkit.ts'
import { pack } from '../../src/program/packing.ts'
import type { PublicValues, Witness } from '../../src/program/types.ts'
import { weightRoot } from '../../src/proof/commitment.ts'
import { openModel, type ZkFiles, ZkModel } from '../../src/proof/model.ts'
import { parameters } from '../../src/proof/params.ts'
import { prove } from '../../src/proof/prove.ts'
import type { ZkStatement } from '../../src/proof/statement.ts'
import { headerOf, ZkVerifier } from '../../src/proof/verifier.ts'
import type { Verification } from '../../src/proof/verify.ts'
import { kernels } from '../reference/bridge.ts'
import type { Family } from './families.ts'

/** A published model of a family with one honest run, from which lies are made. */
export interface Published {
  readonly ir: Ir
  readonly weights: Weights
  readonly files: ZkFiles
  readonly model: ZkModel
  readonly trace: Trace
  readonly values: PublicValues
  readonly witness: Witness
  readonly statement: ZkStatement
}

export const verifier = new ZkVerifier(kernels)
const CTX = new TextEncoder().encode('vector')

/** Registers a family's model, and runs it. */
export function publish({ build, options = {}, published = {} }: Family): Published {
  const builder = new ModelBuilder(published.limb ?? 8, 7)
  const ir = builder.build(build(builder))
  const { batch = 1, mode = 'public', inputs } = options
  const value = options.value ?? (() => builder.random(4001) - 2000)
  // The sizes are written here and not chosen, so that better choices of a registration do not change what is published.
  const lowered = lower(ir, { batch, weights: mode, weightValues: builder.weights })
  const { cells } = pack(lowered.program.segments)
  const [c, l] = published.sizes ?? (cells[0] <= 2 ** 11 ? [6, 8] : [7, 9])
  const irBytes = encodeIr(ir)
  const blob = encodeWeights(ir.weights, builder.weights)
  const x =
    inputs ??
    ir.inputs.map((id) => Int16Array.from({ length: batch * ir.tensors[id]!.axes.reduce((a, b) => a * b, 1) }, (_, i) => value(i)))
  const trace = interpret(ir, builder.weights, x, { batch })
  const witness = fill(lowered, trace, builder.weights)
  const committed = mode === 'committed'
  const wd = committed ? weightRoot(kernels, witness.W!, parameters(c, l, ...cells)!) : weightsDigest(blob)
  const pcs = [batch, ...(published.batches ?? [])].map((one) => [one, c, l] as const)
  const manifest = encodeZkManifest({ v: 1, ir: irHash(irBytes), weights: committed ? 1 : 0, wd, pcs })
  const files: ZkFiles = { manifest, ir: irBytes, ...(committed ? {} : { weights: blob }) }
  const opened = openModel({ ...files, weights: blob }, zkModelId(manifest))
  if (!(opened instanceof ZkModel)) throw new Error(opened.code)
  const bytes = (ids: readonly number[]) => Buffer.concat(ids.map((id) => bytesOfInts(trace.tensors[id]!)))
  const statement: ZkStatement = {
    zkModelId: opened.id,
    batch,
    x: new Uint8Array(bytes(ir.inputs)),
    y: new Uint8Array(bytes(ir.outputs)),
    ctx: published.ctx ?? CTX,
  }
  return {
    ir,
    weights: builder.weights,
    files,
    model: opened,
    trace,
    values: publicValues(ir, trace, mode === 'committed' ? 'committed' : builder.weights),
    witness,
    statement,
  }
}

/** A proof of any statement and witness about a published model, true or not. */
export function proofOf(
  { model, values, witness }: Published,
  statement: ZkStatement,
  change: { w?: BigInt64Array; W?: BigInt64Array; values?: PublicValues } = {},
): Uint8Array {
  const { plan, params, hash } = model.program(statement.batch ?? 1)
  const own: Witness = { ...witness, ...(change.w ? { w: change.w } : {}), ...(change.W ? { W: change.W } : {}) }
  return prove(kernels, plan, params!, headerOf(model, hash, statement), change.values ?? values, own)
}

export const verify = (files: ZkFiles, statement: ZkStatement, proof: Uint8Array): Verification => verifier.verify(files, statement, proof)
