import { sourceSpace } from '../program/space.ts'
import type { AxisMap, Const, Form, Program, Space, Term } from '../program/types.ts'
import type { Desk, KPtr } from './desk.ts'
import type { Publics } from './publics.ts'
import { contract, type Tensor } from './tensor.ts'
import type { AxisPoints, AxisVector, Vectors } from './vectors.ts'

/** `coef · ⟨⊗ vectors, segment⟩`: one term of a claim about committed cells. */
export interface ClaimTerm {
  readonly segment: number
  readonly coef: KPtr
  readonly axes: readonly AxisVector[]
}

/** Evaluates forms at points: as functionals of committed cells, and as numbers where cells are public. SPEC 3.3. */
export class Forms {
  readonly desk: Desk
  readonly program: Program
  readonly vectors: Vectors
  readonly publics: Publics

  constructor(desk: Desk, program: Program, vectors: Vectors, publics: Publics) {
    this.desk = desk
    this.program = program
    this.vectors = vectors
    this.publics = publics
  }

  /** Adds `scale · form` at a point to a claim, without what is public in it. */
  committed([space, , terms]: Form, points: AxisPoints, scale: KPtr, claim: ClaimTerm[]): void {
    for (const [coef, source, maps] of terms) {
      if (typeof source !== 'number') continue
      const axes = this.axisVectors(maps, sourceSpace(source, this.program.segments), space, points)
      const factor = this.desk.mul(this.desk.int(coef), this.broadcast(maps, space, points))
      claim.push({ segment: source, coef: this.desk.mul(scale, factor), axes })
    }
  }

  /** What is public of a form at a point: constants, public tensors and weights. */
  public([space, consts, terms]: Form, points: AxisPoints): KPtr {
    let sum = this.constants(consts, space, points)
    for (const term of terms) if (typeof term[1] !== 'number') sum = this.desk.add(sum, this.publicTerm(term, space, points))
    return sum
  }

  /** The constants of a form or a factor at a point. */
  constants(consts: readonly Const[], space: Space, points: AxisPoints): KPtr {
    let sum = this.desk.zero
    for (const [coef, vecs] of consts) {
      let value = this.desk.int(coef)
      for (const [ax, vec] of vecs.entries()) {
        const factor = vec < 0 ? this.vectors.onelt(points[ax]!, space[ax]!) : this.vectors.vecAt(vec, points[ax]!, space[ax]!)
        value = this.desk.mul(value, factor)
      }
      sum = this.desk.add(sum, value)
    }
    return sum
  }

  /** Π onelt over the axes that no map names. */
  broadcast(maps: readonly AxisMap[], space: Space, points: AxisPoints): KPtr {
    const named = new Set(maps.flatMap(axesOf))
    let out = this.desk.one
    for (const [ax, axis] of space.entries()) if (!named.has(ax)) out = this.desk.mul(out, this.vectors.onelt(points[ax]!, axis))
    return out
  }

  /** Σ_i vector[i]·tensor[…, i, …]. An axis of one real index under the weight 1 only goes away, and the cells stay what they are. */
  contract(tensor: Tensor, axis: number, vector: AxisVector): Tensor {
    if (vector.n === 1 && vector.table() === 0) return { ...tensor, axes: tensor.axes.filter((_, i) => i !== axis) }
    return contract(this.desk, tensor, axis, this.vectors.dense(vector))
  }

  private axisVectors(maps: readonly AxisMap[], source: Space, space: Space, points: AxisPoints): AxisVector[] {
    return maps.map((map, s) => this.vectors.of(map, source[s]!, space, points))
  }

  private publicTerm([coef, source, maps]: Term, space: Space, points: AxisPoints): KPtr {
    if (typeof source === 'number') throw new Error('a committed source has no public value')
    const axes = this.axisVectors(maps, sourceSpace(source, this.program.segments), space, points)
    const scale = this.desk.mul(this.desk.int(coef), this.broadcast(maps, space, points))
    if (typeof source !== 'number' && source[0] === 'ones')
      return axes.reduce((product, axis) => this.desk.mul(product, this.total(axis)), scale)
    return this.desk.mul(scale, this.contractAll(this.publics.tensor(source), axes))
  }

  /** Σ_i vector[i]. */
  private total(axis: AxisVector): KPtr {
    const table = axis.table()
    if (table === 0) return this.desk.int(BigInt(axis.n))
    const out = this.desk.fresh()
    this.desk.x.sumK(out, table, axis.n)
    return out
  }

  private contractAll(tensor: Tensor, vectors: readonly AxisVector[]): KPtr {
    let rest: { tensor: Tensor; vectors: readonly AxisVector[] } = { tensor, vectors }
    while (rest.vectors.length > 0) {
      const { axes } = rest.tensor
      const last = axes.length - 1
      const axis = axes[0]!.n >= axes[last]!.n ? 0 : last
      rest = {
        tensor: this.contract(rest.tensor, axis, rest.vectors[axis]!),
        vectors: rest.vectors.filter((_, i) => i !== axis),
      }
    }
    return rest.tensor.kind === 'K' ? rest.tensor.at : this.publics.scalar(rest.tensor)
  }
}

/** The axes of the form that a map reads. */
export function axesOf(map: AxisMap): number[] {
  switch (map[0]) {
    case 'fix':
    case 'sum':
      return []
    case 'gather':
      return map[1] < 0 ? [map[2]] : [map[1], map[2]]
    default:
      return [map[1]]
  }
}
