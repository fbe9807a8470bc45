import { concatBytes } from '../../bytes/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'

/** The Merkle root of `items` as RFC 6962 (section 2.1) has it, and CometBFT (`crypto/merkle`): SHA-256, 32 bytes. */
export function rfc6962Root(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) return sha256(new Uint8Array())
  if (items.length === 1) return sha256(concatBytes(Uint8Array.of(0), items[0]!))
  let split = 1
  while (2 * split < items.length) split *= 2
  return sha256(concatBytes(Uint8Array.of(1), rfc6962Root(items.slice(0, split)), rfc6962Root(items.slice(split))))
}
