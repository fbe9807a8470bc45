import { isArrayOf } from '@opengradient/protocol'
import type { Form, Space } from '../types.ts'
import type { Section } from './builder.ts'
import type { Column, Filling } from './fill.ts'
import { constant, ids } from './view.ts'

/** A value in [offset, offset + 2^bits) by its limbs: what is range-checked is not committed twice. SPEC 3.5. */
export interface Limbs {
  /** offset + Σ 2^(limb·j)·ℓ_j over the space of the value. */
  readonly form: Form
  /** Fills the limbs from the values minus the offset, one per real cell, each in [0, 2^bits). */
  readonly fill: (run: Filling, column: Column) => void
}

/** Commits the limbs of a value of `bits` bits and looks every one up in the table of its width. SPEC 3.5, Range. */
export function range(section: Section, limb: number, over: Space, bits: number, offset: bigint | number = 0): Limbs {
  const { builder } = section
  const count = Math.ceil(bits / limb)
  const segments = Array.from({ length: count }, () => builder.segment(over))
  for (const [j, segment] of segments.entries()) {
    const width = j < count - 1 ? limb : bits - limb * (count - 1)
    const read = (coef: bigint): Form => [over, [], [[coef, segment, ids(over.length)]]]
    if (limb === 16 && width >= 9 && width <= 15) {
      section.look(builder.range(16), read(1n))
      section.look(builder.range(16), read(1n << BigInt(16 - width)))
    } else section.look(builder.range(width), read(1n))
  }
  const terms = segments.map((segment, j) => [1n << BigInt(limb * j), segment, ids(over.length)] as const)
  return {
    form: [over, constant(offset, over), terms],
    fill: (run, column) => fillLimbs(run, segments, limb, column),
  }
}

function fillLimbs(run: Filling, segments: readonly number[], limb: number, column: Column): void {
  for (const [j, segment] of segments.entries()) run.put(segment, segments.length === 1 ? column : limbOf(column, limb, j))
}

/** Limb `j` of every value. */
function limbOf(column: Column, limb: number, j: number): Uint16Array {
  const out = new Uint16Array(column.length)
  if (isArrayOf('BigInt64Array', column)) {
    const shift = BigInt(limb * j)
    const mask = BigInt(2 ** limb - 1)
    for (let i = 0; i < out.length; i++) out[i] = Number((column[i]! >> shift) & mask)
  } else {
    const scale = 2 ** -(limb * j)
    const mask = 2 ** limb - 1
    for (let i = 0; i < out.length; i++) out[i] = (Math.floor(column[i]! * scale) % 4294967296) & mask
  }
  return out
}
