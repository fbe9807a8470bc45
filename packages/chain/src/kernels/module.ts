import { fromBase64, OgError } from '@opengradient/protocol'

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

/** Why a kernel could not be loaded. */
let fault: OgError | undefined

/**
 * Throws why a kernel could not be loaded: the machine has no memory for it. EthereumJS takes that for a wrong input of the precompile, which
 * it would be on this machine alone.
 */
export function checkKernels(): void {
  if (fault) throw fault
}

/** Compiles a module with the first call, and no sooner: most blocks need none. Of `T` the caller knows that it is what the module exports. */
export function lazily<T extends Kernel>(base64: string): () => { readonly kernel: T; readonly area: Uint8Array } {
  let loaded: { readonly kernel: T; readonly area: Uint8Array } | undefined
  return () => {
    if (loaded) return loaded
    try {
      const kernel = new Instance(new Module(fromBase64(base64))).exports as T
      loaded = { kernel, area: new Uint8Array(kernel.memory.buffer, kernel.area()) }
    } catch (cause) {
      fault = new OgError('INTERNAL', `A kernel of the precompiles could not be loaded: ${(cause as Error).message}.`, { cause })
      throw fault
    }
    return loaded
  }
}
