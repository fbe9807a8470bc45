import type { Attributes } from '../../src/ir/types.ts'
import { attr, broken, gemm, type Make, one, ROUND } from './broken.ts'
import type { RejectedVector } from './proofs.ts'
import { type Change, published } from './publication.ts'
import { COMMITTED, clip, NOUGHTS, nodeOf, pwl, trees, WINDOW } from './publishers.ts'

/** Refusals of models by every rule that the first publishers did not break. `of`, `committed`: vectors whose proofs are shown. */
export function refusals(of: string, committed: string): RejectedVector[] {
  const bad = (says: string, code: string, make: Make, change: Change) => published(says, of, code, make, change)
  const deep =
    (d: number, how: Attributes): Make =>
    (m) => [m.node('Gemm', [m.input([4])], [m.weight([1, 4], 'i16', () => 32767)], [1], { d: [d], ...how })]
  const long = (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)
  const batch = { manifest: { pcs: [[4096, 6, 8]] }, statement: { batch: 4096 } }
  return [
    ...broken.map(([says, make, spoil]) => bad(says, 'BAD_IR', make, { spoil })),
    bad('model with a byte behind its end', 'BAD_IR', clip, { ir: long }),
    bad('model with a map of no certain length', 'BAD_IR', clip, { ir: (ir) => Uint8Array.of(0xbf, ...ir.slice(1), 0xff) }),
    bad('model that is nothing', 'BAD_IR', clip, { ir: () => new Uint8Array() }),
    bad('weights with a byte behind their end', 'BAD_IR', gemm, { blob: long }),
    bad('weights numbered from 1', 'BAD_IR', gemm, { blob: (bytes) => bytes.map((byte, i) => (i === 0 ? 1 : byte)) }),
    bad('weights that say another length', 'BAD_IR', gemm, { blob: (bytes) => bytes.map((byte, i) => (i === 4 ? byte + 2 : byte)) }),
    bad('manifest with a byte as its digest', 'WRONG_MODEL', clip, { manifest: { wd: new Uint8Array(1) } }),
    bad('manifest with batches in another order', 'WRONG_MODEL', clip, {
      manifest: {
        pcs: [
          [2, 6, 8],
          [1, 6, 8],
        ],
      },
    }),
    bad('bad model of other weights than the manifest names', 'BAD_IR', clip, {
      spoil: attr({ s: 41 }),
      manifest: { wd: new Uint8Array(32) },
    }),
    bad('bad model in a batch of 0', 'BAD_IR', clip, { spoil: attr({ s: 41 }), statement: { batch: 0 } }),
    bad('shift and overshoot of more than 60 bits', 'BOUND_EXCEEDED', deep(29, { s: 40, lo: -9, hi: 9 }), {}),
    published(
      'committed weights that could be large enough',
      committed,
      'BOUND_EXCEEDED',
      (m) => [m.node('Gemm', [m.input([4])], [m.weight([1, 4], 'i16', () => 1)], [1], { d: [29], raw: 1 })],
      {
        manifest: COMMITTED,
      },
    ),
    bad(
      'table of features with 2^22 rows and more',
      'LIMIT',
      (m) => {
        const [out] = trees({})(m)
        Object.assign(m.tensors[0]!, { axes: [1024] })
        return [out!]
      },
      batch,
    ),
    bad(
      'activations that are more than 2^25 lookups',
      'LIMIT',
      one('Clip', [2 ** 17 + 1], [2 ** 17 + 1], { s: 8, lo: -32768, hi: 32767 }),
      {
        manifest: { pcs: [[64, 6, 8]] },
        statement: { batch: 64 },
      },
    ),
    bad(
      'constants on nine axes of 2^19 cells',
      'LIMIT',
      (m) => {
        const x = m.input([2])
        return Array.from({ length: 9 }, (_, i) =>
          m.node('Pad', [x], [], [2 ** 19], { ax: 0, before: i, after: 2 ** 19 - 2 - i, value: 5 }),
        )
      },
      {},
    ),
    bad(
      'model over a bound and over a limit',
      'LIMIT',
      (m) => [...deep(40, { raw: 1 })(m), ...one('Clip', [2 ** 19], [2 ** 19], ROUND)(m)],
      batch,
    ),
  ]
}

