import { fMod } from '../field/f.ts'
import type { KernelExports } from '../kernels/exports/index.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Axis } from '../program/types.ts'

/** Address of a K value (16 bytes) or of an array of them. */
export type KPtr = number

/**
 * Where one proof is worked on: memory of the kernels, handed out in order and given back as a whole, and K values in it that never change
 * once written, so that formulas read as formulas.
 */
export class Desk {
  readonly x: KernelExports
  readonly kernels: Kernels
  readonly zero: KPtr
  readonly one: KPtr
  private readonly constants = new Map<bigint, KPtr>()
  private cell = 0
  private cells = 0

  constructor(kernels: Kernels) {
    this.kernels = kernels
    this.x = kernels.fn
    this.zero = this.int(0n)
    this.one = this.int(1n)
  }

  /** `bytes` bytes, aligned to 16, of undefined content. */
  alloc(bytes: number): number {
    return this.kernels.alloc(bytes)
  }

  /** `bytes` zero bytes, aligned to 16. */
  zeros(bytes: number): number {
    const at = this.alloc(bytes)
    this.bytes(at, bytes).fill(0)
    return at
  }

  /** A view of memory; valid until the next allocation. */
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.x.memory.buffer, at, length)
  }

  /** A copy of the bytes in memory. */
  put(bytes: Uint8Array): number {
    const at = this.alloc(bytes.length)
    this.bytes(at, bytes.length).set(bytes)
    return at
  }

  /** A fresh K value, to be written once. */
  fresh(): KPtr {
    if (this.cells === 0) {
      this.cells = 256
      this.cell = this.alloc(16 * this.cells)
    }
    this.cells--
    const at = this.cell
    this.cell += 16
    return at
  }

  /** The integer, mod p. */
  int(value: bigint): KPtr {
    const known = this.constants.get(value)
    if (known !== undefined) return known
    const at = this.fresh()
    const view = new BigUint64Array(this.x.memory.buffer, at, 2)
    view[0] = fMod(value)
    view[1] = 0n
    this.constants.set(value, at)
    return at
  }

  add(a: KPtr, b: KPtr): KPtr {
    const out = this.fresh()
    this.x.kAdd(out, a, b)
    return out
  }

  sub(a: KPtr, b: KPtr): KPtr {
    const out = this.fresh()
    this.x.kSub(out, a, b)
    return out
  }

  mul(a: KPtr, b: KPtr): KPtr {
    if (a === this.one) return b
    if (b === this.one) return a
    const out = this.fresh()
    this.x.kMul(out, a, b)
    return out
  }

  neg(a: KPtr): KPtr {
    return this.sub(this.zero, a)
  }

  /** Π (1 − r_i) over `count` coordinates: the factor of a zero prefix. SPEC 5 step 6. */
  zeroPrefix(r: KPtr, count: number): KPtr {
    let out = this.one
    for (let i = 0; i < count; i++) out = this.mul(out, this.sub(this.one, r + 16 * i))
    return out
  }

  /** eq(bits of `index`, r) over `count` coordinates, the first one for the most significant bit. */
  eqIndex(r: KPtr, count: number, index: number): KPtr {
    let out = this.one
    for (let i = 0; i < count; i++) {
      const bit = Math.floor(index / 2 ** (count - 1 - i)) % 2
      out = this.mul(out, bit === 1 ? r + 16 * i : this.sub(this.one, r + 16 * i))
    }
    return out
  }

  /** 1, x, …, x^(n−1). */
  powers(x: KPtr, n: number): KPtr {
    const out = this.alloc(16 * Math.max(1, n))
    this.x.kPowers(out, x, n)
    return out
  }

  /** out[x] += coef·Π vector[x_axis] over the real cells of a space; 0 for a vector of ones. */
  tensorAdd(out: KPtr, axes: readonly { readonly at: KPtr; readonly axis: Axis }[], coef: KPtr): void {
    this.x.tensorAdd(out, this.axisRecords(axes), axes.length, coef)
  }

  /** Records of axes for the kernels: pointer, real length, bits, 0. */
  axisRecords(axes: readonly { readonly at: KPtr; readonly axis: Axis }[]): number {
    return this.kernels.put(Uint32Array.from(axes.flatMap(({ at, axis: [n, bits] }) => [at, n, bits, 0])))
  }

  equal(a: KPtr, b: KPtr): boolean {
    return this.x.kEqual(a, b) === 1
  }
}
