import type { AxisMap, Const, Constraint, Factor, Form, Program, Space } from '../src/program/types.ts'
import { Reject } from './bytes.ts'
import { isCommitted } from './forms.ts'
import type { Params } from './params.ts'
import { shapeOf } from './shape.ts'
import { bits } from './space.ts'

const sum = (values: readonly number[]) => values.reduce((x, y) => x + y, 0)
const cells = (space: Space) => space.reduce((product, [n]) => product * n, 1)

/** Entries, cells and parts of what a verifier evaluates. SPEC 3.6, Memory bound. */
class Counts {
  entries = 0
  cells = 0
  parts = 0
  readonly #program: Program
  constructor(program: Program) {
    this.#program = program
  }
  spaceOf(source: Form[2][number][1]): Space {
    return typeof source === 'number' ? this.#program.segments[source]![1] : (source.at(-1) as Space)
  }

  consts(space: Space, consts: readonly Const[]): void {
    for (const [, vecs] of consts) {
      this.parts += 1 + space.length
      this.entries += sum(vecs.map((id, ax) => (id < 0 ? space[ax]![1] : this.#program.vecs[id]!.length)))
    }
  }
  form([space, consts, terms]: Form): void {
    this.parts++
    this.consts(space, consts)
    for (const [, source, maps] of terms) {
      const from = this.spaceOf(source)
      this.parts += 1 + Math.max(maps.length, space.length)
      this.entries += sum(maps.map((map, i) => entriesOf(map, from[i]![0], space)))
      if (typeof source !== 'number') this.cells += cells(from)
    }
  }
  factor([space, consts, from]: Factor): void {
    this.parts += 1 + from.length
    this.consts(space, consts)
  }
  constraint(one: Constraint): void {
    this.parts++
    if (one[0] === 'had') {
      this.factor(one[1])
      this.factor(one[2])
      this.form(one[3])
    } else if (one[0] === 'look') for (const form of one[2]) this.form(form)
    else for (const form of one[0] === 'lin' ? [one[1]] : [one[1], one[2], one[3]]) this.form(form)
  }
}

/** Entries of the vector of one map of a source axis of length n. */
function entriesOf(map: AxisMap, n: number, space: Space): number {
  if (map[0] === 'id') return space[map[1]]![1]
  if (map[0] === 'fix' || map[0] === 'sum') return n
  return n + (map[0] === 'gather' ? map[3].slice(2, 6).reduce((x, y) => x * y, 1) : space[map[1]]![0])
}

/** Bytes for a factor of a contraction that has none committed. */
function tableBytes(counts: Counts, [space, consts, terms]: Form, nb: number, fixed: number): number {
  const rest = bits([...space.slice(0, nb), ...space.slice(nb + fixed)])
  const windows = terms.flatMap(([, source, maps]) =>
    maps.flatMap((map) => {
      if (map[0] !== 'gather') return []
      const [H, W, KH, KW, OH, OW] = map[3]
      const planes = cells(counts.spaceOf(source)) / (H * W)
      return [16 * planes * KH * KW + 8 * (2 ** 20 + planes * OH * OW)]
    }),
  )
  return 48 * 2 ** rest * (1 + consts.length + terms.length) + sum(windows)
}

/** Bytes that verifying a proof of a program takes at most. SPEC 3.6. */
export function verifierBytes(program: Program, { n, k }: Pick<Params, 'n' | 'k'>): number {
  const { bases, constraints, tables, segments } = program
  const counts = new Counts(program)
  let bytes = 2 ** 22 + 16 * (n + 4 * k)
  bytes += 4096 * (constraints.length + tables.length + segments.length + shapeOf(program).sent.length)
  for (const form of bases) counts.form(form)
  for (const [, , , cols] of tables) {
    counts.parts += 2
    for (const form of cols) counts.form(form)
  }
  for (const one of constraints) {
    counts.constraint(one)
    if (one[0] !== 'con' || isCommitted(one[1]) || isCommitted(one[2])) continue
    const [, L, R, , nb, nm, nn] = one
    counts.cells += cells(L[0]) + cells(R[0])
    bytes += tableBytes(counts, L, nb, nm) + tableBytes(counts, R, nb, nn)
  }
  return bytes + 48 * (counts.entries + counts.cells) + 256 * counts.parts
}

/** A program whose verification could take more memory than it may is `LIMIT`. SPEC 3.6. */
export function checkMemory(program: Program, params: Params): void {
  if (verifierBytes(program, params) > 2 ** 31 - 2 ** 26) throw new Reject('LIMIT', 'memory')
}
