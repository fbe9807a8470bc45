import { unsupported } from '../errors.ts'
import type { RealNode } from '../real/types.ts'
import { Refusals } from '../refusals.ts'
import { IrBuilder } from './model.ts'
import { emitNode } from './node.ts'
import { scalesOf } from './scales.ts'

/** The integer model with the tensor of every live node of the real graph. */
export interface Emitted {
  readonly model: IrBuilder
  /** Tensor id by node id; undefined for nodes that nothing reads. */
  readonly tensors: readonly (number | undefined)[]
}

/**
 * Turns the real graph into integer nodes. `ranges`: the largest absolute value of every node over the samples. `outputs`: the nodes whose values
 * are outputs. `thrift`: bits of weights that may go for cheaper shifts. An accumulating node that is an output and nothing else is given raw: exact, and cheaper to prove.
 *
 * @throws OgError `ZK_UNSUPPORTED_OP` naming every node whose numbers do not fit
 */
export function emit(nodes: readonly RealNode[], ranges: readonly number[], outputs: readonly number[], thrift: number): Emitted {
  const live = reach(nodes, outputs)
  const read = new Set([...live].flatMap((id) => nodes[id]!.inputs.map((x) => x.id)))
  const refusals = new Refusals()
  const f = scalesOf(nodes, ranges, live, refusals)
  const model = new IrBuilder()
  const tensors: (number | undefined)[] = nodes.map(() => undefined)
  for (const [id, node] of nodes.entries()) {
    if (!live.has(id) || node.inputs.some((x) => tensors[x.id] === undefined)) continue
    const raw = outputs.includes(id) && !read.has(id) && node.lo === undefined && node.hi === undefined && node.f === undefined
    const x = (i: number, axes?: readonly number[]): number => {
      const { id: from, shape } = node.inputs[i]!
      const tensor = tensors[from]!
      return model.tensors[tensor]!.dt === 'i64' ? fail(node) : model.as(tensor, axes ?? shape)
    }
    tensors[id] = refusals.collect(() => emitNode({ model, node, raw, f: f[id]!, thrift, x }))
  }
  refusals.refuse()
  return { model, tensors }
}

function fail(node: RealNode): never {
  throw unsupported(node.from.op, node.from.node, 'it reads a score of trees, which must be an output')
}

/** Ids of the nodes that the outputs need. */
function reach(nodes: readonly RealNode[], outputs: readonly number[]): Set<number> {
  const live = new Set<number>()
  const open = [...outputs]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (live.has(id)) continue
    live.add(id)
    for (const x of nodes[id]!.inputs) open.push(x.id)
  }
  return live
}
