import type { Axis, AxisMap, Space, Window } from '../program/types.ts'
import type { Desk, KPtr } from './desk.ts'

/**
 * The vector of one source axis in a claim: what an axis map makes of the coordinates of a point. SPEC 3.3. `key` names it: equal keys,
 * equal vectors.
 */
export interface AxisVector {
  readonly key: number
  /** Real length and bits of the source axis. */
  readonly n: number
  readonly bits: number
  /** Its n values; 0 stands for all ones. */
  table(): KPtr
  /** Its multilinear extension (zero beyond n) at `bits` coordinates. */
  at(rho: KPtr): KPtr
}

/** Coordinates of a point of a form: where those of each axis begin. */
export type AxisPoints = readonly KPtr[]

/** Splits the coordinates at `point` among the axes of a space. */
export function axisPoints(space: Space, point: KPtr): AxisPoints {
  let at = point
  return space.map(([, bits]) => {
    const own = at
    at += 16 * bits
    return own
  })
}

/**
 * Makes vectors for axis maps, each once: many terms of a program read the same axis at the same coordinates.
 * Coordinates are told apart by address, so a point must stay where it is and not change.
 */
export class Vectors {
  private readonly desk: Desk
  private readonly vecs: readonly BigInt64Array[]
  private readonly made = new Map<string, AxisVector>()
  private readonly tables = new Map<string, KPtr>()
  private readonly scalars = new Map<string, KPtr>()
  private readonly embedded = new Map<number, KPtr>()
  private readonly placed = new Map<number, number>()
  private onesTable = { n: 0, at: 0 }

  constructor(desk: Desk, vecs: readonly BigInt64Array[]) {
    this.desk = desk
    this.vecs = vecs
  }

  /** The vector of a source axis `[n, bits]` that is read by `map` from axes `space` at `points`. */
  of(map: AxisMap, source: Axis, space: Space, points: AxisPoints): AxisVector {
    const [n, bits] = source
    switch (map[0]) {
      case 'id':
        return this.eq(points[map[1]]!, source)
      case 'wt':
        return this.built(`w${points[map[1]]},${map[2]},${n}`, source, () => this.weighted(points[map[1]]!, source, map[2]))
      case 'fix':
        return this.built(`f${map[1]},${n},${bits}`, source, () => this.unit(n, map[1]))
      case 'shift':
        return this.built(`s${points[map[1]]},${map[2]},${n},${space[map[1]]![0]}`, source, () =>
          this.shifted(points[map[1]]!, space[map[1]]!, n, map[2]),
        )
      case 'sum':
        return map[1] < 0 ? this.ones(source) : this.built(`g${map[1]},${n},${bits}`, source, () => this.vec(map[1]))
      case 'suffix':
        return this.built(`x${points[map[1]]},${n},${space[map[1]]![0]}`, source, () => this.suffix(points[map[1]]!, space[map[1]]!, n))
      case 'index':
        return this.built(`i${points[map[1]]},${map[2]},${n},${space[map[1]]![0]}`, source, () =>
          this.indexed(points[map[1]]!, space[map[1]]!, n, map[2]),
        )
      case 'gather': {
        const [, axK, axO, window] = map
        const k = axK < 0 ? 0 : points[axK]!
        return this.built(`c${k},${points[axO]},${window.join()}`, source, () => this.gathered(k, points[axO]!, window))
      }
    }
  }

  /** eq(point, i) for i < n. */
  eq(point: KPtr, [n, bits]: Axis): AxisVector {
    if (bits === 0) return this.ones([n, bits])
    return this.make(
      `e${point},${n},${bits}`,
      [n, bits],
      () => this.eqTable(point, bits),
      (rho) => {
        const out = this.desk.fresh()
        this.desk.x.eqlt(out, point, rho, bits, n)
        return out
      },
    )
  }

  /** 1 for i < n. */
  ones([n, bits]: Axis): AxisVector {
    return this.make(
      `1,${n},${bits}`,
      [n, bits],
      () => 0,
      (rho) => this.onelt(rho, [n, bits]),
    )
  }

  /** Σ_{i<n} eq(point, i). */
  onelt(point: KPtr, [n, bits]: Axis): KPtr {
    if (n === 2 ** bits) return this.desk.one
    return this.scalar(`${point},${n},${bits}`, (out) => this.desk.x.onelt(out, point, bits, n))
  }

  /** Σ_{i<n} vec[i]·eq(point, i). */
  vecAt(vec: number, point: KPtr, [n, bits]: Axis): KPtr {
    return this.scalar(`v${vec},${point},${n},${bits}`, (out) => this.desk.x.mleI64(out, this.ints(vec), n, point, bits))
  }

  /** The n values of a vector in memory, also where they are all ones. */
  dense({ n, table }: AxisVector): KPtr {
    const at = table()
    if (at !== 0) return at
    let ones = this.onesTable
    if (ones.n < n) {
      ones = { n, at: this.desk.alloc(16 * n) }
      this.onesTable = ones
      this.desk.x.kPowers(ones.at, this.desk.one, n)
    }
    return ones.at
  }

