import { OgError, uintBytes } from '@opengradient/protocol'
import type { SealContext } from '@opengradient/protocol/seal'
import { MAX_MESSAGE } from './hmac.ts'

/** More than what else is hashed with the texts: labels, lengths, a salt and three ids. */
const REST = 1_024

interface Known extends Pick<SealContext, 'method' | 'path' | 'contentType' | 'modelId'> {
  readonly headerLength: number | undefined
  readonly bytes: Buffer
}

/** The one before: most requests follow one to the same model. Nothing in it is secret. */
let last: Known | undefined

/**
 * What the key of a sealed request is bound to in front of its ids: `sealContextBytes` of `@opengradient/protocol/seal` without the last two
 * members.
 * @throws OgError `CHANNEL_MALFORMED` for a head that is too long to be hashed at once
 */
export function boundHead({ method, path, contentType, headerLength, modelId }: SealContext): Buffer {
  if (
    last?.path === path &&
    last.method === method &&
    last.contentType === contentType &&
    last.headerLength === headerLength &&
    last.modelId === modelId
  )
    return last.bytes
  const texts = [method, path, contentType, headerLength === undefined ? '' : String(headerLength)]
  // A character takes three bytes of UTF-8 at most.
  if (3 * texts.join('').length + REST > MAX_MESSAGE) throw new OgError('CHANNEL_MALFORMED', 'The head of the sealed request is too long.')
  const parts = [...texts.map((text) => Buffer.from(text)), Buffer.from(modelId.slice(2), 'hex')]
  const bytes = Buffer.concat(parts.flatMap((part) => [uintBytes(part.length, 4), part]))
  last = { method, path, contentType, headerLength, modelId, bytes }
  return bytes
}
