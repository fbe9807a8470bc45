import { fromBase64, OgError } from '@opengradient/protocol'
import { WASM_BASE64 } from '../generated/kernels.ts'
import type { KernelExports } from './exports/index.ts'
import { wasm } from './webassembly.ts'

const PAGE = 65_536
const MAX_BYTES = 2 ** 31
let compiled: object | undefined

/**
 * The kernels over one WebAssembly memory of at most 2 GiB: a bump arena for callers, and `fn`, the functions that work on it.
 * Pointers are byte offsets. Views (`u8`, `u64`, …) are only good until the next `alloc`, which may grow and so replace the buffer.
 * One instance does one thing at a time; it holds no state between calls except the arena and the interned labels.
 */
export class Kernels {
  readonly fn: KernelExports
  private readonly labels = new Map<string, number>()
  private labelEnd: number
  private top: number

  private constructor(exports: KernelExports) {
    this.fn = exports
    this.labelEnd = exports.labelArea()
    this.top = align(exports.heapBase())
  }

  /** For browsers' main threads, where compiling must not block; anywhere else too. */
  static async load(): Promise<Kernels> {
    compiled ??= await wasm.compile(fromBase64(WASM_BASE64))
    const instance = await wasm.instantiate(compiled)
    return new Kernels(instance.exports as KernelExports)
  }

  /** At once: Node and workers; browsers allow it where the module is small, which this one is for most. */
  static loadSync(): Kernels {
    compiled ??= new wasm.Module(fromBase64(WASM_BASE64))
    return new Kernels(new wasm.Instance(compiled).exports as KernelExports)
  }

  /** Address of `bytes` fresh bytes, aligned to 16, with whatever was there before. `ZK_MEMORY` when 2 GiB would be passed. */
  alloc(bytes: number): number {
    const at = this.top
    const end = align(at + bytes)
    if (!(bytes >= 0) || end > MAX_BYTES)
      throw new OgError('ZK_MEMORY', `zkml: ${end} bytes of memory are needed, ${MAX_BYTES} are allowed`)
    const missing = end - this.fn.memory.buffer.byteLength
    if (missing > 0) this.grow(missing)
    this.top = end
    return at
  }

  /** As `alloc`, all zero. */
  zeros(bytes: number): number {
    const at = this.alloc(bytes)
    new Uint8Array(this.fn.memory.buffer, at, bytes).fill(0)
    return at
  }

  /** The arena's end; give it to `release` to free everything allocated since. */
  mark(): number {
    return this.top
  }

  release(mark: number): void {
    this.top = mark
  }

  /** Copies bytes into fresh memory; returns the address. */
  put(data: Uint8Array | BigInt64Array | BigUint64Array | Int32Array | Uint32Array | Int16Array): number {
    const at = this.alloc(data.byteLength)
    new Uint8Array(this.fn.memory.buffer, at, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    return at
  }

  /** A copy of memory. */
  bytes(ptr: number, length: number): Uint8Array {
    return new Uint8Array(this.fn.memory.buffer, ptr, length).slice()
  }

  u8(ptr: number, length: number): Uint8Array {
    return new Uint8Array(this.fn.memory.buffer, ptr, length)
  }

  u32(ptr: number, length: number): Uint32Array {
    return new Uint32Array(this.fn.memory.buffer, ptr, length)
  }

  /** F values; K values take two. */
  u64(ptr: number, length: number): BigUint64Array {
    return new BigUint64Array(this.fn.memory.buffer, ptr, length)
  }

  i64(ptr: number, length: number): BigInt64Array {
    return new BigInt64Array(this.fn.memory.buffer, ptr, length)
  }

  /** The permanent address of an ASCII label for the transcript. All labels together take ≤ 1024 bytes. */
  label(text: string): number {
    const known = this.labels.get(text)
    if (known !== undefined) return known
    const at = this.labelEnd
    if (text.length > 255 || at + 1 + text.length > this.fn.labelArea() + 1024)
      throw new OgError('ZK_MEMORY', 'zkml: the area for labels is full')
    const area = this.u8(at, 1 + text.length)
    area[0] = text.length
    for (let i = 0; i < text.length; i++) area[1 + i] = text.charCodeAt(i)
    this.labelEnd = at + 1 + text.length
    this.labels.set(text, at)
    return at
  }

  private grow(missing: number): void {
    try {
      this.fn.memory.grow(Math.ceil(missing / PAGE))
    } catch (cause) {
      throw new OgError('ZK_MEMORY', 'zkml: the machine does not give the memory that is needed', { cause })
    }
  }
}

const align = (at: number): number => Math.ceil(at / 16) * 16
