import { bitsOf, sourceSpace } from '../program/space.ts'
import type { Axis, AxisMap, Const, Form, Source, Space, Term, Window } from '../program/types.ts'
import type { KPtr } from './desk.ts'
import { axesOf, type Forms } from './forms.ts'
import { indexTable, readingsOf, tapCell } from './reading.ts'
import { cellsOf, contractTaps, contractTo, type Tensor, toK } from './tensor.ts'
import { log2 } from './vectors.ts'

/** Reads committed sources: a segment as a tensor over F. Only the prover has one. */
export type Segments = (segment: number) => Tensor

/** For each axis of a form the coordinates that it is fixed at, or undefined for the axes that stay. */
export type Fixing = readonly (KPtr | undefined)[]

/**
 * A form with some axes fixed at coordinates: a K table over the axes that stay, zero in padding. The factor of a contraction, L(b, τ_m, k),
 * is one. `segments` is needed where the form has committed cells.
 */
export function partial(forms: Forms, [space, consts, terms]: Form, fixing: Fixing, segments?: Segments): KPtr {
  const stay = space.flatMap((_, ax) => (fixing[ax] === undefined ? [ax] : []))
  const target: Target = { forms, space, fixing, stay, over: stay.map((ax) => space[ax]!), out: 0 }
  const out = forms.desk.zeros(16 * 2 ** bitsOf(target.over))
  for (const constant of consts) addConstant({ ...target, out }, constant)
  for (const term of terms) addTerm({ ...target, out }, term, segments)
  return out
}

interface Target {
  readonly forms: Forms
  readonly space: Space
  readonly fixing: Fixing
  /** Axes that stay, and the space of them. */
  readonly stay: readonly number[]
  readonly over: Space
  readonly out: KPtr
}

function addConstant({ forms, space, fixing, stay, out }: Target, [coef, vecs]: Const): void {
  const { desk, vectors } = forms
  let scale = desk.int(coef)
  for (const [ax, point] of fixing.entries()) {
    if (point === undefined) continue
    scale = desk.mul(scale, vecs[ax]! < 0 ? vectors.onelt(point, space[ax]!) : vectors.vecAt(vecs[ax]!, point, space[ax]!))
  }
  const axes = stay.map((ax) => ({ at: vecs[ax]! < 0 ? 0 : vectors.vec(vecs[ax]!), axis: space[ax]! }))
  desk.tensorAdd(out, axes, scale)
}

/** A tensor with what its axes are read by; `fixed` maps have all their axes at coordinates. */
interface Work {
  readonly tensor: Tensor
  readonly axes: readonly { readonly map: AxisMap; readonly source: Axis; readonly fixed: boolean }[]
}

function addTerm(target: Target, [coef, source, maps]: Term, segments: Segments | undefined): void {
  const { forms, space, fixing, stay, over, out } = target
  const { desk } = forms
  const named = new Set(maps.flatMap(axesOf))
  let scale = desk.int(coef)
  for (const [ax, point] of fixing.entries())
    if (point !== undefined && !named.has(ax)) scale = desk.mul(scale, forms.vectors.onelt(point, space[ax]!))
  const from = sourceSpace(source, forms.program.segments)
  const isFixed = (map: AxisMap) => axesOf(map).every((ax) => fixing[ax] !== undefined)
  let work: Work = {
    tensor: sourceTensor(forms, source, segments),
    axes: maps.map((map, s) => ({ map, source: from[s]!, fixed: isFixed(map) })),
  }
  for (let axis = nextFixed(work); axis >= 0; axis = nextFixed(work)) work = contractAxis(target, work, axis)
  for (let axis = nextMixed(target, work); axis >= 0; axis = nextMixed(target, work)) work = takeTaps(target, work, axis)
  const renamed = work.axes.map(({ map }) => rename(map, stay))
  const tensor = toK(desk, work.tensor)
  for (const reading of readingsOf(desk, forms.program.vecs, over, renamed, tensor.axes))
    gatherAdd(target, out, tensor, indexTable(over, reading), desk.mul(scale, reading.weight))
}

function sourceTensor(forms: Forms, source: Source, segments: Segments | undefined): Tensor {
  if (typeof source !== 'number') return forms.publics.tensor(source)
  if (segments === undefined) throw new Error('a committed source needs its segment')
  return segments(source)
}

