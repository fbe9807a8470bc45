import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { bytesToHex, type Hex } from '@opengradient/protocol'

/** Bytes that are hashed at a time: one to four milliseconds. */
const SLICE = 1 << 20

const KNOWN = new WeakMap<Uint8Array, Hex>()

/**
 * SHA-256 of a file in memory, which nobody changes any more: that of a model may take seconds, so others have their turn in between, and what
 * was hashed once, by who read it, is not hashed again by the engine that loads it.
 */
export async function fileHash(bytes: Uint8Array): Promise<Hex> {
  const known = KNOWN.get(bytes)
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += SLICE) {
    if (at > 0) await turn()
    hash.update(bytes.subarray(at, at + SLICE))
  }
  const digest = bytesToHex(hash.digest())
  KNOWN.set(bytes, digest)
  return digest
}
