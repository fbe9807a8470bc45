import type { AxisMap, Program, Space, Window } from '../program/types.ts'
import type { Desk, KPtr } from './desk.ts'
import type { TensorAxis } from './tensor.ts'

/** What some axes of a form add to the position in the source; below 0: nothing is read there. Row-major over the real indices of `axes`. */
interface Part {
  readonly axes: readonly number[]
  readonly offsets: Int32Array
}

/** One way in which the cells of a form read a source: a weight, and for every cell at most one source cell. */
export interface Reading {
  readonly weight: KPtr
  readonly parts: readonly Part[]
}

/** Marks a cell that reads nothing, for `fGatherAxpy`. */
export const NOTHING = 0xffff_ffff

/** Writes a term as a sum of weighted index maps from the cells of `space` to those of a source that lies in memory as `axes`. */
export function readingsOf(
  desk: Desk,
  vecs: Program['vecs'],
  space: Space,
  maps: readonly AxisMap[],
  axes: readonly TensorAxis[],
): Reading[] {
  let readings: Reading[] = [{ weight: desk.one, parts: [] }]
  let stride = 1
  for (let s = axes.length - 1; s >= 0; s--) {
    const choices = axisReadings(desk, vecs, space, maps[s]!, axes[s]!, stride)
    readings = readings.flatMap(({ weight, parts }) =>
      choices.map((choice) => ({ weight: desk.mul(weight, choice.weight), parts: [...parts, ...choice.parts] })),
    )
    stride *= axes[s]!.length
  }
  return readings
}

/** The source cell of every cell of the space, padding included (2^|Ω| entries): `NOTHING` in padding and where nothing is read. */
export function indexTable(space: Space, { parts }: Reading): Uint32Array {
  let table = new Int32Array(1)
  for (let ax = 0; ax < space.length; ax++) {
    const [n, bits] = space[ax]!
    const ready = parts.filter((part) => Math.max(...part.axes, -1) === ax || (part.axes.length === 0 && ax === 0))
    const next = new Int32Array(table.length << bits).fill(-1)
    for (let prefix = 0; prefix < table.length; prefix++) {
      if (table[prefix]! < 0) continue
      for (let i = 0; i < n; i++) next[(prefix << bits) + i] = step(space, ready, prefix, ax, i, table[prefix]!)
    }
    table = next
  }
  if (space.length === 0) for (const { offsets } of parts) table[0]! += offsets[0]!
  return new Uint32Array(table.buffer)
}

function step(space: Space, parts: readonly Part[], prefix: number, ax: number, i: number, sum: number): number {
  let total = sum
  for (const { axes, offsets } of parts) {
    let cell = 0
    for (const own of axes) cell = cell * space[own]![0] + (own === ax ? i : indexAt(space, prefix, ax, own))
    const offset = offsets[cell]!
    if (offset < 0) return -1
    total += offset
  }
  return total
}

/** Index of axis `own` in the concatenated indices of the axes before `ax`. */
function indexAt(space: Space, prefix: number, ax: number, own: number): number {
  let rest = prefix
  for (let a = ax - 1; a > own; a--) rest >>= space[a]![1]
  return rest & ((1 << space[own]![1]) - 1)
}

function axisReadings(desk: Desk, vecs: Program['vecs'], space: Space, map: AxisMap, source: TensorAxis, stride: number): Reading[] {
  const over = (ax: number, offset: (i: number) => number): Part => {
    const offsets = new Int32Array(space[ax]![0])
    for (let i = 0; i < offsets.length; i++) offsets[i] = offset(i)
    return { axes: [ax], offsets }
  }
  const constant = (offset: number): Part => ({ axes: [], offsets: Int32Array.of(offset) })
  const range = Array.from({ length: map[0] === 'sum' || map[0] === 'suffix' ? source.n : 0 }, (_, i) => i)
  switch (map[0]) {
    case 'id':
      return [{ weight: desk.one, parts: [over(map[1], (i) => i * stride)] }]
    case 'wt': {
      const weights = vecs[map[2]]!
      const distinct = [...new Set(weights.slice(0, source.n))].filter((g) => g !== 0n)
      return distinct.map((g) => ({ weight: desk.int(g), parts: [over(map[1], (i) => (weights[i] === g ? i * stride : -1))] }))
    }
    case 'fix':
      return [{ weight: desk.one, parts: [constant(map[1] * stride)] }]
    case 'shift':
      return [{ weight: desk.one, parts: [over(map[1], (i) => (i >= map[2] && i - map[2] < source.n ? (i - map[2]) * stride : -1))] }]
    case 'sum':
      return range.map((i) => ({ weight: map[1] < 0 ? desk.one : desk.int(vecs[map[1]]![i]!), parts: [constant(i * stride)] }))
    case 'suffix':
      return range.map((i) => ({ weight: desk.one, parts: [over(map[1], (j) => (j < i ? i * stride : -1))] }))
    case 'index':
      return [{ weight: desk.one, parts: [over(map[1], (i) => Number(vecs[map[2]]![i]!) * stride)] }]
    case 'gather':
      return gatherReadings(desk, map[1], map[2], map[3], stride)
  }
}

function gatherReadings(desk: Desk, axK: number, axO: number, window: Window, stride: number): Reading[] {
  const taps = window[2] * window[3]
  const outputs = window[4] * window[5]
  const offset = (k: number, o: number): number => tapCell(window, k, o) * stride
  if (axK < 0) {
    return Array.from({ length: taps }, (_, k) => ({
      weight: desk.one,
      parts: [{ axes: [axO], offsets: Int32Array.from({ length: outputs }, (_, o) => offset(k, o)) }],
    }))
  }
  const swapped = axO < axK
  const offsets = Int32Array.from({ length: taps * outputs }, (_, cell) =>
    swapped ? offset(cell % taps, Math.floor(cell / taps)) : offset(Math.floor(cell / outputs), cell % outputs),
  )
  return [{ weight: desk.one, parts: [{ axes: swapped ? [axO, axK] : [axK, axO], offsets }] }]
}

/** Position in the H×W map that tap `k` reads for output `o`; −1 outside. SPEC 3.3. */
export function tapCell([H, W, , KW, , OW, sy, sx, py, px, dy, dx]: Window, k: number, o: number): number {
  const y = Math.floor(o / OW) * sy + Math.floor(k / KW) * dy - py
  const x = (o % OW) * sx + (k % KW) * dx - px
  return y >= 0 && y < H && x >= 0 && x < W ? y * W + x : -1
}
