import type { Desk, KPtr } from './desk.ts'
import type { Entry, Plan } from './plan.ts'
import type { Tables } from './table.ts'
import type { Transcript } from './transcript.ts'

/** Where the lookup argument ends: a point of the leaves, and the claims p_L, q_L there. */
export interface Leaves {
  readonly leafPoint: KPtr
  readonly leafClaims: KPtr
}

/** Fills the leaves and plays SPEC 5 step 3, writing to `proof`. A witness with a false lookup gives a proof that fails at the root. */
export function proveLookups(desk: Desk, plan: Plan, tables: Tables, transcript: Transcript, ab: KPtr, proof: number): Leaves {
  const leafPoint = desk.alloc(16 * Math.max(1, plan.leafBits))
  const leafClaims = desk.alloc(32)
  if (plan.leafBits === 0) return { leafPoint, leafClaims }
  const betas = desk.powers(ab + 16, 1 + Math.max(1, ...plan.entries.map(({ forms, table }) => (forms ?? table[3]).length))) + 16
  const blocks = plan.entries.map((entry) => prepare(desk, tables, entry, ab))
  const leaves = 2 ** plan.leafBits
  const mark = desk.kernels.mark()
  const P = desk.alloc(8 * leaves)
  const Q = desk.alloc(16 * leaves)
  const scratch = desk.alloc(desk.x.gkrScratch(plan.leafBits))
  for (const { entry, axes, base, columns, count, mult } of blocks)
    desk.x.leafFill(P + 8 * entry.offset, Q + 16 * entry.offset, axes, entry.space.length, base, betas, columns, count, mult)
  const last = plan.entries.at(-1)!
  const filled = last.offset + 2 ** last.bits
  desk.x.leafPad(P + 8 * filled, Q + 16 * filled, leaves - filled)
  desk.x.gkrProve(transcript.st, P, Q, plan.leafBits, scratch, proof, leafPoint, leafClaims)
  desk.kernels.release(mark)
  return { leafPoint, leafClaims }
}

/** Everything that `leafFill` reads for one entry. */
function prepare(desk: Desk, tables: Tables, entry: Entry, alpha: KPtr) {
  const { table, forms } = entry
  const axes = desk.axisRecords(entry.space.map((axis) => ({ at: 0, axis })))
  const base = desk.sub(alpha, desk.int(BigInt(table[0])))
  const columns =
    forms === undefined && table[1] === 'range' ? [iota(desk, entry.bits)] : (forms ?? table[3]).map((form) => tables.form(form))
  const mult = forms === undefined ? tables.segment(table[5]) : 0
  return { entry, axes, base, columns: desk.kernels.put(Uint32Array.from(columns)), count: columns.length, mult }
}

function iota(desk: Desk, bits: number): number {
  const out = desk.alloc(8 * 2 ** bits)
  desk.x.fIota(out, 2 ** bits)
  return out
}