/** Of two rules that are broken the first: what came after the vectors of registrations. */
export function ordered(of: string): RejectedVector[] {
  const circle = trees({ left: [0, 1, 2] })
  const few = { manifest: { pcs: [[1, 5, 7]] } }
  const windows: Make = (m) => {
    const x = m.input([1, 512, 512])
    const conv = () => m.node('Conv', [x], [m.noise([1, 1, 8, 8], 'i16', 9)], [1, 505, 505], { group: 1, ...WINDOW, d: [0], raw: 1 })
    return [conv(), conv()]
  }
  return [
    published('tree that runs in a circle, in a batch of 0', of, 'BAD_IR', circle, { statement: { batch: 0 } }),
    published('tree that runs in a circle, in a batch that the manifest does not have', of, 'BAD_IR', circle, { statement: { batch: 2 } }),
    published('sizes with too many columns to open', of, 'BAD_PARAMS', clip, { ...few, statement: NOUGHTS }),
    published('sizes with too many columns to open, and values of another length', of, 'STATEMENT_MISMATCH', clip, few),
    published('windows that take more memory than a verifier has', of, 'LIMIT', windows, {}),
    published('windows that take more memory, in sizes with too many columns to open', of, 'STATEMENT_MISMATCH', windows, few),
  ]
}

/** Rules of SPEC 2.1 and 2.8 that nothing else stands behind: without its check each of these would be a model. */
export function alone(of: string, committed: string): RejectedVector[] {
  const bad = (says: string, make: Make, spoil: Change['spoil'] & {}) => published(says, of, 'BAD_IR', make, { spoil })
  const manifest = (says: string, fields: Record<string, unknown>) => published(says, of, 'WRONG_MODEL', clip, { manifest: fields })
  const weight = (axes: readonly number[], dt: string): Change => ({
    spoil: (ir) => (ir.weights as object[]).push({ id: 2, axes, dt, f: 0 }),
    manifest: COMMITTED,
  })
  return [
    bad('model with one input twice', clip, (ir) => Object.assign(ir, { inputs: [0, 0] })),
    bad('model with an input of int64 that nothing reads', clip, (ir) => {
      ;(ir.tensors as object[]).push({ id: 2, axes: [4], dt: 'i64', f: 0 })
      Object.assign(ir, { inputs: [0, 2] })
    }),
    bad('node with an input too many', clip, (ir) => Object.assign(nodeOf(ir), { in: [0, 0] })),
    bad('node with a weight too many', gemm, (ir) => Object.assign(nodeOf(ir), { w: [0, 1, 1] })),
    bad('node whose output has another type', clip, (ir) => Object.assign((ir.tensors as object[])[1]!, { dt: 'i32' })),
    bad('model with an output that is not there', clip, (ir) => Object.assign(ir, { outputs: [1, 9] })),
    bad('model whose weights are numbered otherwise', gemm, (ir) => Object.assign((ir.weights as object[])[0]!, { id: 5 })),
    published('weight of more than 2^26 cells', committed, 'BAD_IR', gemm, weight([2 ** 13, 2 ** 13 + 1], 'i16')),
    published('weights of more than 2^28 bytes', committed, 'BAD_IR', gemm, weight([2 ** 13, 2 ** 13], 'i64')),
    bad('model of version 2', clip, (ir) => Object.assign(ir, { v: 2 })),
    bad('table of another kind', pwl, (ir) => Object.assign((ir.tables as object[])[0]!, { kind: 'rows' })),
    manifest('manifest of version 2', { v: 2 }),
    manifest('manifest with one batch twice', { pcs: Array(2).fill([1, 6, 8]) }),
    manifest('manifest with codewords twice as long as their rows', { pcs: [[1, 6, 7]] }),
  ]
}
