import type { Hex } from '@opengradient/protocol'
import type { ArchivedEntry } from './archive.ts'
import type { Entry } from './entry.ts'

/** `f` · hash of the request · segment, offset and length of its record · sequence of its batch · when that was committed. JSON begins with a brace. */
const FREE = /^f([0-9a-f]{64}) (\d+) (\d+) (\d+) (\d+) (\d+)$/

/** What the index keeps of a free request in a committed batch, which most are, in a third of its JSON; nothing for other entries. */
export function freeText({ state, requestHash, answer, sequence, anchoredAt }: Entry): string | undefined {
  if (state !== 'free' || answer?.at === undefined || sequence === undefined || anchoredAt === undefined) return undefined
  const { segment, offset, length } = answer.at
  return `f${requestHash.slice(2)} ${segment} ${offset} ${length} ${sequence} ${anchoredAt}`
}

/** What `freeText` wrote. */
export function freeEntry(requestId: Hex, text: string): ArchivedEntry | undefined {
  const [, hash, segment, offset, length, sequence, anchoredAt] = FREE.exec(text) ?? []
  if (hash === undefined) return undefined
  const at = { segment: Number(segment), offset: Number(offset), length: Number(length) }
  return { requestId, requestHash: `0x${hash}`, state: 'free', at, sequence: BigInt(sequence!), anchoredAt: Number(anchoredAt) }
}
