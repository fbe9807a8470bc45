import { fromBase64 } from '@opengradient/protocol'
import { SITES_BASE64, WASM_BASE64 } from '../generated/kernels.ts'
import type { Memory } from './webassembly.ts'

/** Most memory that kernels may have. */
export const MAX_BYTES = 2 ** 31
/** From one static area of the module to the next. The first starts after 1 MiB and ends before this. */
export const AREA = 2 ** 21

const PAGE = 65_536
const SHARED = 2

/** The memory of kernels before they allocate. */
export const MEMORY = { initial: AREA / PAGE, maximum: MAX_BYTES / PAGE } as const

/** What the module imports. `fork` asks threads for the parts of a pass; it is called only after `setThreads`. */
export function importsOf(memory: Memory, fork: (pass: number, parts: number) => void = alone) {
  return { env: { memory, fork } }
}

function alone(): never {
  throw new Error('kernels without threads do not fork')
}

export function moduleBytes(): Uint8Array {
  return fromBase64(WASM_BASE64)
}

/**
 * The module for a shared memory, with the static area number `area` (0 to 62): modules with different areas do not meet in one memory. The fourth
 * byte of every address counts areas.
 */
export function threadModule(area: number): Uint8Array {
  const bytes = moduleBytes()
  const distances = fromBase64(SITES_BASE64)
  const view = new DataView(distances.buffer, distances.byteOffset, distances.length)
  let at = view.getUint16(0, true)
  bytes[at]! |= SHARED
  for (let i = 2; i < distances.length; i += 2) {
    at += view.getUint16(i, true)
    bytes[at]! += area
  }
  return bytes
}
