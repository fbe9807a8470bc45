import { MAX_VIEW_PARTS } from '../limits.ts'
import { axis } from '../space.ts'
import type { AxisMap, Form, Space } from '../types.ts'
import type { Builder } from './builder.ts'
import { compose } from './compose.ts'
import { partMaps, refine, reshapeSteps, withBatch } from './reaxis.ts'
import { activation, axesOf, combine, publicTensor, type View, whole } from './view.ts'

/** Neighbouring axes of a tensor whose lengths multiply to `n`. `single`: they have to be exactly one axis, even of length 1. */
export interface Group {
  readonly n: number
  readonly single?: boolean
}

/** Where the axes of a view read the axes of a form over `target`: one map per axis of the view, the batch first. */
export interface Placing {
  readonly maps: readonly AxisMap[]
  readonly target: Space
}

/** Axis numbers of a view by group, and all lengths by axis number (0 is the batch). */
export interface Parts {
  readonly groups: readonly (readonly number[])[]
  readonly lengths: readonly number[]
}

/** The tensors lowered so far, each with every view that it has: as it was made first, then its copies. */
export class Tensors {
  private readonly builder: Builder
  private readonly views = new Map<number, View[]>()

  constructor(builder: Builder) {
    this.builder = builder
  }

  /** Declares a tensor; axes of length 1 are left out of its view. A view of very many parts is copied at once. */
  define(tensor: number, view: View): void {
    const squeezed = this.squeezed(view)
    const [over, consts, terms] = squeezed
    this.views.set(tensor, [])
    if (consts.length + terms.length <= MAX_VIEW_PARTS) this.keep(tensor, squeezed)
    else
      this.commit(tensor, over, (segment) =>
        combine(over, [
          [1, whole(segment, over)],
          [-1, squeezed],
        ]),
      )
  }

  /** Declares a tensor with the same values in the same order as another: copies of the one serve the other. */
  alias(tensor: number, same: number): void {
    this.views.set(tensor, this.views.get(same)!)
  }

  /** A graph input: read over its own axes, a feature map `[C,H,W]` over `[C, H·W]`. */
  input(tensor: number, axes: readonly number[]): void {
    const own = axes.length === 3 ? [axes[0]!, axes[1]! * axes[2]!] : axes
    const over = activation(this.builder.batch, own)
    this.define(tensor, whole(['pub', tensor, over], over))
  }

  /** The view of a tensor as it was made. */
  first(tensor: number): View {
    return this.views.get(tensor)![0]!
  }

  /**
   * The tensor as a form over a space that `place` chooses for its axes. Where its views do not have the groups asked for,
   * or cannot be read through the maps, it is copied just before. SPEC 3.2.
   */
  read(tensor: number, groups: readonly Group[], place: (parts: Parts) => Placing): Form {
    const fitting = this.views
      .get(tensor)!
      .map((view) => regroup(view, groups))
      .filter((found) => found !== undefined)
    for (const [view, parts] of fitting) {
      const { maps, target } = place(parts)
      const form = compose(this.builder, view, maps, target)
      if (form) return form
    }
    const axes = fitting[0] ? axesOf(fitting[0][0]) : groups.filter(({ n, single }) => n > 1 || single).map(({ n }) => n)
    const [view, parts] = regroup(this.over(tensor, axes), groups)!
    const { maps, target } = place(parts)
    return compose(this.builder, view, maps, target)!
  }

  /** The tensor over exactly these axes: a public one anew, any other by copies. */
  private over(tensor: number, axes: readonly number[]): View {
    const first = this.first(tensor)
    const known = publicTensor(first)
    if (known) {
      const over = withBatch(axis(this.builder.batch), axes)
      return this.keep(tensor, whole(['pub', known.tensor, over], over))
    }
    const from = axesOf(first)
    if (sameLengths(from, axes)) return this.copy(tensor, first, axes)
    return reshapeSteps(from, axes).reduce<View>((view, step) => this.copy(tensor, view, step), first)
  }

