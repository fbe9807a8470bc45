import { fMod } from '../field/f.ts'
import { bitsOf, realCells, sourceSpace } from '../program/space.ts'
import type { Const, Factor, Form, Space } from '../program/types.ts'
import type { Desk } from './desk.ts'
import type { Forms } from './forms.ts'
import type { Segments } from './partial.ts'
import { indexTable, readingsOf } from './reading.ts'
import type { Tensor } from './tensor.ts'

/** Index tables of a program, by what they depend on: made once, used by every proof of it. */
export type IndexCache = Map<string, Uint32Array>

/** Where the prover evaluates forms at every cell: F tables over padded spaces, zero in padding. */
export class Tables {
  private readonly forms: Forms
  private readonly desk: Desk
  private readonly segments: Segments
  private readonly cache: IndexCache
  private readonly placed = new Map<string, number>()
  private readonly bases = new Map<number, number>()

  constructor(forms: Forms, segments: Segments, cache: IndexCache) {
    this.forms = forms
    this.desk = forms.desk
    this.segments = segments
    this.cache = cache
  }

  /** The form's F table; the segment itself where the form is nothing else. */
  form(form: Form): number {
    const [space, consts, terms] = form
    const [only] = terms
    if (consts.length === 0 && terms.length === 1 && only![0] === 1n && this.isWhole(form, 0)) return this.segments(only![1] as number).at
    const out = this.desk.zeros(8 * 2 ** bitsOf(space))
    this.addConstants(out, space, consts)
    for (let t = 0; t < terms.length; t++) this.addTerm(out, form, t)
    return out
  }

  /** A segment as a tensor over F. */
  tensor(segment: number): Tensor {
    return this.segments(segment)
  }

  /** A segment's cells. */
  segment(segment: number): number {
    return this.segments(segment).at
  }

  /** A base form's table, made once. */
  base(id: number): number {
    let at = this.bases.get(id)
    if (at === undefined) {
      at = this.form(this.forms.program.bases[id]!)
      this.bases.set(id, at)
    }
    return at
  }

  /** A Hadamard factor as a K table, fresh. */
  factor([space, consts, bases]: Factor): number {
    const cells = 2 ** bitsOf(space)
    const sum = this.desk.zeros(8 * cells)
    this.addConstants(sum, space, consts)
    for (const [base, coef] of bases) this.desk.x.fAxpy(sum, this.base(base), this.desk.int(coef), cells)
    const out = this.desk.alloc(16 * cells)
    this.desk.x.kFromF(out, sum, cells)
    return out
  }

  private addConstants(out: number, space: Space, consts: readonly Const[]): void {
    const cells = 2 ** bitsOf(space)
    for (const [coef, vecs] of consts) {
      const { values, axes, maps } = this.constantSource(space, vecs)
      const tensor: Tensor = { at: values, kind: 'F', axes: axes.map((n) => ({ n, length: n })) }
      if (axes.length === 0 && realCells(space) === cells) this.desk.x.fAddConst(out, this.desk.int(coef), cells)
      else this.gather(out, space, maps, tensor, coef, `c${axes.join()}`)
    }
  }

  /** The product of the vectors of a constant as a tensor over the axes that have one. */
  private constantSource(space: Space, vecs: readonly number[]) {
    const named = vecs.flatMap((vec, ax) => (vec < 0 ? [] : [{ ax, vec, n: space[ax]![0] }]))
    const ints = (vec: number) => this.forms.program.vecs[vec]!
    const [first] = named
    let values: number
    if (named.length === 1) {
      values = this.desk.alloc(8 * first!.n)
      this.desk.x.fFromI64(values, this.forms.vectors.ints(first!.vec), first!.n)
    } else {
      const product = named.reduce<bigint[]>(
        (cells, { vec, n }) =>
          cells.flatMap((cell) =>
            ints(vec)
              .slice(0, n)
              .map((g) => cell * g),
          ),
        [1n],
      )
      values = this.desk.kernels.put(BigUint64Array.from(product, fMod))
    }
    return { values, axes: named.map(({ n }) => n), maps: named.map(({ ax }) => ['id', ax] as const) }
  }

  private addTerm(out: number, form: Form, index: number): void {
    const [space, , terms] = form
    const [coef, source, maps] = terms[index]!
    if (this.isWhole(form, index)) {
      this.desk.x.fAxpy(out, this.segments(source as number).at, this.desk.int(coef), 2 ** bitsOf(space))
      return
    }
    const tensor = typeof source === 'number' ? this.segments(source) : this.inF(this.forms.publics.tensor(source))
    const from = sourceSpace(source, this.forms.program.segments)
    this.gather(out, space, maps, tensor, coef, `t${typeof source === 'number'};${JSON.stringify(from)}`)
  }

  /** Whether the term reads a segment over the form's own space, cell by cell, and no axis is padded. */
  private isWhole([space, , terms]: Form, index: number): boolean {
    const [, source, maps] = terms[index]!
    return (
      typeof source === 'number' &&
      maps.length === space.length &&
      maps.every((map, ax) => map[0] === 'id' && map[1] === ax) &&
      space.every(([n, bits]) => n === 2 ** bits)
    )
  }

  private inF(tensor: Tensor): Tensor {
    if (tensor.kind === 'F') return tensor
    const cells = tensor.axes.reduce((product, { length }) => product * length, 1)
    const at = this.desk.alloc(8 * cells)
    if (tensor.kind === 'i16') this.desk.x.fFromI16(at, tensor.at, cells)
    else this.desk.x.fFromI64(at, tensor.at, cells)
    return { at, kind: 'F', axes: tensor.axes }
  }

  private gather(out: number, space: Space, maps: Parameters<typeof readingsOf>[3], tensor: Tensor, coef: bigint, name: string): void {
    const { desk } = this
    const readings = readingsOf(desk, this.forms.program.vecs, space, maps, tensor.axes)
    for (const [i, reading] of readings.entries()) {
      const key = `${i};${JSON.stringify(space)};${JSON.stringify(maps)};${name}`
      const index = this.index(key, () => indexTable(space, reading))
      desk.x.fGatherAxpy(out, tensor.at, index.at, desk.mul(desk.int(coef), reading.weight), index.n)
    }
  }

  private index(key: string, make: () => Uint32Array): { at: number; n: number } {
    let table = this.cache.get(key)
    if (table === undefined) {
      table = make()
      this.cache.set(key, table)
    }
    let at = this.placed.get(key)
    if (at === undefined) {
      at = this.desk.kernels.put(table)
      this.placed.set(key, at)
    }
    return { at, n: table.length }
  }
}
