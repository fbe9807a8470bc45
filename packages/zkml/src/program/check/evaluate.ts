import type { Packing } from '../packing.ts'
import { sourceSpace, strides } from '../space.ts'
import type { AxisMap, Const, Factor, Form, Program, PublicValues, Source, Space, Term, Witness } from '../types.ts'

/** The order of the field, 2^64 − 2^32 + 1. */
export const P = 0xffff_ffff_0000_0001n

/** The representative of `value` in [0, p). */
export function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}

/** One index of a source axis that a form reads, and what it is multiplied with. */
type Hit = readonly [index: number, weight: bigint]

/**
 * Evaluates forms at single cells, reading each axis map as the function that SPEC 3.3 says it is: no products of vectors,
 * no shared code with the prover. Slow, and meant to be obviously right.
 */
export class Evaluator {
  private readonly program: Program
  private readonly packing: Packing
  private readonly witness: Witness
  private readonly publics: PublicValues

  constructor(program: Program, packing: Packing, witness: Witness, publics: PublicValues) {
    this.program = program
    this.packing = packing
    this.witness = witness
    this.publics = publics
  }

  /** The form at the cell with axis indices `at`, in [0, p). */
  form([, consts, terms]: Form, at: readonly number[]): bigint {
    let sum = this.constants(consts, at)
    for (const term of terms) sum += this.term(term, at)
    return mod(sum)
  }

  /** The factor at a cell: its constants and its base forms. */
  factor([, consts, bases]: Factor, at: readonly number[]): bigint {
    let sum = this.constants(consts, at)
    for (const [base, coef] of bases) sum += coef * this.form(this.program.bases[base]!, at)
    return mod(sum)
  }

  private constants(consts: readonly Const[], at: readonly number[]): bigint {
    let sum = 0n
    for (const [coef, vecs] of consts) {
      sum += vecs.reduce((value, vec, axis) => (vec < 0 ? value : value * this.vec(vec)[at[axis]!]!), coef)
    }
    return sum
  }

  private term([coef, source, maps]: Term, at: readonly number[]): bigint {
    const from = sourceSpace(source, this.program.segments)
    const hits = maps.map((map, axis) => this.hits(map, from[axis]![0], at))
    const index = new Array<number>(maps.length).fill(0)
    const sum = (axis: number): bigint => {
      if (axis === maps.length) return this.read(source, from, index)
      let total = 0n
      for (const [i, weight] of hits[axis]!) {
        index[axis] = i
        total += weight * sum(axis + 1)
      }
      return total
    }
    return coef * sum(0)
  }

  /** The real indices of a source axis of length `n` that the map reads at a cell of the form. */
  private hits(map: AxisMap, n: number, at: readonly number[]): Hit[] {
    const upTo = (from: number, weight: (i: number) => bigint): Hit[] => {
      const out: Hit[] = []
      for (let i = from; i < n; i++) out.push([i, weight(i)])
      return out
    }
    switch (map[0]) {
      case 'id':
        return [[at[map[1]]!, 1n]]
      case 'wt':
        return [[at[map[1]]!, this.vec(map[2])[at[map[1]]!]!]]
      case 'fix':
        return [[map[1], 1n]]
      case 'shift': {
        const i = at[map[1]]! - map[2]
        return i >= 0 && i < n ? [[i, 1n]] : []
      }
      case 'sum':
        return upTo(0, (i) => (map[1] < 0 ? 1n : this.vec(map[1])[i]!))
      case 'suffix':
        return upTo(at[map[1]]! + 1, () => 1n)
      case 'index':
        return [[Number(this.vec(map[2])[at[map[1]]!]!), 1n]]
      case 'gather': {
        const [, axK, axO, window] = map
        const taps = window[2] * window[3]
        const ks = axK < 0 ? Array.from({ length: taps }, (_, k) => k) : [at[axK]!]
        return ks.flatMap((k) => tap(k, at[axO]!, window))
      }
    }
  }

  private vec(id: number): readonly bigint[] {
    return this.program.vecs[id]!
  }

  private read(source: Source, from: Space, index: readonly number[]): bigint {
    if (typeof source === 'number') {
      const matrix = this.program.segments[source]![0] === 0 ? this.witness.w : this.witness.W!
      const steps = strides(from)
      return matrix[index.reduce((cell, i, axis) => cell + i * steps[axis]!, this.packing.offsets[source]!)]!
    }
    if (source[0] === 'ones') return 1n
    const values = source[0] === 'pub' ? this.publics.tensors.get(source[1])! : this.publics.weights[source[1]]!
    return BigInt(values[index.reduce((cell, i, axis) => cell * from[axis]![0] + i, 0)]!)
  }
}

/** Where tap `k` of the window at output `o` reads its input map, if inside. */
function tap(k: number, o: number, [H, W, , KW, , OW, sy, sx, py, px, dy, dx]: readonly number[] & { length: 12 }): Hit[] {
  const y = Math.floor(o / OW!) * sy! + Math.floor(k / KW!) * dy! - py!
  const x = (o % OW!) * sx! + (k % KW!) * dx! - px!
  return y >= 0 && y < H! && x >= 0 && x < W! ? [[y * W! + x, 1n]] : []
}
