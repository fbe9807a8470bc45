import type { Axis, Form, Program, Segment, Source, Space } from './types.ts'

/** An axis of `n` real indices: `bits` is the least with 2^bits ≥ n. SPEC 3.1. */
export function axis(n: number): Axis {
  return [n, n <= 1 ? 0 : 32 - Math.clz32(n - 1)]
}

/** The space with these real lengths. */
export function space(lengths: readonly number[]): Space {
  return lengths.map(axis)
}

/** Real lengths of the axes. */
export function lengths(of: Space): number[] {
  return of.map(([n]) => n)
}

/** |Ω|: number of variables. */
export function bitsOf(of: Space): number {
  return of.reduce((sum, [, bits]) => sum + bits, 0)
}

/** Number of real cells. */
export function realCells(of: Space): number {
  return of.reduce((product, [n]) => product * n, 1)
}

/** Product of lengths; `Infinity` as soon as it passes 2^53, so that hostile shapes cost nothing. */
export function product(of: readonly number[]): number {
  let result = 1
  for (const n of of) {
    result *= n
    if (result > Number.MAX_SAFE_INTEGER) return Number.POSITIVE_INFINITY
  }
  return result
}

/** The space that a source is read over: of its segment, or the one it names. */
export function sourceSpace(source: Source, segments: readonly Segment[]): Space {
  if (typeof source === 'number') return segments[source]![1]
  return source[0] === 'ones' ? source[1] : source[2]
}

/** How far apart neighbours of each axis lie in a segment of this space: padding included, the first axis most significant. */
export function strides(of: Space): number[] {
  const out = new Array<number>(of.length)
  let step = 1
  for (let i = of.length - 1; i >= 0; i--) {
    out[i] = step
    step *= 2 ** of[i]![1]
  }
  return out
}

/** Calls `visit` with the position of every real cell inside a segment of this space, in row-major order. */
export function forEachReal(of: Space, visit: (cell: number, ordinal: number) => void): void {
  const steps = strides(of)
  const at = new Array<number>(of.length).fill(0)
  const total = realCells(of)
  let cell = 0
  for (let ordinal = 0; ordinal < total; ordinal++) {
    visit(cell, ordinal)
    for (let i = of.length - 1; i >= 0; i--) {
      cell += steps[i]!
      if (++at[i]! < of[i]![0]) break
      cell -= of[i]![0] * steps[i]!
      at[i] = 0
    }
  }
}

/** Every form that a program evaluates, once per place: constraints, base forms and table columns. */
export function* formsOf(program: Pick<Program, 'bases' | 'constraints' | 'tables'>): Generator<Form> {
  yield* program.bases
  for (const constraint of program.constraints) {
    if (constraint[0] === 'lin') yield constraint[1]
    else if (constraint[0] === 'had') yield constraint[3]
    else if (constraint[0] === 'con') yield* [constraint[1], constraint[2], constraint[3]]
    else yield* constraint[2]
  }
  for (const [, , , columns] of program.tables) yield* columns
}
