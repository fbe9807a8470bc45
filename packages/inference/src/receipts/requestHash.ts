import { createHash, hash } from 'node:crypto'
import { type Hex, type RequestParts, requestHashOf } from '@opengradient/protocol'

const MAX_CACHED = 4096
/** Up to here copying is cheaper than a hash object. */
const SMALL = 16 * 1024
/** What is small is put together here. Nothing of it stays. */
const scratch = Buffer.allocUnsafeSlow(SMALL)
const heads = new Map<string, Buffer>()
const TAG = 16
const UNSALTED = Buffer.alloc(0)

/**
 * The same as `requestHashOf`, several times as fast: a node sees few different heads, so each is checked and encoded once.
 * @param salt of a sealed request, 32 bytes
 * @throws OgError `REQUEST_HEAD_INVALID`
 */
export function requestHash(parts: RequestParts, salt: Uint8Array = UNSALTED): Hex {
  const { method, path, contentType, headerLength, body } = parts
  const head = `${method} ${path}\n${contentType}\n${headerLength === undefined ? '' : `${headerLength}\n`}`
  let bytes = heads.get(head)
  if (!bytes) {
    requestHashOf({ ...parts, body: new Uint8Array() })
    const text = Buffer.from(head)
    bytes = Buffer.alloc(4 + text.length)
    bytes.writeUInt32BE(text.length)
    text.copy(bytes, 4)
    if (heads.size >= MAX_CACHED) heads.clear()
    heads.set(head, bytes)
  }
  return hashOf(salt, bytes, body)
}

/**
 * What a sealed request is known by before it is opened: `requestHash` with the seal as salt and the tag at the end in the body's place. Seal
 * and tag stand for the whole body: each sealing draws a new salt, and nobody but who sealed it makes another body that opens with this tag.
 * @param seal text of `OG-Seal`
 */
export function sealedRequestHash(parts: Omit<RequestParts, 'body'>, seal: string, body: Uint8Array): Hex {
  return requestHash({ ...parts, body: body.subarray(-TAG) }, Buffer.from(seal, 'latin1'))
}

/** SHA-256 of the parts one after another. */
export function hashOf(...parts: readonly Uint8Array[]): Hex {
  let length = 0
  for (const part of parts) length += part.length
  if (length > SMALL) {
    const whole = createHash('sha256')
    for (const part of parts) whole.update(part)
    return `0x${whole.digest('hex')}`
  }
  let at = 0
  for (const part of parts) {
    scratch.set(part, at)
    at += part.length
  }
  const hashed = hash('sha256', scratch.subarray(0, length), 'hex')
  scratch.fill(0, 0, length)
  return `0x${hashed}`
}