  /** Commits the tensor over `axes` and ties it to the view: Lin(S − view) over the common refinement of both lists of axes. */
  private copy(tensor: number, view: View, axes: readonly number[]): View {
    const { builder } = this
    const batch = axis(builder.batch)
    const over = withBatch(batch, axes)
    if (sameLengths(axesOf(view), axes))
      return this.commit(tensor, over, (segment) =>
        combine(over, [
          [1, whole(segment, over)],
          [-1, view],
        ]),
      )
    const { axes: refined, left, right } = refine(axesOf(view), axes)!
    const target = withBatch(batch, refined)
    const read = compose(builder, view, partMaps(left, refined)!, target)
    if (!read) return this.copy(tensor, this.copy(tensor, view, axesOf(view)), axes)
    const maps = partMaps(right, refined)!
    return this.commit(tensor, over, (segment) =>
      combine(target, [
        [1, [target, [], [[1n, segment, maps]]]],
        [-1, read],
      ]),
    )
  }

  private commit(tensor: number, over: Space, tie: (segment: number) => Form): View {
    const segment = this.builder.segment(over)
    this.builder.fillers.push((run) => run.put(segment, run.tensor(tensor)))
    this.builder.add(['lin', tie(segment)])
    return this.keep(tensor, whole(segment, over))
  }

  private keep(tensor: number, view: View): View {
    this.views.get(tensor)!.push(view)
    return view
  }

  private squeezed(view: View): View {
    const [space] = view
    const kept = space.flatMap(([n], ax) => (ax === 0 || n > 1 ? [ax] : []))
    if (kept.length === space.length) return view
    const maps = space.map((_, ax): AxisMap => (kept.includes(ax) ? ['id', kept.indexOf(ax)] : ['fix', 0]))
    return (
      compose(
        this.builder,
        view,
        maps,
        kept.map((ax) => space[ax]!),
      ) ?? view
    )
  }
}

function sameLengths(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}

/** The view with its axes divided into the groups, axes of length 1 put in where one is asked for; `undefined` if they do not fit. */
function regroup(view: View, groups: readonly Group[]): [View, Parts] | undefined {
  const lengths = view[0].map(([n]) => n)
  let inserted = false
  const parts: number[][] = []
  let at = 1
  for (const { n, single } of groups) {
    const part: number[] = []
    if (single && n === 1 && lengths[at] === 1) {
      parts.push([at++])
      continue
    }
    for (let done = 1; done < n; at++) {
      const length = lengths[at]
      if (length === undefined) return undefined
      done *= length
      if (n % done !== 0) return undefined
      part.push(at)
    }
    if (single && n === 1) inserted = true
    else if (single && part.length !== 1) return undefined
    parts.push(part)
  }
  if (at !== lengths.length) return undefined
  return inserted ? withAxes(view, groups, parts) : [view, { groups: parts, lengths }]
}

/** Puts an axis of length 1, which no term names, where a single group of length 1 is. */
function withAxes([space, consts, terms]: View, groups: readonly Group[], parts: readonly number[][]): [View, Parts] {
  const renumber: number[] = [0]
  const wider: Space[number][] = [space[0]!]
  const placed = parts.map((part, group) => {
    if (groups[group]!.single && part.length === 0) return [wider.push(axis(1)) - 1]
    return part.map((ax) => {
      renumber[ax] = wider.push(space[ax]!) - 1
      return renumber[ax]
    })
  })
  const moved: View = [
    wider,
    consts.map(([coef, vecs]) => [coef, wider.map((_, ax) => (renumber.includes(ax) ? vecs[renumber.indexOf(ax)]! : -1))]),
    terms.map(([coef, source, maps]) => [coef, source, maps.map((map) => rename(map, renumber))]),
  ]
  return [moved, { groups: placed, lengths: wider.map(([n]) => n) }]
}

function rename(map: AxisMap, to: readonly number[]): AxisMap {
  switch (map[0]) {
    case 'fix':
    case 'sum':
      return map
    case 'gather':
      return ['gather', map[1] < 0 ? -1 : to[map[1]]!, to[map[2]]!, map[3]]
    case 'shift':
      return ['shift', to[map[1]]!, map[2]]
    case 'wt':
      return ['wt', to[map[1]]!, map[2]]
    case 'index':
      return ['index', to[map[1]]!, map[2]]
    default:
      return [map[0], to[map[1]]!]
  }
}
