import { space as spaceOf } from '../space.ts'
import type { AxisMap, Space, Window } from '../types.ts'

/** How two lists of axes with the same product read the axes of their common refinement: `undefined` where there is none. */
export interface Refinement {
  readonly axes: readonly number[]
  /** For each axis of the one and of the other list: the refined axes that it is made of. */
  readonly left: readonly (readonly number[])[]
  readonly right: readonly (readonly number[])[]
}

/** The coarsest axes of which the axes of both lists are products of neighbours. Lengths 1 give an empty part. */
export function refine(left: readonly number[], right: readonly number[]): Refinement | undefined {
  const cuts = [...new Set([...cutsOf(left), ...cutsOf(right)])].sort((a, b) => b - a)
  const axes: number[] = []
  for (let i = 0; i + 1 < cuts.length; i++) {
    const n = cuts[i]! / cuts[i + 1]!
    if (!Number.isInteger(n)) return undefined
    axes.push(n)
  }
  return { axes, left: partsOf(left, cuts), right: partsOf(right, cuts) }
}

/** Products of the axes behind each boundary: the whole, then without the first axis, …, 1. */
function cutsOf(axes: readonly number[]): number[] {
  const cuts = [1]
  for (const n of [...axes].reverse()) cuts.push(cuts[cuts.length - 1]! * n)
  return cuts.reverse()
}

function partsOf(axes: readonly number[], cuts: readonly number[]): number[][] {
  const own = cutsOf(axes)
  return axes.map((_, i) => {
    const [from, to] = [cuts.indexOf(own[i]!), cuts.indexOf(own[i + 1]!)]
    return Array.from({ length: to - from }, (__, j) => from + j)
  })
}

/** Maps of axes onto the refined axes that they are made of, after the batch; `undefined` if one is made of more than two. */
export function partMaps(parts: readonly (readonly number[])[], refined: readonly number[]): AxisMap[] | undefined {
  const maps: AxisMap[] = [['id', 0]]
  for (const part of parts) {
    const [first, second] = part
    if (part.length > 2) return undefined
    if (first === undefined) maps.push(['fix', 0])
    else if (second === undefined) maps.push(['id', first + 1])
    else maps.push(['gather', first + 1, second + 1, mergeWindow(refined[first]!, refined[second]!)])
  }
  return maps
}

/** The window whose tap k and output o read cell k·n + o: two axes as one. */
function mergeWindow(m: number, n: number): Window {
  return [m, n, m, 1, 1, n, 1, 1, 0, 0, 1, 1]
}

/** Lists of axes from `from` to `to`, each step of which one copy can do. */
export function reshapeSteps(from: readonly number[], to: readonly number[]): (readonly number[])[] {
  const direct = refine(from, to)
  if (direct && partMaps(direct.left, direct.axes) && partMaps(direct.right, direct.axes)) return [to]
  const steps: number[][] = []
  let axes = from.filter((n) => n > 1)
  while (axes.length > 1) {
    axes = [...axes.slice(0, -2), axes[axes.length - 2]! * axes[axes.length - 1]!]
    steps.push(axes)
  }
  const whole = axes[0] ?? 1
  for (let count = 1, done = 1; count < to.length - 1; count++) {
    done *= to[count - 1]!
    steps.push([...to.slice(0, count), whole / done])
  }
  if (steps.at(-1)?.join() !== to.join()) steps.push([...to])
  return steps
}

/** The batch and these axes, lengths 1 kept. */
export function withBatch(batch: Space[number], axes: readonly number[]): Space {
  return [batch, ...spaceOf(axes)]
}
