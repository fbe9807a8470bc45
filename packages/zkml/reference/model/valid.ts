import type { Ir } from '../../src/ir/types.ts'
import { checkAttributes } from './attributes.ts'
import { badIr, readIr } from './read.ts'
import { yieldOf } from './shapes.ts'

const BYTES = { i16: 2, i32: 4, i64: 8 } as const

/** Cells of axes, given up above 2^26. */
function cells(axes: readonly number[]): number {
  let total = 1
  for (const n of axes) {
    total *= n
    if (total > 2 ** 26) return badIr('cells')
  }
  return total
}

/** An integer model behind its bytes. Whatever breaks a rule of SPEC 2.1 or 2.4 is `BAD_IR`; what weights hold is `checkTrees`' to say. */
export function decodeModel(bytes: Uint8Array): Ir {
  const ir = readIr(bytes)
  for (const listed of [ir.tensors, ir.weights, ir.tables]) if (listed.some(({ id }, i) => id !== i)) badIr('ids in order')
  for (const { axes } of ir.tensors) cells(axes)
  if (blobLength(ir) > 2 ** 28) badIr('weights')
  const defined = new Set<number>()
  const define = (id: number) => {
    if (id >= ir.tensors.length || defined.has(id)) badIr(`tensor ${id}`)
    defined.add(id)
  }
  for (const id of ir.inputs) {
    define(id)
    const { dt, f } = ir.tensors[id]!
    if (dt === 'i64' || (dt === 'i32' && f !== 0)) badIr('input')
  }
  for (const node of ir.nodes) {
    checkAttributes(node)
    if (node.in.some((id) => !defined.has(id)) || node.w.some((id) => id >= ir.weights.length)) badIr('what a node reads')
    define(node.out)
    const out = ir.tensors[node.out]!
    const is = yieldOf(
      ir,
      node,
      node.in.map((id) => ir.tensors[id]!),
      node.w.map((id) => ir.weights[id]!),
    )
    if (is.dt !== out.dt || is.axes.join() !== out.axes.join() || (is.f ?? out.f) !== out.f) badIr(`output of ${node.op}`)
    if (out.dt === 'i64' && !ir.outputs.includes(node.out)) badIr('i64 that is no output')
  }
  if (defined.size !== ir.tensors.length) badIr('tensor that nothing defines')
  if (new Set(ir.outputs).size !== ir.outputs.length || ir.outputs.some((id) => !defined.has(id) || ir.inputs.includes(id)))
    badIr('outputs')
  return ir
}

/** Bytes of the blob that a model declares. SPEC 2.7. */
export const blobLength = ({ weights }: Ir): number => weights.reduce((total, { axes, dt }) => total + 12 + BYTES[dt] * cells(axes), 0)
