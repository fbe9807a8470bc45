import { isError, OgError } from '@opengradient/protocol'
import type { KernelExports } from './exports/index.ts'
import { AREA, importsOf, MAX_BYTES, MEMORY, moduleBytes, threadModule } from './module.ts'
import { mayWait, Pool, type ThreadOptions } from './threads.ts'
import { wasm } from './webassembly.ts'

const PAGE = 65_536
const MAX_WORKERS = 15
let compiled: object | undefined

/**
 * The kernels over one WebAssembly memory of at most 2 GiB: a bump arena for callers, and `fn`, the functions that work on it.
 * Pointers are byte offsets. Views (`u8`, `u64`, …) are only good until the next `alloc`, which may grow and so replace the buffer.
 * One instance does one thing at a time; it holds no state between calls except the arena and the interned labels. `loadThreads` gives it workers.
 */
export class Kernels {
  readonly fn: KernelExports
  private readonly labels = new Map<string, number>()
  private labelEnd: number
  private top: number
  private pool: Pool | undefined

  private constructor(exports: KernelExports, areas = 0) {
    this.fn = exports
    this.labelEnd = exports.labelArea()
    this.top = align(exports.heapBase()) + areas * AREA
  }

  /** For browsers' main threads, where compiling must not block; anywhere else too. @throws OgError `ZK_WEBASSEMBLY` */
  static async load(): Promise<Kernels> {
    compiled ??= await compileHere()
    const instance = await wasm.instantiate(compiled, importsOf(new wasm.Memory(MEMORY)))
    return new Kernels(instance.exports as KernelExports)
  }

  /**
   * At once: Node and workers; browsers allow it where the module is small, which this one is for most. `mostBytes`: give them less memory than
   * they may have, to see what a machine that is short of it does.
   */
  static loadSync(mostBytes = MAX_BYTES): Kernels {
    compiled ??= new wasm.Module(moduleBytes())
    const memory = new wasm.Memory({ ...MEMORY, maximum: mostBytes / PAGE })
    return new Kernels(new wasm.Instance(compiled, importsOf(memory)).exports as KernelExports)
  }

  /**
   * As `loadSync`, with workers on the same memory that take parts of long passes: the same results, sooner. It does not wait for them; until they
   * are there this thread does all the work. `close` ends them. Once a worker has died every use throws `ZK_WORKER`. Where a thread may not wait
   * for others (a browser's main thread, a page that is not isolated) there are no workers.
   */
  static loadThreads(options: ThreadOptions): Kernels {
    const { workers } = options
    if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS)
      throw new OgError('ZK_WORKER', `zkml: ${workers} workers; there may be 0 to ${MAX_WORKERS}`)
    if (workers === 0 || !mayWait()) return Kernels.loadSync()
    const memory = new wasm.Memory({ ...MEMORY, shared: true })
    const imports = importsOf(memory, (pass, parts) => kernels.pool!.run(exports, pass, parts))
    const exports = new wasm.Instance(new wasm.Module(threadModule(0)), imports).exports as KernelExports
    const kernels = new Kernels(exports, workers)
    if (kernels.top > memory.buffer.byteLength) kernels.grow(kernels.top - memory.buffer.byteLength)
    kernels.pool = new Pool(memory, options)
    exports.setThreads(1 + workers)
    return kernels
  }

  /** How many passes were cut so far, and how many parts of them workers have done. */
  get shared(): { readonly passes: number; readonly helped: number } {
    const { passes = 0, helped = 0 } = this.pool ?? {}
    return { passes, helped }
  }

  /** Ends the workers, if there are any; the kernels are then of no more use. */
  async close(): Promise<void> {
    await this.pool?.close()
  }

  /** Throws `ZK_WORKER` when a worker has died: the memory is of no more use. */
  check(): void {
    this.pool?.check()
  }

  /** Address of `bytes` fresh bytes, aligned to 16, with whatever was there before. `ZK_MEMORY` when 2 GiB would be passed. */
  alloc(bytes: number): number {
    this.check()
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

/** Pages without `wasm-unsafe-eval` and workers of some hosts compile nothing; `node --jitless` has no WebAssembly at all. */
async function compileHere(): Promise<object> {
  try {
    return await wasm.compile(moduleBytes())
  } catch (cause) {
    const why = isError(cause) ? cause.message : String(cause)
    throw new OgError('ZK_WEBASSEMBLY', `no WebAssembly can be compiled here, and proofs are checked with it: ${why}`, { cause })
  }
}
