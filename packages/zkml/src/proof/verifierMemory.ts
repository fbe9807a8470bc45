import { within } from '../program/limits.ts'
import { bitsOf, realCells, sourceSpace } from '../program/space.ts'
import type { Form } from '../program/types.ts'
import { isCommitted } from '../program/work.ts'
import { verifierCost } from './cost.ts'
import { MAX_PROOF_BYTES, type Params } from './params.ts'
import type { Plan } from './plan.ts'

/** Bytes that verifying one proof may take in the memory of the kernels, which have 2^31: a constant of version 1. SPEC 3.6. */
export const MAX_VERIFIER_BYTES = 2 ** 31 - 2 ** 26

/** Bytes for each entry of an axis vector and each cell of a public source: what is made of it on the way, too. */
const STEP = 48
/** Bytes for each part of the program, and for each constraint, table and sent value. */
const PART = 256
const CONSTRAINT = 4096
/** Cells of windows that are written out at a time. */
const WINDOW_CELLS = 2 ** 20

/**
 * Bytes of memory that verifying a proof of this program takes at most, from shapes alone: the same number on every machine. SPEC 3.6.
 */
export function verifierMemory(plan: Plan, params: Params): number {
  const { program } = plan
  const { parts, entries, cells } = verifierCost(plan, params)
  let bytes = 2 * MAX_PROOF_BYTES + 16 * (params.n + 4 * params.k) + PART * parts
  bytes += CONSTRAINT * (program.constraints.length + program.tables.length + program.segments.length + plan.sent.length)
  bytes += STEP * (entries + cells)
  for (const constraint of program.constraints) {
    if (constraint[0] !== 'con') continue
    const [, L, R, , nb, nm, nn] = constraint
    // A map is read once for each tap, which takes time and no memory.
    bytes -= STEP * (tapReads(plan, L) + tapReads(plan, R))
    if (!isCommitted(L) && !isCommitted(R)) bytes += factorBytes(plan, L, nb, nm) + factorBytes(plan, R, nb, nn)
  }
  return bytes
}

/** Refuses a program whose verification could need more than it may. Throws `ZK_LIMIT`. */
export function checkVerifierMemory(plan: Plan, params: Params): void {
  within("the verifier's memory in bytes", verifierMemory(plan, params), MAX_VERIFIER_BYTES)
}

/** The table over (b, k) of a public factor, and what it is made from, term by term. */
function factorBytes({ program }: Plan, [space, consts, terms]: Form, nb: number, fixed: number): number {
  const table = 2 ** bitsOf(space.filter((_, ax) => ax < nb || ax >= nb + fixed))
  let bytes = STEP * table * (1 + consts.length + terms.length)
  for (const [, source, maps] of terms) {
    const cells = realCells(sourceSpace(source, program.segments))
    for (const map of maps) {
      if (map[0] !== 'gather') continue
      const [H, W, KH, KW, OH, OW] = map[3]
      const planes = cells / (H * W)
      bytes += 16 * planes * KH * KW + 8 * (WINDOW_CELLS + planes * OH * OW)
    }
  }
  return bytes
}

/** Cells that `verifierCost` counts for the windows of a factor: each map once for each tap. */
function tapReads({ program }: Plan, [, , terms]: Form): number {
  let reads = 0
  for (const [, source, maps] of terms)
    for (const map of maps)
      if (map[0] === 'gather' && typeof source !== 'number')
        reads += map[3][2] * map[3][3] * realCells(sourceSpace(source, program.segments))
  return reads
}
