import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../../src/ir/types.ts'
import type { CaseOptions, ModelBuilder } from '../../../src/program/model.testkit.ts'
import { proofOf, publish, verify } from '../model.ts'

const EXACT: Attributes = { s: 0, lo: -32768, hi: 32767 }
const window = { stride: [1, 1], pad: [1, 1, 1, 1], dil: [1, 1] }

/** Models that say things about public values only, or leave some of them alone. */
const MODELS: readonly [string, (m: ModelBuilder) => number[], CaseOptions?][] = [
  ['an input that is an output in other axes', (m) => [m.node('Reshape', [m.input([2, 3])], [], [6], {})]],
  [
    'an input turned round, padded and cut',
    (m) => {
      const t = m.node('Transpose', [m.input([2, 3])], [], [3, 2], { perm: [1, 0] })
      const p = m.node('Pad', [t], [], [3, 5], { ax: 1, before: 1, after: 2, value: -7 })
      return [m.node('Slice', [p], [], [3, 3], { ax: 1, start: 0, len: 3 })]
    },
    { batch: 3 },
  ],
  [
    'the same input twice in one output',
    (m) => {
      const x = m.input([3])
      return [m.node('Gather', [m.node('Concat', [x, x], [], [6], { ax: 0 })], [], [4], { ax: 0, idx: [5, 0, 0, 2] })]
    },
  ],
  [
    'an input that nothing reads',
    (m) => {
      const x = m.input([3])
      m.input([2])
      return [m.node('Clip', [x], [], [3], EXACT)]
    },
  ],
  [
    'raw outputs of public factors only',
    (m) => {
      const x = m.input([2, 3, 3])
      const conv = (group: number) => {
        const w = m.noise([2, 2 / group, 2, 2], 'i16', 50)
        return m.node('Conv', [x], [w], [2, 4, 4], { group, ...window, d: [0, 3], raw: 1 })
      }
      return [conv(1), conv(2)]
    },
    { batch: 2 },
  ],
  [
    'a raw product of two inputs',
    (m) => [m.node('MatMulAA', [m.input([3, 2, 4]), m.input([3, 1, 4])], [], [3, 2, 1], { raw: 1 })],
    { batch: 2 },
  ],
  [
    'contractions over one term',
    (m) => {
      const x = m.input([3, 1])
      return [m.gemm(x, 2, { raw: 1 }), m.gemm(m.gemm(x, 1, { lo: 0 }), 1, { raw: 1 })]
    },
  ],
]

describe('a statement about public values', () => {
  it.each(MODELS)('is proved for %s, and no other: every cell of x and y, the witness made anew', (_, build, options = {}) => {
    const published = publish({ name: '', build, options } as Parameters<typeof publish>[0])
    const { files, statement, values, ir } = published
    expect(verify(files, statement, proofOf(published, statement))).toEqual({ ok: true })
    for (const [ids, part] of [
      [ir.inputs, 'x'],
      [ir.outputs, 'y'],
    ] as const) {
      let at = 0
      for (const id of ids) {
        const honest = values.tensors.get(id)!
        for (let i = 0; i < honest.length; i++, at += honest.BYTES_PER_ELEMENT) {
          const bytes = statement[part].slice()
          bytes[at]! ^= 1
          const changed = honest.slice()
          if (changed instanceof BigInt64Array) changed[i]! ^= 1n
          else changed[i]! ^= 1
          const lie = { ...statement, [part]: bytes }
          const change = { values: { ...values, tensors: new Map([...values.tensors, [id, changed] as const]) } }
          expect(verify(files, lie, proofOf(published, statement)).ok).toBe(false)
          const isRead = ir.outputs.includes(id) || ir.nodes.some((node) => node.in.includes(id))
          if (isRead) expect(lies(() => verify(files, lie, proofOf(published, lie, change)).ok)).toBe(false)
        }
      }
    }
  })
})

/** A prover may refuse to lie. */
function lies(run: () => boolean): boolean {
  try {
    return run()
  } catch {
    return false
  }
}
