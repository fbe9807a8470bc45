import { uintBytes } from '@opengradient/protocol'

/** Bytes by their offset. */
export type Patches = Readonly<Record<number, readonly number[] | Uint8Array>>

/** The same bytes, patched in place. */
export function patch(bytes: Uint8Array, patches: Patches): Uint8Array {
  for (const [offset, value] of Object.entries(patches)) bytes.set(value, Number(offset))
  return bytes
}

/** Least significant byte first. */
export const little = (value: number, size: number): Uint8Array => uintBytes(value, size).reverse()
