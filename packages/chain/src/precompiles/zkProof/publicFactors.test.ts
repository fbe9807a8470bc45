import { encodeZkProofInput } from '@opengradient/protocol'
import type { IrNode, IrTensor } from '@opengradient/zkml'
import { expect, it } from 'vitest'
import { provable } from './model.testkit.ts'
import { zkProof } from './zkProof.ts'

/** Gas for one cell of a table; the step takes a sixth of the time that it pays for. */
const CELL = 2

/**
 * Two numbers, repeated over wide axes and put one behind the other `parts` times, times themselves: a kilobyte, and as many terms in each public
 * factor, every one of which the verifier reads over the whole table.
 */
function repeated(parts: number, wide: number): Uint8Array {
  const nodes: IrNode[] = []
  const tensors: IrTensor[] = [{ id: 0, axes: [2, 1, 1], dt: 'i16', f: 0 }]
  const node = (op: string, ins: readonly number[], axes: readonly number[], a: IrNode['a']): number => {
    nodes.push({ op, in: ins, w: [], out: tensors.length, a })
    return tensors.push({ id: tensors.length, axes, dt: a.raw === 1 ? 'i64' : 'i16', f: 0 }) - 1
  }
  const rows = node('Gather', [0], [2, wide, 1], { ax: 1, idx: Array(wide).fill(0) })
  const plane = node('Gather', [rows], [2, wide, wide], { ax: 2, idx: Array(wide).fill(0) })
  const all = node('Concat', Array(parts).fill(plane), [2 * parts, wide, wide], { ax: 0 })
  const flat = node('Reshape', [all], [1, 2 * parts * wide * wide], {})
  const out = node('MatMulAA', [flat, flat], [1, 1], { raw: 1 })
  const ir = { v: 1, name: '', inputs: [0], outputs: [out], nodes, tensors, weights: [], tables: [], limb: 8 } as const
  return encodeZkProofInput(provable(ir, []).prove([Int16Array.of(3, -5)]))
}

it('a term of a public factor is paid for over the whole table, however little it reads', async () => {
  for (const [parts, wide] of [
    [4, 8],
    [32, 8],
    [32, 16],
  ] as const) {
    const { executionGasUsed, returnValue } = await zkProof({ data: repeated(parts, wide), gasLimit: 10n ** 9n } as never)
    expect(returnValue[31]).toBe(1)
    const table = 2 * parts * wide * wide
    expect(executionGasUsed).toBeGreaterThan(2 * (1 + parts) * table * CELL)
  }
})
