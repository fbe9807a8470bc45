import { bytesToHex, type Hex } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'
import type { ArchivedEntry } from './archive.ts'
import { isPacked, unpackBatch, unpackEntry } from './archivedEntry.ts'
import { toJson } from './record.ts'

/** Writes the index of a journal, which nobody has open, as software of format 1 wrote it. */
export async function asFormat1(index: string): Promise<void> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(index, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  const old = db.batch()
  for await (const [at, value] of db.iterator()) {
    const text = oldText(Buffer.from(at), value)
    if (text !== undefined) old.put(at, Buffer.from(text))
  }
  await old.put(Buffer.from('format'), Buffer.from('1')).write({ sync: true })
  await db.close()
}

/** What format 1 has at a key; nothing where it is the same. */
function oldText(at: Buffer, value: Uint8Array): string | undefined {
  const kind = at.toString('latin1', 0, 1)
  const id = bytesToHex(at.subarray(1))
  if (kind === 'r' && at.length === 33 && isPacked(value)) {
    const entry = unpackEntry(id, value)
    return freeText(entry) ?? toJson(entry)
  }
  if (kind === 'p' && value.length === 32) return toJson(bytesToHex(value))
  if (kind === 'b' && isPacked(value)) return toJson(unpackBatch(value))
  if (kind === 'g' && at.length > 5 && value[0] !== '['.charCodeAt(0)) return JSON.stringify(listOf(value))
  return undefined
}

function freeText({ state, requestHash, at, sequence, anchoredAt }: ArchivedEntry): string | undefined {
  if (state !== 'free' || at === undefined || sequence === undefined || anchoredAt === undefined) return undefined
  const { segment, offset, length } = at
  return `f${requestHash.slice(2)} ${segment} ${offset} ${length} ${sequence} ${anchoredAt}`
}

function listOf(keys: Uint8Array): Hex[][] {
  const list: Hex[][] = []
  for (let at = 0; at < keys.length; at += 33) {
    const id = bytesToHex(keys.subarray(at + 1, at + 33))
    if (keys[at] === 'r'.charCodeAt(0)) list.push([id])
    else list.at(-1)!.push(id)
  }
  return list
}
