import { fromBase64 } from '@opengradient/protocol'

/** What every kernel has: its memory, and the place in it where input and output stand. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  area(): number
}

/** The part of the WebAssembly API that is used here. In TypeScript's library it comes only with the DOM. */
interface Api {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

const { Module, Instance } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly

/** Compiles a module with the first call, and no sooner: most blocks need none. Of `T` the caller knows that it is what the module exports. */
export function lazily<T extends Kernel>(base64: string): () => { readonly kernel: T; readonly area: Uint8Array } {
  let loaded: { readonly kernel: T; readonly area: Uint8Array } | undefined
  return () => {
    if (loaded) return loaded
    const kernel = new Instance(new Module(fromBase64(base64))).exports as T
    loaded = { kernel, area: new Uint8Array(kernel.memory.buffer, kernel.area()) }
    return loaded
  }
}
