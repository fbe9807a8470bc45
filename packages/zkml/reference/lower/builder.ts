import type { Axis, AxisMap, Const, Constraint, Factor, Form, Program, Segment, Source, Space, Term } from '../../src/program/types.ts'
import { bitsOf } from '../mle.ts'

export const axisOf = (n: number): Axis => [n, bitsOf(n)]
export const spaceOf = (...lengths: readonly number[]): Space => lengths.map(axisOf)

/** Constants with the same vectors added up where the first of them stands; what comes to 0 is left out. SPEC 3.6. */
const gathered = (consts: readonly Const[]): Const[] => {
  const sums = new Map<string, Const>()
  for (const [coef, vecs] of consts) sums.set(vecs.join(), [coef + (sums.get(vecs.join())?.[0] ?? 0n), vecs])
  return [...sums.values()].filter(([coef]) => coef !== 0n)
}

/** x + y over the same space, y times `by`. */
export const plus = (x: Form, y: Form, by = 1n): Form => [
  x[0],
  gathered([...x[1], ...y[1].map(([coef, vecs]): Const => [coef * by, vecs])]),
  [...x[2], ...y[2].map(([coef, source, maps]): Term => [coef * by, source, maps])].filter(([coef]) => coef !== 0n),
]
export const times = (x: Form, by: bigint): Form => plus([x[0], [], []], x, by)

/** The same form over a space whose axis `to[i]` is its axis i. Axes of the new space that are not named are broadcast. */
export function over(form: Form, space: Space, to: readonly number[]): Form {
  const map = (one: AxisMap): AxisMap => {
    if (one[0] === 'fix' || one[0] === 'sum') return one
    if (one[0] === 'gather') return ['gather', one[1] === -1 ? -1 : to[one[1]]!, to[one[2]]!, one[3]]
    const [kind, ax, ...rest] = one
    return [kind, to[ax]!, ...rest] as unknown as AxisMap
  }
  const vecs = (by: readonly number[]) => space.map((_, ax) => (to.includes(ax) ? by[to.indexOf(ax)]! : -1))
  return [
    space,
    form[1].map(([coef, by]): Const => [coef, vecs(by)]),
    form[2].map(([coef, source, maps]): Term => [coef, source, maps.map(map)]),
  ]
}

/** What a node adds, sorted at its end: contractions and linear constraints, products, lookups. SPEC 3.6. */
export interface NodeParts {
  readonly linear: Constraint[]
  readonly products: Constraint[]
  readonly lookups: Constraint[]
}

/** Segments, vectors, bases and constraints in creation order. */
export class Builder {
  readonly segments: Segment[] = []
  readonly vecs: bigint[][] = []
  readonly bases: Form[] = []
  readonly constraints: Constraint[] = []
  readonly #rows: { name: string; id: number; cols: readonly Form[]; space: Space }[] = []
  readonly limb: number
  constructor(limb: number) {
    this.limb = limb
  }

  /** A committed column read cell by cell. */
  commit(space: Space, matrix: 0 | 1 = 0): Form {
    this.segments.push([matrix, space])
    return this.whole(this.segments.length - 1, space)
  }
  whole(source: Source, space: Space): Form {
    return [space, [], [[1n, source, space.map((_, ax) => ['id', ax] as const)]]]
  }
  constant(space: Space, value: bigint): Form {
    return [space, value === 0n ? [] : [[value, space.map(() => -1)]], []]
  }
  vec(values: readonly bigint[]): number {
    const found = this.vecs.findIndex((vec) => vec.length === values.length && vec.every((value, i) => value === values[i]))
    if (found >= 0) return found
    return this.vecs.push([...values]) - 1
  }

  /** Range(·, bits): the limbs committed and looked up, and the form that they make. SPEC 3.5. */
  range(space: Space, bits: number, parts: NodeParts): Form {
    const count = Math.ceil(bits / this.limb)
    let whole = this.constant(space, 0n)
    for (let j = 0; j < count; j++) {
      const width = j < count - 1 ? this.limb : bits - this.limb * (count - 1)
      const limb = this.commit(space)
      whole = plus(whole, limb, 1n << BigInt(this.limb * j))
      if (this.limb === 16 && width >= 9 && width <= 15) {
        parts.lookups.push(['look', 16, [limb]], ['look', 16, [times(limb, 1n << BigInt(16 - width))]])
      } else parts.lookups.push(['look', width, [limb]])
    }
    return whole
  }

  /** The id of a table of rows, made when it is asked for first. */
  table(name: string, make: () => { cols: readonly Form[]; space: Space }): number {
    const known = this.#rows.find((one) => one.name === name)
    if (known) return known.id
    this.#rows.push({ name, id: 32 + this.#rows.length, ...make() })
    return this.#rows.at(-1)!.id
  }

  base(form: Form): number {
    const text = (one: Form) => JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
    const found = this.bases.findIndex((base) => text(base) === text(form))
    return found >= 0 ? found : this.bases.push(form) - 1
  }
  /** constant + Σ coef·form as a factor of a product. */
  factor(space: Space, constant: bigint, ...from: readonly (readonly [Form, bigint])[]): Factor {
    return [space, this.constant(space, constant)[1], from.map(([form, coef]) => [this.base(form), coef] as const)]
  }

  add(parts: NodeParts): void {
    const tuple = (one: Constraint) => one[0] === 'look' && one[1] >= 32
    this.constraints.push(...parts.linear, ...parts.products, ...parts.lookups.filter((one) => !tuple(one)), ...parts.lookups.filter(tuple))
  }

  program(batch: number): Program {
    const ranges = [...new Set(this.constraints.flatMap((one) => (one[0] === 'look' && one[1] < 32 ? [one[1]] : [])))]
    const all = [...ranges.map((id) => ({ name: '', id, cols: [] as readonly Form[], space: spaceOf(2 ** id) })), ...this.#rows].sort(
      (x, y) => x.id - y.id,
    )
    const tables = all.map(({ id, cols, space }) => {
      this.segments.push([0, space])
      return [id, id < 32 ? 'range' : 'rows', id < 32 ? id : 0, cols, space, this.segments.length - 1] as const
    })
    if (!this.segments.some(([matrix]) => matrix === 0)) this.segments.push([0, []])
    return { batch, segments: this.segments, vecs: this.vecs, bases: this.bases, constraints: this.constraints, tables }
  }
}
