import { isArrayOf, OgError } from '@opengradient/protocol'
import { type Accumulators, accumulate } from './accumulate.ts'
import { cellsOf } from './axes.ts'
import { type Bounds, boundsOf } from './bounds.ts'
import { checkWeights } from './check.ts'
import { MAX_BATCH, MAX_TRACE_CELLS } from './limits.ts'
import { contractPlain } from './ops/contract.ts'
import { type Contract, intOf, isRaw, type Run, type Site } from './ops/op.ts'
import { siteOf } from './ops/site.ts'
import { requant, requantNumber } from './rounding.ts'
import type { IntArray, Ir, Weights } from './types.ts'
import { dtOf } from './values.ts'

/** Every value of one run. */
export interface Trace {
  readonly batch: number
  /** Values by tensor id, row-major, batch as the leading axis. */
  readonly tensors: readonly IntArray[]
  /** By node index: the accumulator before requantisation; `undefined` for nodes without one. */
  readonly acc: readonly (Accumulators | undefined)[]
}

/** How an integer model is run. */
export interface InterpretOptions {
  /** Inputs in the order of `ir.inputs`, this many in each array. Default 1. */
  readonly batch?: number
  /** A faster contraction than the plain one. */
  readonly contract?: Contract
  /** `boundsOf(ir, weights)`, or those of committed weights, if they are already there. */
  readonly bounds?: Bounds
}

/**
 * Runs a valid integer model on the inputs (in the order of `ir.inputs`). This is the specification of what is proved: SPEC 2.2,
 * 2.4. Throws `ZK_INPUT_SHAPE`, `ZK_LIMIT` (batch or cells), `ZK_BAD_WEIGHTS`, `ZK_BAD_IR` (trees) and `ZK_BOUND_EXCEEDED`.
 */
export function interpret(ir: Ir, weights: Weights, inputs: readonly IntArray[], options: InterpretOptions = {}): Trace {
  const { batch = 1, contract = contractPlain } = options
  checkSize(ir, batch)
  checkInputs(ir, inputs, batch)
  checkWeights(ir, weights)
  const bounds = options.bounds ?? boundsOf(ir, weights)
  const tensors: IntArray[] = []
  for (const [i, id] of ir.inputs.entries()) tensors[id] = inputs[i]!
  const acc = ir.nodes.map((node, index) => {
    const { site, rule } = siteOf(ir, index)
    const values = node.in.map((id) => tensors[id]!).filter((array) => !isArrayOf('BigInt64Array', array))
    const run: Run = { ...site, batch, values, weights, contract }
    if (rule.kind === 'direct') {
      tensors[node.out] = rule.evaluate(run)
      return undefined
    }
    const { requant: limits, out } = bounds.nodes[index]!
    const accumulators = accumulate(site, rule.evaluate(run), limits?.acc ?? out)
    tensors[node.out] = isRaw(node) ? toInt64(accumulators) : requantised(site, accumulators)
    return accumulators
  })
  return { batch, tensors, acc }
}

function requantised(site: Site, acc: Accumulators): Int16Array {
  const [s, lo, hi] = [intOf(site, 's'), intOf(site, 'lo'), intOf(site, 'hi')]
  const out = new Int16Array(acc.length)
  if (isArrayOf('Float64Array', acc)) for (let i = 0; i < acc.length; i++) out[i] = requantNumber(acc[i]!, s, lo, hi)
  else for (let i = 0; i < acc.length; i++) out[i] = requant(acc[i]!, s, lo, hi)
  return out
}

function toInt64(acc: Accumulators): BigInt64Array {
  return isArrayOf('BigInt64Array', acc) ? acc.slice() : BigInt64Array.from(acc, (value) => BigInt(value))
}

function checkSize({ tensors }: Ir, batch: number): void {
  if (!Number.isSafeInteger(batch) || batch < 1 || batch > MAX_BATCH) {
    throw new OgError('ZK_LIMIT', `A batch holds 1 to ${MAX_BATCH} inputs, not ${batch}.`, { details: { batch } })
  }
  const cells = batch * tensors.reduce((sum, { axes }) => sum + cellsOf(axes), 0)
  if (cells > MAX_TRACE_CELLS) {
    throw new OgError('ZK_LIMIT', `One run would hold ${cells} cells, over the limit of ${MAX_TRACE_CELLS}. Use a smaller batch.`, {
      details: { cells, limit: MAX_TRACE_CELLS },
    })
  }
}

function checkInputs(ir: Ir, inputs: readonly IntArray[], batch: number): void {
  const problem =
    inputs.length === ir.inputs.length
      ? ir.inputs.map((id, i) => inputProblem(ir, id, inputs[i]!, batch)).find((text) => text !== undefined)
      : `There are ${inputs.length} inputs; the model has ${ir.inputs.length}.`
  if (problem !== undefined) throw new OgError('ZK_INPUT_SHAPE', problem)
}

function inputProblem({ tensors }: Ir, id: number, values: IntArray, batch: number): string | undefined {
  const { axes, dt } = tensors[id]!
  const cells = batch * cellsOf(axes)
  if (dtOf(values) !== dt) return `Input tensor ${id} is ${dt}, not ${dtOf(values)}.`
  return values.length === cells ? undefined : `Input tensor ${id} has ${values.length} values; ${batch} × [${axes}] are ${cells}.`
}
