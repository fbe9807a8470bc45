import { OgError } from '@opengradient/protocol'
import { MAX_TRANSACTION_BYTES } from '../executor/rules.ts'

/**
 * A snapshot is a stream of records, each a key, the length of its value (4 bytes, big-endian) and the value:
 *
 * | key | value |
 * | --- | --- |
 * | `b` height | header RLP, of block 0 and of the 255 blocks before the snapshot's, in their order |
 * | `x` height index | transaction of the snapshot's block, as it was sent; `index` is 8 bytes; in their order |
 * | `a` address | account as in the trie; in the order of the hashes of the addresses, so that of the state trie |
 * | `c` code hash | code, behind the first account that has it |
 * | `s` address slot | storage value without leading zeros, behind its account, in the order of the hashes of the slots |
 * | `p` | the last record of each chunk: the proofs of the last account and of the last slot behind it, lists of trie nodes as in EIP-1186 |
 *
 * A chunk holds as many records as fit into 4 MiB, and the proofs. Whoever knows the state root sees with each chunk that everything up to its
 * end, and nothing else, is in the state (`trie/leftProof.ts`). Nothing is compressed, so that all nodes make the same bytes whatever their zlib.
 */
export const SNAPSHOT_FORMAT = 2
/** Size of a chunk at most, without its proofs. */
export const CHUNK_BYTES = 4 << 20
/** Size of the proofs at most: branches of 532 bytes, as deep as anybody can make the paths. */
export const PROOF_BYTES = 64 << 10
/** Headers before the snapshot's block that go with it: what BLOCKHASH can ask for in the next block, but for that block itself. */
export const HEADERS_BEFORE = 255n

/** One entry of the store, without its seal. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Bytes of key and, at most, of value, by the key's first byte. No value is empty. Code: EIP-170. */
const SIZES: ReadonlyMap<number, { readonly key: number; readonly value: number }> = new Map([
  [0x61, { key: 1 + 20, value: 110 }],
  [0x62, { key: 1 + 8, value: 1_024 }],
  [0x63, { key: 1 + 32, value: 24_576 }],
  [0x73, { key: 1 + 20 + 32, value: 32 }],
  [0x78, { key: 1 + 8 + 8, value: MAX_TRANSACTION_BYTES }],
  [0x70, { key: 1, value: PROOF_BYTES }],
])

/** Key of the record that ends a chunk. */
export const PROOF_KEY = Uint8Array.of(0x70)

/** The bytes of a record. */
export function encodeRecord([key, value]: Entry): Uint8Array {
  const out = new Uint8Array(key.length + 4 + value.length)
  out.set(key)
  new DataView(out.buffer).setUint32(key.length, value.length)
  out.set(value, key.length + 4)
  return out
}

/** The records of a chunk (untrusted); views of the chunk. Neither their order nor their values are looked at. Throws `CHAIN_SNAPSHOT_INVALID`. */
export function* parseChunk(chunk: Uint8Array): Generator<Entry, void, void> {
  if (chunk.length === 0 || chunk.length > CHUNK_BYTES + PROOF_BYTES) throw refused(`a chunk has ${chunk.length} bytes`)
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
  for (let at = 0; at < chunk.length; ) {
    const size = SIZES.get(chunk[at]!)
    if (!size) throw refused(`there is no kind ${chunk[at]}`)
    const start = at + size.key + 4
    if (start > chunk.length) throw refused('a chunk ends in the middle of a record')
    const length = view.getUint32(at + size.key)
    if (length === 0 || length > size.value) throw refused(`a value has ${length} bytes`)
    if (start + length > chunk.length) throw refused('a chunk ends in the middle of a record')
    const key = chunk.subarray(at, at + size.key)
    yield [key, chunk.subarray(start, start + length)]
    at = start + length
  }
}

/** What is wrong with a snapshot that somebody else made. */
export const refused = (why: string): OgError => new OgError('CHAIN_SNAPSHOT_INVALID', `The snapshot was refused: ${why}.`)
