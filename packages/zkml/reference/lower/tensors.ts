import type { AxisMap, Form, Space } from '../../src/program/types.ts'
import type { Builder } from './builder.ts'
import { through } from './compose.ts'
import { axisOf, plus, spaceOf } from './form.ts'
import { type Divided, divided, type Wanted } from './groups.ts'
import { partMaps, refined, steps } from './refine.ts'
import { viewOf } from './rules.ts'

/** One map for each axis of a view, and the space that they lead to. */
export type Place = (divided: Divided) => readonly [maps: readonly AxisMap[], target: Space]

/** A view as it is. */
export const asItIs: Place = ({ lengths }) => [lengths.map((_, ax) => ['id', ax] as const), spaceOf(...lengths)]

const lengthsOf = ([space]: Form) => space.slice(1).map(([n]) => n)

/** The tensor that a view is, whole and in order. */
function publicOf([space, consts, terms]: Form): number | undefined {
  const [coef, source, maps] = terms[0] ?? [0n, 0, []]
  if (consts.length > 0 || terms.length !== 1 || coef !== 1n || typeof source === 'number' || source[0] !== 'pub') return undefined
  return maps.length === space.length && maps.every((map, i) => map[0] === 'id' && map[1] === i) ? source[1] : undefined
}

/** Tensors by id, each with all its views: as it was made, then its copies. SPEC 3.1, Copy. */
export class Tensors {
  readonly #build: Builder
  readonly #batch: number
  readonly #views = new Map<number, Form[]>()
  constructor(build: Builder, batch: number) {
    this.#build = build
    this.#batch = batch
  }

  input(id: number, axes: readonly number[]): void {
    const space = spaceOf(this.#batch, ...viewOf(axes))
    this.define(id, this.#build.whole(['pub', id, space], space))
  }

  /** A new tensor. Axes of length 1 are left out where that composes; a view of very many parts is copied at once. */
  define(id: number, form: Form): void {
    const stay = form[0].flatMap(([n], ax) => (ax === 0 || n > 1 ? [ax] : []))
    const maps = form[0].map((_, ax): AxisMap => (stay.includes(ax) ? ['id', stay.indexOf(ax)] : ['fix', 0]))
    const short = stay.map((ax) => form[0][ax]!)
    const view = stay.length === form[0].length ? form : (through(this.#build, form, maps, short) ?? form)
    this.#views.set(id, [])
    if (view[1].length + view[2].length <= 1024) this.#views.get(id)!.push(view)
    else this.#copy(id, view, lengthsOf(view))
  }

  /** A tensor of the same values: it has the views of the other, also those to come. */
  share(id: number, of: number): void {
    this.#views.set(id, this.#views.get(of)!)
  }

  first(id: number): Form {
    return this.#views.get(id)![0]!
  }

  /** The tensor over the space that `place` leads to, copied first where no view has the groups or composes. */
  read(id: number, wanted: readonly Wanted[], place: Place): Form {
    const fitting = this.#views.get(id)!.flatMap((view) => divided(view, wanted) ?? [])
    for (const one of fitting) {
      const form = through(this.#build, one.view, ...place(one))
      if (form) return form
    }
    const lengths = fitting[0]?.lengths.slice(1) ?? wanted.flatMap(({ n, single }) => (n > 1 || single ? [n] : []))
    const made = divided(this.#anew(id, lengths), wanted)!
    return through(this.#build, made.view, ...place(made))!
  }

  /** A view over exactly these axes. */
  #anew(id: number, axes: readonly number[]): Form {
    const first = this.first(id)
    const tensor = publicOf(first)
    if (tensor === undefined) return steps(lengthsOf(first), axes).reduce((view, to) => this.#copy(id, view, to), first)
    const space = spaceOf(this.#batch, ...axes)
    const view = this.#build.whole(['pub', tensor, space], space)
    this.#views.get(id)!.push(view)
    return view
  }

  /** Commits S over the axes and says that it is the view: over the axes that both are made of. */
  #copy(id: number, view: Form, axes: readonly number[]): Form {
    const own = lengthsOf(view)
    const build = this.#build
    const batch = axisOf(this.#batch)
    if (own.join() === axes.join()) {
      const S = build.commit([batch, ...spaceOf(...axes)])
      build.add(['lin', plus(S, view, -1n)])
      return this.#keep(id, S)
    }
    const both = refined(own, axes)!
    const target = [batch, ...spaceOf(...both.axes)]
    const read = through(build, view, partMaps(both.parts[0], both.axes)!, target)
    if (!read) return this.#copy(id, this.#copy(id, view, own), axes)
    const S = build.commit([batch, ...spaceOf(...axes)])
    const [coef, source] = S[2][0]!
    build.add(['lin', plus([target, [], [[coef, source, partMaps(both.parts[1], both.axes)!]]], read, -1n)])
    return this.#keep(id, S)
  }

  #keep(id: number, view: Form): Form {
    this.#views.get(id)!.push(view)
    return view
  }
}
