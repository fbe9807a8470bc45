import { expect } from 'vitest'
import type { Case } from '../model.testkit.ts'
import { pack } from '../packing.ts'
import { forEachReal, lengths, realCells } from '../space.ts'
import type { PublicValues, Witness } from '../types.ts'
import { checkProgram, type Violation } from './check.ts'
import { Evaluator } from './evaluate.ts'

/** A witness and a statement that a cheating prover alters; multiplicities are then counted anew, as a cheater would. */
export class Forgery {
  readonly witness: Witness
  readonly publics: PublicValues
  private readonly honest: Case

  constructor(honest: Case) {
    const { witness, publics } = honest
    this.honest = honest
    this.witness = { w: witness.w.slice(), ...(witness.W ? { W: witness.W.slice() } : {}) }
    this.publics = {
      tensors: new Map([...publics.tensors].map(([id, values]) => [id, values.slice()])),
      weights: publics.weights.map((values) => values.slice()),
    }
  }

  /** The value of real cell `ordinal` of a segment of w. */
  get(segment: number, ordinal = 0): bigint {
    return this.witness.w[this.cell(segment, ordinal)]!
  }

  set(segment: number, ordinal: number, value: bigint | number): this {
    this.witness.w[this.cell(segment, ordinal)] = BigInt(value)
    return this
  }

  add(segment: number, ordinal: number, by: bigint | number): this {
    return this.set(segment, ordinal, this.get(segment, ordinal) + BigInt(by))
  }

  /** Writes a cell by its place in the segment, padding too. */
  poke(segment: number, place: number, value: bigint | number): this {
    this.witness.w[pack(this.honest.lowered.program.segments).offsets[segment]! + place] = BigInt(value)
    return this
  }

  /** Claims another value of a public tensor. */
  claim(tensor: number, ordinal: number, value: number): this {
    const values = this.publics.tensors.get(tensor)!
    if (values instanceof BigInt64Array) values[ordinal] = BigInt(value)
    else values[ordinal] = value
    return this
  }

  /** What the checker says after the cheater's recount. */
  found(): Violation | undefined {
    this.recount()
    return this.verdict()
  }

  verdict(): Violation | undefined {
    return checkProgram(this.honest.lowered.program, this.witness, this.publics)
  }

  /** Expects that the first constraint that does not hold is of this kind. */
  isFoundBy(kind: Violation['kind']): void {
    expect(this.found()?.kind).toBe(kind)
  }

  private recount(): void {
    const { program } = this.honest.lowered
    const packing = pack(program.segments)
    const evaluator = new Evaluator(program, packing, this.witness, this.publics)
    for (const [id, kind, , columns, over, mult] of program.tables) {
      const rows = new Map<string, number>()
      const counts: bigint[] = Array(realCells(over)).fill(0n)
      for (let row = 0; row < counts.length; row++) {
        const at = indicesOf(lengths(over), row)
        rows.set(kind === 'range' ? String(row) : columns.map((column) => evaluator.form(column, at)).join(), row)
      }
      for (const constraint of program.constraints) {
        if (constraint[0] !== 'look' || constraint[1] !== id) continue
        const space = constraint[2][0]![0]
        for (let cell = 0; cell < realCells(space); cell++) {
          const row = rows.get(constraint[2].map((form) => evaluator.form(form, indicesOf(lengths(space), cell))).join())
          if (row !== undefined) counts[row]! += 1n
        }
      }
      forEachReal(over, (cell, row) => {
        this.witness.w[packing.offsets[mult]! + cell] = counts[row]!
      })
    }
  }

  private cell(segment: number, ordinal: number): number {
    const { program } = this.honest.lowered
    let found = -1
    forEachReal(program.segments[segment]![1], (cell, at) => {
      if (at === ordinal) found = cell
    })
    return pack(program.segments).offsets[segment]! + found
  }
}

function indicesOf(n: readonly number[], ordinal: number): number[] {
  const at = new Array<number>(n.length)
  let rest = ordinal
  for (let ax = n.length - 1; ax >= 0; ax--) {
    at[ax] = rest % n[ax]!
    rest = Math.floor(rest / n[ax]!)
  }
  return at
}
