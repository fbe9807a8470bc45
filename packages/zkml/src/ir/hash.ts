import { blake3 } from '@noble/hashes/blake3.js'
import { utf8 } from '@opengradient/protocol'

/** `Hd(tag, data)` = BLAKE3(u8 length of tag ‖ tag ‖ data), 32 bytes; several `data` are hashed as one. SPEC 1.5. */
export function domainHash(tag: string, ...data: readonly Uint8Array[]): Uint8Array {
  const name = utf8(tag)
  const hash = blake3.create({}).update(Uint8Array.of(name.length)).update(name)
  for (const bytes of data) hash.update(bytes)
  return hash.digest()
}
