/** A copy with one bit changed. */
export function flip(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at < 0 ? copy.length + at : at]! ^= 1 << bit
  return copy
}

/** A copy with other bytes from `at` on. */
export function patched(bytes: Uint8Array, at: number, patch: Uint8Array | readonly number[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set(patch, at)
  return copy
}

/** The code of a refusal, or `ok`. */
export const codeOf = (result: { ok: boolean; code?: string }): string => (result.ok ? 'ok' : result.code!)