/** The next axis to contract: at an end of the tensor if one is there, since that is one pass over memory. */
function nextFixed({ axes }: Work): number {
  const last = axes.length - 1
  if (last >= 0 && axes[0]!.fixed) return axes[last]!.fixed && axes[last]!.source[0] > axes[0]!.source[0] ? last : 0
  if (last >= 0 && axes[last]!.fixed) return last
  return axes.findIndex(({ fixed }) => fixed)
}

function contractAxis({ forms, space, fixing }: Target, { tensor, axes }: Work, axis: number): Work {
  const { map, source } = axes[axis]!
  const points = fixing.map((point) => point ?? 0)
  return { tensor: forms.contract(tensor, axis, forms.vectors.of(map, source, space, points)), axes: axes.filter((_, i) => i !== axis) }
}

/** A gather of which one axis stays and the other is fixed. */
function nextMixed({ fixing }: Target, { axes }: Work): number {
  return axes.findIndex(
    ({ map }) => map[0] === 'gather' && map[1] >= 0 && (fixing[map[1]] === undefined) !== (fixing[map[2]] === undefined),
  )
}

/** Turns the map axis of such a gather into the axis that stays, in front of the others. */
function takeTaps({ forms, fixing }: Target, { tensor, axes }: Work, axis: number): Work {
  const { desk, vectors } = forms
  const { map, source } = axes[axis]!
  if (map[0] !== 'gather') throw new Error('not a gather')
  const [, axK, axO, window] = map
  const stays = fixing[axK] === undefined ? axK : axO
  const taps = window[2] * window[3]
  const outputs = window[4] * window[5]
  const count = stays === axK ? taps : outputs
  const eqs = stays === axK ? vectors.eqTable(fixing[axO]!, log2(outputs)) : vectors.eqTable(fixing[axK]!, log2(taps))
  const rest = tensor.axes.filter((_, i) => i !== axis)
  const cells = cellsOf(rest)
  const out = desk.alloc(16 * count * cells)
  if (stays === axK && axis === tensor.axes.length - 1 && tensor.kind !== 'K') contractTaps(desk, out, tensor, window, eqs)
  else {
    const vector = desk.alloc(16 * source[0])
    const record = desk.kernels.put(Int32Array.from(window))
    for (const i of Array(count).keys()) {
      desk.bytes(vector, 16 * source[0]).fill(0)
      if (stays === axK) desk.x.windowTap(vector, eqs, record, i, desk.one)
      else addOutput(forms, vector, window, i, eqs)
      contractTo(desk, out + 16 * i * cells, tensor, axis, vector)
    }
  }
  const kept: Work['axes'][number] = { map: ['id', stays], source: [count, log2(count)], fixed: false }
  return {
    tensor: { at: out, kind: 'K', axes: [{ n: count, length: count }, ...rest] },
    axes: [kept, ...axes.filter((_, i) => i !== axis)],
  }
}

function addOutput({ desk }: Forms, vector: KPtr, window: Window, output: number, eqK: KPtr): void {
  for (let k = 0; k < window[2] * window[3]; k++) {
    const cell = tapCell(window, k, output)
    if (cell >= 0) desk.x.kAdd(vector + 16 * cell, vector + 16 * cell, eqK + 16 * k)
  }
}

/** The map with the axes numbered among those that stay. */
function rename(map: AxisMap, stay: readonly number[]): AxisMap {
  switch (map[0]) {
    case 'fix':
    case 'sum':
      return map
    case 'gather':
      return ['gather', stay.indexOf(map[1]), stay.indexOf(map[2]), map[3]]
    case 'id':
      return ['id', stay.indexOf(map[1])]
    case 'suffix':
      return ['suffix', stay.indexOf(map[1])]
    case 'index':
      return ['index', stay.indexOf(map[1]), map[2]]
    case 'wt':
      return ['wt', stay.indexOf(map[1]), map[2]]
    case 'shift':
      return ['shift', stay.indexOf(map[1]), map[2]]
  }
}

/** out[x] += scale · tensor[index[x]]. */
function gatherAdd({ forms }: Target, out: KPtr, tensor: Tensor, index: Uint32Array, scale: KPtr): void {
  const { desk } = forms
  desk.x.kGatherAxpy(out, tensor.at, desk.kernels.put(index), scale, index.length)
}