  /** The eq table of `bits` coordinates. */
  eqTable(point: KPtr, bits: number): KPtr {
    const key = `${point},${bits}`
    let table = this.tables.get(key)
    if (table === undefined) {
      table = this.desk.alloc(16 * 2 ** bits)
      this.desk.x.eqTable(table, point, bits)
      this.tables.set(key, table)
    }
    return table
  }

  /** A public vector of the program as K values. */
  vec(id: number): KPtr {
    let table = this.embedded.get(id)
    if (table === undefined) {
      const n = this.vecs[id]!.length
      const field = this.desk.alloc(8 * n)
      this.desk.x.fFromI64(field, this.ints(id), n)
      table = this.desk.alloc(16 * n)
      this.desk.x.kFromF(table, field, n)
      this.embedded.set(id, table)
    }
    return table
  }

  /** A public vector of the program as signed integers of 64 bits. */
  ints(id: number): number {
    let at = this.placed.get(id)
    if (at === undefined) {
      at = this.desk.kernels.put(this.vecs[id]!)
      this.placed.set(id, at)
    }
    return at
  }

  private built(key: string, source: Axis, build: () => KPtr): AxisVector {
    const [n, bits] = source
    const vector: AxisVector = this.make(key, source, build, (rho) => {
      const out = this.desk.fresh()
      this.desk.x.mleK(out, vector.table(), n, rho, bits)
      return out
    })
    return vector
  }

  private make(key: string, [n, bits]: Axis, build: () => KPtr, extend: (rho: KPtr) => KPtr): AxisVector {
    const known = this.made.get(key)
    if (known) return known
    let built: KPtr | undefined
    const table = () => {
      built ??= build()
      return built
    }
    const values = new Map<KPtr, KPtr>()
    const at = (rho: KPtr) => {
      let value = values.get(rho)
      if (value === undefined) {
        value = extend(rho)
        values.set(rho, value)
      }
      return value
    }
    const vector = { key: this.made.size, n, bits, table, at }
    this.made.set(key, vector)
    return vector
  }

  private scalar(key: string, write: (out: KPtr) => void): KPtr {
    let value = this.scalars.get(key)
    if (value === undefined) {
      value = this.desk.fresh()
      write(value)
      this.scalars.set(key, value)
    }
    return value
  }

  private unit(n: number, index: number): KPtr {
    const { desk } = this
    const out = desk.zeros(16 * n)
    if (index < n) desk.x.kAdd(out + 16 * index, desk.zero, desk.one)
    return out
  }

  private weighted(point: KPtr, [n, bits]: Axis, vec: number): KPtr {
    const { desk } = this
    const out = desk.alloc(16 * n)
    const eq = this.eqTable(point, bits)
    const g = this.vec(vec)
    for (let i = 0; i < n; i++) desk.x.kMul(out + 16 * i, eq + 16 * i, g + 16 * i)
    return out
  }

  /** eq(point, i + offset) where that is a real index of the form's axis. */
  private shifted(point: KPtr, [real, bits]: Axis, n: number, offset: number): KPtr {
    const { desk } = this
    const out = desk.zeros(16 * n)
    const eq = this.eqTable(point, bits)
    const from = Math.max(0, -offset)
    const to = Math.min(n, real - offset)
    if (to > from) desk.bytes(out + 16 * from, 16 * (to - from)).set(desk.bytes(eq + 16 * (from + offset), 16 * (to - from)))
    return out
  }

  /** Σ_{j<i} eq(point, j), j real. */
  private suffix(point: KPtr, [real, bits]: Axis, n: number): KPtr {
    const { desk } = this
    const out = desk.zeros(16 * n)
    const eq = this.eqTable(point, bits)
    for (let i = 1; i < n; i++) desk.x.kAdd(out + 16 * i, out + 16 * (i - 1), i - 1 < real ? eq + 16 * (i - 1) : desk.zero)
    return out
  }

  /** c[vec[i]] += eq(point, i). */
  private indexed(point: KPtr, [real, bits]: Axis, n: number, vec: number): KPtr {
    const { desk } = this
    const out = desk.zeros(16 * n)
    const eq = this.eqTable(point, bits)
    const indices = this.vecs[vec]!
    for (let i = 0; i < real; i++) {
      const to = out + 16 * Number(indices[i]!)
      desk.x.kAdd(to, to, eq + 16 * i)
    }
    return out
  }

  /** c[y·W + x] = Σ over taps and outputs that read it; every tap with weight 1 when `k` is 0. */
  private gathered(k: KPtr, o: KPtr, window: Window): KPtr {
    const [, , KH, KW, OH, OW] = window
    const out = this.desk.zeros(16 * window[0] * window[1])
    const eqO = this.eqTable(o, log2(OH * OW))
    const eqK = k === 0 ? 0 : this.eqTable(k, log2(KH * KW))
    const record = this.desk.kernels.put(Int32Array.from(window))
    for (let tap = 0; tap < KH * KW; tap++) this.desk.x.windowTap(out, eqO, record, tap, eqK === 0 ? this.desk.one : eqK + 16 * tap)
    return out
  }
}

/** Least b with 2^b ≥ n. */
export function log2(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1)
}
