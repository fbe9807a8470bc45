import { OgError } from '@opengradient/protocol'
import type { LoadedModel } from '../engine/engine.ts'
import { equalTensors, numbersOf, type Tensor } from '../engine/tensor.ts'
import { sameBut, stack, unstack } from './batch.ts'

/** One example of a manifest as tensors, in the order of the model's signature. */
export interface GoldenCase {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

/** How near an answer must be to the golden one: equal bytes, or |answer − golden| ≤ atol + rtol · |golden|. Integers and strings always equal. */
export type Closeness = 'equal' | { readonly atol: number; readonly rtol: number }

/**
 * Runs the manifest's examples through a freshly loaded model and compares. It also warms the model up: the first run costs up to 70 others.
 * @throws OgError `ENGINE_GOLDEN_MISMATCH` naming the example, the output and the first element that differs
 */
export async function selfTest(model: LoadedModel, golden: readonly GoldenCase[], closeness: Closeness): Promise<void> {
  for (const [i, { inputs, outputs }] of golden.entries()) {
    const result = await model.run(inputs)
    for (const [o, expected] of outputs.entries()) compare(result.outputs[o]!, expected, closeness, i)
  }
}

/**
 * Whether stacking the examples changes any byte of any answer on this machine. A manifest may claim invariance and be wrong about it;
 * a transformer, for one, often answers a single row differently from two.
 */
export async function stacksInvariantly(model: LoadedModel, golden: readonly GoldenCase[]): Promise<boolean> {
  const [first] = golden
  if (first === undefined) return true
  const others = golden.filter(({ inputs }) => sameBut(inputs, first.inputs) && inputs[0]!.shape[0]! > 0)
  const requests = (others.length > 1 ? others : [first, first, first]).map(({ inputs }) => inputs)
  const alone: (readonly Tensor[])[] = []
  for (const inputs of requests) alone.push((await model.run(inputs)).outputs)
  const together = unstack(
    (await model.run(stack(requests))).outputs,
    requests.map((inputs) => inputs[0]!.shape[0]!),
  )
  return together?.every((outputs, i) => outputs.every((output, o) => equalTensors(output, alone[i]![o]!))) ?? false
}

function compare(actual: Tensor, expected: Tensor, closeness: Closeness, example: number): void {
  const mismatch = (what: string): OgError =>
    new OgError('ENGINE_GOLDEN_MISMATCH', `golden[${example}].output "${expected.name}": ${what}.`, {
      details: { example, output: expected.name },
    })
  if (actual.shape.join() !== expected.shape.join()) throw mismatch(`the shape is [${actual.shape}], the manifest says [${expected.shape}]`)
  if (equalTensors(actual, expected)) return
  const a = numbersOf(actual)
  const b = numbersOf(expected)
  if (closeness === 'equal' || a === undefined || b === undefined) throw mismatch('the bytes differ')
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (!(difference <= closeness.atol + closeness.rtol * Math.abs(b[i]!)) && !Object.is(a[i], b[i])) {
      throw mismatch(`element ${i} is ${a[i]}, the manifest says ${b[i]} (within ${closeness.atol} + ${closeness.rtol}·|x|)`)
    }
  }
}
