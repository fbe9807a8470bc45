import { createHash } from 'node:crypto'
import { decodeRlp, encodeRlp, rlpBytes, rlpList } from '@opengradient/protocol'
import { refused } from './format.ts'

/** Chunks that a snapshot may have: 16 GiB. */
export const MAX_CHUNKS = 4_096
const MAX_HEADER_BYTES = 1_024
const MAX_METADATA_BYTES = MAX_HEADER_BYTES + 32 * MAX_CHUNKS + 16

/** What a snapshot says about itself: RLP of [header, hashes of the chunks one after the other]. */
export interface SnapshotMetadata {
  /** Header RLP of the block whose state this is. */
  readonly header: Uint8Array
  /** SHA-256 of each chunk. */
  readonly chunks: readonly Uint8Array[]
}

export function encodeMetadata({ header, chunks }: SnapshotMetadata): Uint8Array {
  return encodeRlp([header, Buffer.concat(chunks)])
}

/** Metadata from untrusted bytes; what the header says is not looked at. Throws `RLP_MALFORMED` or `CHAIN_SNAPSHOT_INVALID`. */
export function parseMetadata(bytes: Uint8Array): SnapshotMetadata {
  if (bytes.length > MAX_METADATA_BYTES) throw refused(`its metadata has ${bytes.length} bytes`)
  const items = rlpList(decodeRlp(bytes), 'metadata')
  if (items.length !== 2) throw refused(`its metadata has ${items.length} fields`)
  const header = rlpBytes(items[0], 'header')
  const hashes = rlpBytes(items[1], 'chunks')
  if (header.length > MAX_HEADER_BYTES) throw refused(`its header has ${header.length} bytes`)
  if (hashes.length === 0 || hashes.length % 32 !== 0) throw refused(`the hashes of its chunks have ${hashes.length} bytes`)
  const chunks = Array.from({ length: hashes.length / 32 }, (_, i) => hashes.slice(32 * i, 32 * i + 32))
  if (chunks.length > MAX_CHUNKS) throw refused(`it has ${chunks.length} chunks`)
  return { header: header.slice(), chunks }
}

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
