/** The part of the WebAssembly API that is used here. It is the same in Node and browsers, but in TypeScript's library it comes only with the DOM. */
export interface Memory {
  /** In threads a SharedArrayBuffer, which views take as well. */
  readonly buffer: ArrayBuffer
  /** Adds pages of 64 KiB; throws RangeError beyond the maximum. */
  grow(pages: number): number
}

/** In pages of 64 KiB. */
interface MemorySize {
  readonly initial: number
  readonly maximum: number
  readonly shared?: boolean
}

type Imports = Record<string, Record<string, unknown>>

interface Api {
  Memory: new (size: MemorySize) => Memory
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: Imports) => { readonly exports: unknown }
  compile(bytes: Uint8Array): Promise<object>
  instantiate(module: object, imports: Imports): Promise<{ readonly exports: unknown }>
}

export const wasm = (globalThis as unknown as { WebAssembly: Api }).WebAssembly
