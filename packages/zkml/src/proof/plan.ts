import { type Packing, pack } from '../program/packing.ts'
import { axis, bitsOf } from '../program/space.ts'
import type { Constraint, Factor, Form, Program, Space, Table } from '../program/types.ts'
import { isCommitted } from '../program/work.ts'

/** One block of leaves of the lookup tree: a Look constraint, or a table with its multiplicities. SPEC 4.2. */
export interface Entry {
  readonly table: Table
  /** Forms of the Look; undefined for the table itself. */
  readonly forms: readonly Form[] | undefined
  readonly space: Space
  readonly bits: number
  /** First leaf; a multiple of 2^bits. */
  readonly offset: number
}

/** A Hadamard constraint as an instance of the main sumcheck. `power`: its number, the exponent of λ. SPEC 5 step 5. */
export interface HadInstance {
  readonly kind: 'had'
  readonly power: number
  readonly v: number
  readonly A: Factor
  readonly B: Factor
  readonly C: Form
}

/** Which factors of a contraction have committed cells. */
export type Committed = 'none' | 'left' | 'right' | 'both'

/** A contraction. `v` = |b| + |k|; bits of the axis groups. With `committed: 'none'` it takes no part in the main sumcheck. SPEC 5 steps 5 to 7. */
export interface ConInstance {
  readonly kind: 'con'
  readonly power: number
  readonly v: number
  readonly L: Form
  readonly R: Form
  readonly Z: Form
  /** Numbers of axes of the groups b, m, n, k. */
  readonly axes: { readonly b: number; readonly m: number; readonly n: number; readonly k: number }
  readonly bits: { readonly b: number; readonly m: number; readonly n: number; readonly k: number }
  readonly committed: Committed
}

export type Instance = HadInstance | ConInstance

/** A scalar of step 7: a base form's value, or one factor of a contraction with two committed factors. */
export type Sent =
  | { readonly kind: 'base'; readonly base: number; readonly v: number }
  | { readonly kind: 'factor'; readonly of: ConInstance; readonly side: 'L' | 'R' }

/** What both sides derive from a program before anything else: order, numbers and sizes of all steps. */
export interface Plan {
  readonly program: Program
  readonly packing: Packing
  /** The vectors of the program as arrays. */
  readonly vecs: readonly BigInt64Array[]
  /** Blocks of leaves in tree order; `leafBits` = ℓ, 0 without lookups. */
  readonly entries: readonly Entry[]
  readonly leafBits: number
  /** Coordinates of τ, V*. */
  readonly tauBits: number
  readonly instances: readonly Instance[]
  readonly lins: readonly { readonly power: number; readonly form: Form }[]
  /** Powers of λ in use. */
  readonly powers: number
  /** Rounds of the main sumcheck, V. */
  readonly mainVars: number
  readonly sent: readonly Sent[]
}

/** Reads the plan off a program. SPEC 4.2, 5. */
export function planOf(program: Program): Plan {
  const instances = instancesOf(program)
  const forms = program.constraints.filter((c) => c[0] === 'lin').map((c) => c[1])
  const lins = forms.map((form, i) => ({ power: instances.length + i, form }))
  const tauSpaces = [...lins.map(({ form }) => form[0]), ...instances.map((i) => (i.kind === 'had' ? i.C[0] : i.Z[0]))]
  const played = instances.filter(isPlayed)
  return {
    program,
    packing: pack(program.segments),
    vecs: program.vecs.map((vec) => BigInt64Array.from(vec)),
    ...leavesOf(program),
    tauBits: tauSpaces.reduce((most, space) => Math.max(most, bitsOf(space)), 0),
    instances,
    lins,
    powers: instances.length + lins.length,
    mainVars: played.reduce((most, { v }) => Math.max(most, v), 0),
    sent: sentOf(played),
  }
}

/** Whether the instance takes part in the main sumcheck: all but contractions of two public factors. */
export function isPlayed(instance: Instance): boolean {
  return instance.kind === 'had' || instance.committed !== 'none'
}

function instancesOf(program: Program): Instance[] {
  const out: Instance[] = []
  for (const constraint of program.constraints) {
    const power = out.length
    if (constraint[0] === 'had')
      out.push({ kind: 'had', power, v: bitsOf(constraint[3][0]), A: constraint[1], B: constraint[2], C: constraint[3] })
    else if (constraint[0] === 'con') out.push(contraction(constraint, power))
  }
  return out
}

function contraction([, L, R, Z, b, m, n, k]: Constraint & { 0: 'con' }, power: number): ConInstance {
  const bits = {
    b: bitsOf(L[0].slice(0, b)),
    m: bitsOf(L[0].slice(b, b + m)),
    n: bitsOf(R[0].slice(b, b + n)),
    k: bitsOf(L[0].slice(b + m)),
  }
  const left = isCommitted(L)
  const right = isCommitted(R)
  const committed = left ? (right ? 'both' : 'left') : right ? 'right' : 'none'
  return { kind: 'con', power, v: bits.b + bits.k, L, R, Z, axes: { b, m, n, k }, bits, committed }
}

function sentOf(played: readonly Instance[]): Sent[] {
  const out: Sent[] = []
  const seen = new Set<number>()
  for (const instance of played) {
    if (instance.kind === 'con') {
      if (instance.committed === 'both') out.push({ kind: 'factor', of: instance, side: 'L' }, { kind: 'factor', of: instance, side: 'R' })
      continue
    }
    for (const [base] of [...instance.A[2], ...instance.B[2]]) {
      if (seen.has(base)) continue
      seen.add(base)
      out.push({ kind: 'base', base, v: instance.v })
    }
  }
  return out
}

function leavesOf(program: Program): { entries: Entry[]; leafBits: number } {
  const tables = new Map(program.tables.map((table) => [table[0], table]))
  const blocks: { table: Table; forms: readonly Form[] | undefined; space: Space; bits: number }[] = []
  for (const constraint of program.constraints) {
    if (constraint[0] !== 'look') continue
    const [, id, forms] = constraint
    const space = forms[0]![0]
    blocks.push({ table: tables.get(id)!, forms, space, bits: bitsOf(space) })
  }
  if (blocks.length === 0) return { entries: [], leafBits: 0 }
  for (const table of program.tables) blocks.push({ table, forms: undefined, space: table[4], bits: bitsOf(table[4]) })
  const sorted = blocks.map((block, order) => ({ block, order })).sort((x, y) => y.block.bits - x.block.bits || x.order - y.order)
  let offset = 0
  const entries = sorted.map(({ block }) => {
    const entry = { ...block, offset }
    offset += 2 ** block.bits
    return entry
  })
  return { entries, leafBits: axis(offset)[1] }
}
