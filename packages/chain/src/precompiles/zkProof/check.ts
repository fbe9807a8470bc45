import type { ZkCode, ZkProofInput } from '@opengradient/protocol'
import {
  checkHead,
  coded,
  decodeZkManifest,
  type Ir,
  isOutOfMemory,
  type Kernels,
  openModel,
  type VerifierCost,
  verifierCost,
  verifyWith,
  ZkModel,
} from '@opengradient/zkml'
import { type Meter, OutOfGas } from '../meter.ts'
import { PRICES } from './prices.ts'

/**
 * Whether a proof shows its statement, each step paid for before it is taken: first the bytes, then the lowering while it goes on, then what
 * the shapes of the program say of the rest. Throws `OutOfGas`, and what says that this machine has no
 * more memory: its own fault, and no verdict. The verdict depends on nothing but the input, and is the one of
 * `packages/zkml/SPEC.md`, 9.2; the batch follows from the length of x.
 */
export function checkProof(kernels: Kernels, input: ZkProofInput, meter: Meter): ZkCode {
  chargeBytes(input, meter)
  try {
    return verdict(kernels, input, meter)
  } catch (error) {
    if (error instanceof OutOfGas || isOutOfMemory(error)) throw error
    return 'INTERNAL'
  }
}

function chargeBytes({ manifest, ir, weights, x, y, ctx, proof }: ZkProofInput, meter: Meter): void {
  meter.charge(manifest.length + ir.length, PRICES.modelByte)
  meter.charge(weights.length, PRICES.weightByte)
  meter.charge(x.length + y.length, PRICES.valueByte)
  meter.charge(ctx.length + proof.length, PRICES.proofByte)
}

function verdict(kernels: Kernels, input: ZkProofInput, meter: Meter): ZkCode {
  const { manifest, ir, weights, zkModelId, x, y, ctx, proof } = input
  const head = checkHead(proof)
  if (head) return codeOf(head)
  const committed = isCommitted(manifest)
  // Nobody could say whether these are the weights that are committed to.
  if (committed && weights.length > 0) return 'WRONG_MODEL'
  const files = { manifest, ir, ...(committed ? {} : { weights }) }
  const model = openModel(files, zkModelId, kernels, (of) => committed || chargeWeights(of, meter))
  if (!(model instanceof ZkModel)) return model.code
  const statement = { zkModelId, batch: x.length / bytesOfOne(model), x, y, ctx }
  const refused = chargeProgram(model, statement.batch, proof, meter)
  return refused ?? codeOf(verifyWith(kernels, model, statement, proof))
}

/** Whether a manifest, if it is one, commits to weights instead of publishing them. */
function isCommitted(bytes: Uint8Array): boolean {
  const manifest = coded(() => decodeZkManifest(bytes))
  return !('code' in manifest) && manifest.weights === 1
}

/** Makes the program of the batch, if there is one, and pays for its verification. Answers why there is no program. */
function chargeProgram(model: ZkModel, batch: number, proof: Uint8Array, meter: Meter): ZkCode | undefined {
  if (!model.permits(batch) || checkHead(proof, model.manifest.weights)) return undefined
  const program = coded(() =>
    model.program(batch, (parts, entries) => {
      meter.charge(parts, PRICES.lowering.part)
      meter.charge(entries, PRICES.lowering.entry)
    }),
  )
  if ('code' in program) return program.code
  if (!program.params) return undefined
  const cost = verifierCost(program.plan, program.params)
  for (const [step, count] of Object.entries(cost)) meter.charge(count, PRICES.verifier[step as keyof VerifierCost])
  return undefined
}

/** Many nodes may read the same weights. */
function chargeWeights({ nodes, weights }: Ir, meter: Meter): void {
  for (const { w } of nodes)
    for (const id of w) {
      const { dt, axes } = weights[id]!
      meter.charge(cellsOf(axes), dt === 'i16' ? PRICES.weight.i16 : PRICES.weight.wide)
    }
}

const BYTES = { i16: 2, i32: 4, i64: 8 } as const

/** Bytes of the inputs of one request. */
function bytesOfOne({ ir }: ZkModel): number {
  return ir.inputs.reduce((sum, id) => {
    const { dt, axes } = ir.tensors[id]!
    return sum + BYTES[dt] * cellsOf(axes)
  }, 0)
}

const cellsOf = (axes: readonly number[]): number => axes.reduce((cells, n) => cells * n, 1)

function codeOf(verification: { readonly ok: true } | { readonly ok: false; readonly code: ZkCode }): ZkCode {
  return verification.ok ? 'OK' : verification.code
}
