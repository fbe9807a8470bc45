import type { Constraint, Factor, Form, Program, Segment, Source, Space, Table } from '../../src/program/types.ts'
import { plus, spaceOf, times } from './form.ts'
import { Tally } from './tally.ts'

/** Constraints of one kind in the order in which they are stated. */
export interface Stated {
  push(...constraints: readonly Constraint[]): void
}
/** What a node adds, sorted at its end: contractions and linear constraints, products, lookups. SPEC 3.6. */
export interface NodeParts {
  readonly linear: Stated
  readonly products: Stated
  readonly lookups: Stated
}

/** Segments, vectors, bases and constraints in creation order. */
export class Builder {
  readonly segments: Segment[] = []
  readonly vecs: bigint[][] = []
  readonly bases: Form[] = []
  readonly constraints: Constraint[] = []
  readonly #rows: { name: string; id: number; cols: readonly Form[]; space: Space }[] = []
  readonly limb: number
  readonly #tally: Tally
  readonly #baseIds = new Map<string, number>()
  /** Vectors that were made from others, by how. */
  readonly #derived = new Map<string, number>()
  constructor(limb: number) {
    this.limb = limb
    this.#tally = new Tally({ spaceOf: (source) => this.spaceOf(source), vec: (id) => this.vecs[id]!.length })
  }

  spaceOf(source: Source): Space {
    return typeof source === 'number' ? this.segments[source]![1] : (source.at(-1) as Space)
  }

  /** A committed column read cell by cell. */
  commit(space: Space, matrix: 0 | 1 = 0): Form {
    this.#tally.segment()
    this.segments.push([matrix, space])
    return this.whole(this.segments.length - 1, space)
  }
  whole(source: Source, space: Space): Form {
    return [space, [], [[1n, source, space.map((_, ax) => ['id', ax] as const)]]]
  }
  constant(space: Space, value: bigint): Form {
    return [space, value === 0n ? [] : [[value, space.map(() => -1)]], []]
  }
  /** The number of a public vector. Equal ones are one, but each that is made counts. */
  vec(values: readonly bigint[]): number {
    this.#tally.made(values.length)
    const found = this.vecs.findIndex((vec) => vec.length === values.length && vec.every((value, i) => value === values[i]))
    if (found >= 0) return found
    this.#tally.kept(values.length)
    return this.vecs.push([...values]) - 1
  }
  /** A vector that its description tells, made once. */
  derived(how: string, length: number, entry: (i: number) => bigint): number {
    const id = this.#derived.get(how) ?? this.vec(Array.from({ length }, (_, i) => entry(i)))
    this.#derived.set(how, id)
    return id
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
    const made = make()
    this.#tally.rows(made.space)
    this.#rows.push({ name, id: 32 + this.#rows.length, ...made })
    return this.#rows.at(-1)!.id
  }

  base(form: Form): number {
    const text = JSON.stringify(form, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
    const found = this.#baseIds.get(text)
    if (found !== undefined) return found
    this.#tally.base(form)
    this.#baseIds.set(text, this.bases.length)
    return this.bases.push(form) - 1
  }
  /** constant + Σ coef·form as a factor of a product. */
  factor(space: Space, constant: bigint, ...from: readonly (readonly [Form, bigint])[]): Factor {
    return [space, this.constant(space, constant)[1], from.map(([form, coef]) => [this.base(form), coef] as const)]
  }

  /** A constraint that belongs to no node, or stands before those of its node. */
  add(one: Constraint): void {
    this.#tally.constraint(one)
    this.constraints.push(one)
  }
  /** The constraints that `write` states, sorted. Each counts at once. */
  node(write: (parts: NodeParts) => void): void {
    const lists: Constraint[][] = [[], [], []]
    const stated = (list: Constraint[]): Stated => ({
      push: (...constraints) => {
        for (const one of constraints) this.#tally.constraint(one)
        list.push(...constraints)
      },
    })
    const [linear, products, lookups] = lists as [Constraint[], Constraint[], Constraint[]]
    write({ linear: stated(linear), products: stated(products), lookups: stated(lookups) })
    const tuple = (one: Constraint) => one[0] === 'look' && one[1] >= 32
    this.constraints.push(...linear, ...products, ...lookups.filter((one) => !tuple(one)), ...lookups.filter(tuple))
  }

  program(batch: number): Program {
    const ranges = [...new Set(this.constraints.flatMap((one) => (one[0] === 'look' && one[1] < 32 ? [one[1]] : [])))]
    const all = [...ranges.map((id) => ({ name: '', id, cols: [] as readonly Form[], space: spaceOf(2 ** id) })), ...this.#rows].sort(
      (x, y) => x.id - y.id,
    )
    const tables = all.map(({ id, cols, space }): Table => {
      this.commit(space)
      return [id, id < 32 ? 'range' : 'rows', id < 32 ? id : 0, cols, space, this.segments.length - 1]
    })
    if (!this.segments.some(([matrix]) => matrix === 0)) this.commit([])
    this.#tally.end(tables, this.constraints, this.segments)
    return { batch, segments: this.segments, vecs: this.vecs, bases: this.bases, constraints: this.constraints, tables }
  }
}
