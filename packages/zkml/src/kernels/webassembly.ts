/** The part of the WebAssembly API that is used here. It is the same in Node and browsers, but in TypeScript's library it comes only with the DOM. */
export interface Memory {
  readonly buffer: ArrayBuffer
  /** Adds pages of 64 KiB; throws RangeError beyond the maximum. */
  grow(pages: number): number
}

interface Api {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
  compile(bytes: Uint8Array): Promise<object>
  instantiate(module: object): Promise<{ readonly exports: unknown }>
}

export const wasm = (globalThis as unknown as { WebAssembly: Api }).WebAssembly
