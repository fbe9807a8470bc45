import { OgError } from '@opengradient/protocol'
import { checkPresumed, checkWeights } from '../ir/check.ts'
import { encodeIr, irHash } from '../ir/ir.ts'
import { encodeZkManifest, type PcsEntry, zkModelId } from '../ir/manifest.ts'
import type { Ir, Weights } from '../ir/types.ts'
import { encodeWeights, weightsDigest } from '../ir/weights.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { fillWeights } from '../program/fill.ts'
import { type Lowered, lower } from '../program/lower/lower.ts'
import { weightRoot } from './commitment.ts'
import type { ZkFiles } from './model.ts'
import { parameters } from './params.ts'
import { planOf } from './plan.ts'
import { chooseSizes } from './sizes.ts'
import { checkVerifierMemory } from './verifierMemory.ts'

/** What is published of a model, and which proofs it can have. */
export interface RegisterOptions {
  /** Batches that proofs may have; strictly increasing. By default only 1. */
  readonly batches?: readonly number[]
  /** Commit to the weights instead of publishing them: integrity, **not** confidentiality. SPEC 0, 6.8. */
  readonly commitWeights?: boolean
  /** Hash of the ONNX file, 32 bytes: the publisher's own word. */
  readonly onnx?: Uint8Array
}

/**
 * The files of an integer model under proof, and its id: SPEC 9.4. Throws as `lower` does, and `ZK_BAD_WEIGHTS` or `ZK_BAD_IR` for weights
 * that the model cannot use. The weights blob of committed weights stays with the owner.
 */
export function registerModel(
  kernels: Kernels,
  ir: Ir,
  weights: Weights,
  options: RegisterOptions = {},
): { readonly files: Required<ZkFiles>; readonly zkModelId: Uint8Array } {
  const { batches = [1], commitWeights = false, onnx } = options
  const irBytes = encodeIr(ir)
  const blob = encodeWeights(ir.weights, weights)
  checkWeights(ir, weights)
  if (commitWeights) checkPresumed(ir, weights)
  const mode = commitWeights ? 'committed' : 'public'
  const lowered = batches.map((batch) => lower(ir, { batch, weights: mode, weightValues: weights }))
  const plans = lowered.map(({ program }) => planOf(program))
  const largest = plans.at(-1)?.packing.cells ?? [1, 0]
  const shared = chooseSizes(...largest)
  const pcs = plans.map(({ packing }, i): PcsEntry => {
    const { c, l } = commitWeights ? shared : chooseSizes(...packing.cells)
    checkVerifierMemory(plans[i]!, parameters(c, l, ...packing.cells)!)
    return [batches[i]!, c, l]
  })
  const wd = commitWeights ? rootFor(kernels, lowered[0]!, weights, shared) : weightsDigest(blob)
  const manifest = encodeZkManifest({ v: 1, ir: irHash(irBytes), weights: commitWeights ? 1 : 0, wd, pcs, ...(onnx ? { onnx } : {}) })
  return { files: { manifest, ir: irBytes, weights: blob }, zkModelId: zkModelId(manifest) }
}

function rootFor(kernels: Kernels, lowered: Lowered, weights: Weights, { c, l }: { c: number; l: number }): Uint8Array {
  const W = fillWeights(lowered, weights)
  const params = parameters(c, l, 1, W.length)
  if (params === undefined || W.length === 0) throw new OgError('ZK_BAD_WEIGHTS', 'Weights: there are none to commit to.')
  return weightRoot(kernels, W, params)
}
