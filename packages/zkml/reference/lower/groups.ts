import type { Form } from '../../src/program/types.ts'
import { axisOf, over } from './form.ts'

/** Neighbouring axes of a view that together have n cells. `single`: exactly one axis, also of length 1. */
export interface Wanted {
  readonly n: number
  readonly single?: boolean
}

/** A view with axes for each group; an axis of length 1 is put in where one is asked for. */
export interface Divided {
  readonly view: Form
  /** Numbers of axes, for each group. */
  readonly parts: readonly (readonly number[])[]
  readonly lengths: readonly number[]
}

/** The axes of a view after the batch, from left to right, for each wanted group; nothing if they do not fit. SPEC 3.1, groups. */
export function divided(view: Form, wanted: readonly Wanted[]): Divided | undefined {
  const space = view[0]
  const to = [0]
  const wide = [space[0]!]
  const take = (ax: number): number => {
    wide.push(space[ax]!)
    to[ax] = wide.length - 1
    return wide.length - 1
  }
  let at = 1
  const parts: number[][] = []
  for (const { n, single } of wanted) {
    const part: number[] = []
    for (let left = n; left > 1; at++) {
      const length = space[at]?.[0]
      if (length === undefined || left % length !== 0) return undefined
      left /= length
      part.push(take(at))
    }
    if (single && n === 1) {
      if (space[at]?.[0] === 1) part.push(take(at++))
      else part.push(wide.push(axisOf(1)) - 1)
    }
    if (single && part.length !== 1) return undefined
    parts.push(part)
  }
  if (at !== space.length) return undefined
  const grown = wide.length > space.length
  return { view: grown ? over(view, wide, to) : view, parts, lengths: wide.map(([n]) => n) }
}
