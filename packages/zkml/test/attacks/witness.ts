import { mod } from '../../reference/field.ts'
import type { Rounding } from '../../reference/lower/bounds.ts'
import { countLookups } from '../../reference/prover/tables.ts'
import { violated } from '../../reference/satisfied.ts'
import { bits, cellOf, layout, realCells } from '../../reference/space.ts'
import type { CaseOptions, ModelBuilder } from '../../src/program/model.testkit.ts'
import { fastProve, verdicts } from '../reference/bridge.ts'
import { run } from './families.ts'

/** Values of one segment's real cells, row-major, integers mod p. */
type Edit = (values: bigint[]) => readonly bigint[]

/** What a liar changes: cells of segments, what it claims to come out, and what it does after the multiplicities are counted. */
export interface Change {
  readonly segments?: Readonly<Record<number, Edit>>
  /** Edits of all cells of a segment, padding too. */
  readonly cells?: Readonly<Record<number, Edit>>
  readonly outputs?: Readonly<Record<number, readonly bigint[]>>
  /** Adds to the multiplicity of row `row` of a table. */
  readonly counted?: readonly (readonly [table: number, row: number, by: bigint])[]
}

/** A model whose witness can be changed before the product's prover, which checks nothing, proves it. */
export class Liar {
  readonly lie: ReturnType<typeof run>
  constructor(build: (m: ModelBuilder) => number[], options: CaseOptions = {}) {
    this.lie = run({ name: '', build, options })
  }

  segment(seg: number): bigint[] {
    const { program, w } = this.lie
    const [, space] = program.segments[seg]!
    return [...realCells(space)].map((at) => w[layout(program.segments).offsets[seg]! + cellOf(space, at)]!)
  }

  /** The verdicts of both verifiers on the changed witness, and the first constraint that it breaks. */
  tell({ segments = {}, cells = {}, outputs = {}, counted = [] }: Change): { verdicts: [string, string]; broken: string | undefined } {
    const { program, statement, W } = this.lie
    const { offsets } = layout(program.segments)
    let w = [...this.lie.w]
    for (const [id, edit] of Object.entries(segments)) {
      const [, space] = program.segments[Number(id)]!
      const next = edit(this.segment(Number(id)))
      ;[...realCells(space)].forEach((at, i) => {
        w[offsets[Number(id)]! + cellOf(space, at)] = mod(next[i]!)
      })
    }
    for (const [id, edit] of Object.entries(cells)) {
      const first = offsets[Number(id)]!
      const size = 2 ** bits(program.segments[Number(id)]![1])
      edit(w.slice(first, first + size)).forEach((value, i) => {
        w[first + i] = mod(value)
      })
    }
    const tensors = new Map(statement.pub.tensors)
    for (const [id, values] of Object.entries(outputs)) tensors.set(Number(id), values)
    const pub = { ...statement.pub, tensors }
    const matrices = (own: readonly bigint[]) => ({ program, pub, matrices: W ? [own, W] : [own] })
    w = countLookups(matrices(w))
    for (const [id, row, by] of counted) {
      const cell = offsets[program.tables.find((table) => table[0] === id)![5]]! + row
      w[cell] = mod(w[cell]! + by)
    }
    const other = { ...statement, pub }
    return { verdicts: verdicts(other, fastProve(other, w, W)), broken: violated(matrices(w)) }
  }
}

/** Segments of a requantisation that begin at `first`, in creation order. SPEC 3.6. */
export function requantSegments({ s, lo, hi, over, under, overshoot, width }: Rounding, limb: number, first = 0) {
  let next = first
  const take = (bits: number) => Array.from({ length: Math.ceil(bits / limb) }, () => next++)
  const y = take(width)
  const h = hi - lo + 1n === 1n << BigInt(width) ? [] : take(width)
  const m = over || under ? take(overshoot) : []
  const u = over && under ? [next++] : []
  const r = take(s)
  return { y, h, m, u, r, end: next }
}

/** Edits that write a value over limbs: value mod 2^limb in each but the last, what is left in the last. */
export function limbs(segments: readonly number[], limb: number, value: bigint): Record<number, Edit> {
  const edits: Record<number, Edit> = {}
  let rest = value
  segments.forEach((seg, i) => {
    const low = i === segments.length - 1 ? rest : BigInt.asUintN(limb, rest)
    rest = (rest - low) >> BigInt(limb)
    edits[seg] = (cells) => cells.map(() => low)
  })
  return edits
}
