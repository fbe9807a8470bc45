import { type Params, parameters } from '../proof/params.ts'
import { pack } from './packing.ts'
import { axis, bitsOf, realCells } from './space.ts'
import type { Program } from './types.ts'

/** What a program costs. Sizes are exact counts; times are estimates of a prover on one core of a laptop. */
export interface Cost {
  /** Cells of w and of W. */
  readonly cells: readonly [w: number, W: number]
  /** Leaves of the lookup tree, a power of two, and lookups among them. */
  readonly leaves: number
  readonly lookups: number
  readonly constraints: number
  /** Commitment parameters and the proof's length that they give, in bytes (expected: the number of siblings depends on the queries). */
  readonly params: Params
  readonly proofBytes: number
  readonly proveMs: number
}

/** Codeword cells that are worth one cell of witness: the cap of SPEC 9.4, n·R ≤ 16·N; never below what the smallest code needs. */
const MAX_EXPANSION = 16
const SMALLEST_CODE = 2 ** 11

/** Measured times of SPEC 12, in milliseconds. */
const MS = { leaf: 0.33e-3, codewordCell: 30e-6, cell: 60e-6, weight: 1.35e-6, fixed: 0.65 } as const

/** The cost of a program under the parameters of SPEC 9.4; `weights`: public weights that the prover and the verifier pass over once. */
export function costOf(program: Program, weights = 0): Cost {
  const { cells } = pack(program.segments)
  const params = chooseParameters(cells[0], cells[1])
  const leafBits = leafBitsOf(program)
  const lookups = program.constraints.reduce((sum, one) => (one[0] === 'look' ? sum + realCells(one[2][0]![0]) : sum), 0)
  const codeword = params.n * (params.rows + params.rowsW)
  const proveMs = MS.fixed + 2 ** leafBits * MS.leaf + codeword * MS.codewordCell + (cells[0] + cells[1]) * MS.cell + weights * MS.weight
  const proofBytes = Math.round(12 + 32 + 8 + gkrBytes(leafBits) + sumcheckBytes(program, params) + openingBytes(params))
  return { cells, leaves: 2 ** leafBits, lookups, constraints: program.constraints.length, params, proofBytes, proveMs }
}

/** (c, l) of the shortest opening with n·R ≤ 16·N, for N cells of w and of W. SPEC 6.7, 9.4. Ties go to the smaller code. */
export function chooseParameters(cells: number, cellsW: number): Params {
  const cap = Math.max(SMALLEST_CODE, MAX_EXPANSION * (cells + cellsW))
  let best: Params | undefined
  for (let c = 5; c <= 14; c++) {
    for (let l = c + 2; l <= 20; l++) {
      const params = parameters(c, l, cells, cellsW)
      if (!params || params.n * (params.rows + params.rowsW) > cap) continue
      if (!best || openingBytes(params) < openingBytes(best)) best = params
    }
  }
  return best ?? parameters(14, 16, cells, cellsW)!
}

/** Q·8·ΣR + 16·k + 32·siblings per matrix. SPEC 6.7. */
export function openingBytes({ n, k, rows, rowsW, queries }: Params): number {
  return queries * 8 * (rows + rowsW) + 16 * k + 32 * siblings(n, queries) * (rowsW > 0 ? 2 : 1)
}

/** Expected siblings of a Merkle multiproof of `queries` distinct uniform leaves of `n`. */
export function siblings(n: number, queries: number): number {
  let sum = 0
  for (let width = 1; width < n; width *= 2) sum += (n / width) * (missed(n, width, queries) - missed(n, 2 * width, queries))
  return sum
}

/** Probability that none of the queries falls into `width` given leaves. */
function missed(n: number, width: number, queries: number): number {
  let probability = 1
  for (let i = 0; i < queries; i++) probability *= Math.max(0, n - width - i) / (n - i)
  return probability
}

/** ℓ: leaves of all lookups and tables, padded to a power of two; 0 without lookups. SPEC 4.2. */
function leafBitsOf({ constraints, tables }: Program): number {
  if (tables.length === 0) return 0
  const looks = constraints.reduce((sum, one) => (one[0] === 'look' ? sum + 2 ** bitsOf(one[2][0]![0]) : sum), 0)
  return axis(looks + tables.reduce((sum, table) => sum + 2 ** bitsOf(table[4]), 0))[1]
}

/** g0, then per level j its j rounds of three scalars and four values. SPEC 5 step 3. */
function gkrBytes(leafBits: number): number {
  let scalars = leafBits === 0 ? 0 : 4
  for (let j = 1; j < leafBits; j++) scalars += 3 * j + 4
  return 16 * scalars
}

/** S, the rounds of the main sumcheck, E, the rounds of batching and the values v. */
function sumcheckBytes({ constraints, bases }: Program, { c, rows, rowsW }: Params): number {
  const main = constraints.map((one) =>
    one[0] === 'had'
      ? bitsOf(one[3][0])
      : one[0] === 'con'
        ? bitsOf(one[1][0].slice(0, one[4])) + bitsOf(one[1][0].slice(one[4] + one[5]))
        : 0,
  )
  const batching = c + axis(Math.max(rows, rowsW))[1]
  return 16 + 48 * Math.max(0, ...main) + 16 * bases.length + 32 * batching + (rowsW > 0 ? 32 : 16)
}
