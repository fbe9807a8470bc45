import type { BlockHeader } from '@ethereumjs/block'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, decodeRlp, type Hex, hexToBytes, rlpBytes, rlpList, rlpUint } from '@opengradient/protocol'
import type { Keccak } from '../../crypto/keccak.ts'
import { MAX_BLOCK_BYTES } from '../../executor/rules.ts'
import { rangeWrites } from '../../ledger/range.ts'
import { DATA_VERSION } from '../../open.ts'
import { EMPTY_CODE_HASH, sameBytes, seal } from '../../state/account.ts'
import { heightBytes, KEY, readHeight } from '../../state/keys.ts'
import { byteKey, type Store } from '../../state/store.ts'
import { listRoot } from '../../trie/list.ts'
import { encodeBytes } from '../../trie/rlp.ts'
import { parseChunk, refused } from '../format.ts'
import { headersWith } from '../records.ts'
import { Batch } from './batch.ts'
import { peakWrites } from './peaks.ts'
import { buildTries } from './tries.ts'
import { deleteAll } from './unfinished.ts'

/** The header whose hash is trusted, its RLP, and what else a restore needs. */
export interface StagingParts {
  readonly store: Store
  readonly keccak: Keccak
  readonly genesisHash: Hex
  readonly header: BlockHeader
  readonly headerRlp: Uint8Array
  readonly pause: () => Promise<void>
}

/**
 * Takes the records of a snapshot in their order (untrusted) into an emptied database, and in the end makes it a chain if they give the
 * header's roots. Until then nothing that is stored counts. Throws `CHAIN_SNAPSHOT_INVALID` or `RLP_MALFORMED` for what is wrong with a
 * record, and the store's errors.
 */
export class Staging {
  readonly #parts: StagingParts
  readonly #batch: Batch
  /** Code that accounts have and that has not come yet. In memory are the hashes of all code. */
  readonly #codes = new Set<string>()
  /** Key of the last record of the chunk before. */
  #last: Uint8Array = new Uint8Array()
  readonly #heights: Generator<bigint, void, void>
  /** Hash and height of the last header that came. */
  #below: { readonly height: bigint; readonly hash: Uint8Array } | undefined
  readonly #transactions: Uint8Array[] = []
  #transactionBytes = 0
  #address: { readonly bytes: Uint8Array; readonly hash: Uint8Array } | undefined

  constructor(parts: StagingParts) {
    this.#parts = parts
    this.#batch = new Batch(parts.store, parts.pause)
    this.#heights = headersWith(parts.header.number)
  }

  /** Takes the records of the next chunk. */
  async take(chunk: Uint8Array): Promise<void> {
    let last: Uint8Array | undefined
    for (const [key, value] of parseChunk(chunk, this.#last)) {
      this.#add(key, value)
      last = key
      await this.#batch.turn()
    }
    await this.#batch.flush()
    this.#last = last!.slice()
  }

  /** After the last record: verifies the whole, and makes it the chain in one write. */
  async finish(): Promise<void> {
    const { store, keccak, header, headerRlp, genesisHash } = this.#parts
    const { number, stateRoot, transactionsTrie } = header
    if (!this.#heights.next().done) throw refused('a header is missing')
    this.#checkLink(header.parentHash, number)
    if (this.#codes.size > 0) throw refused(`the code of ${this.#codes.size} accounts is missing`)
    if (!sameBytes(listRoot(this.#transactions, keccak), transactionsTrie)) throw refused('its transactions are not those of its block')
    const root = await buildTries(store, keccak, this.#batch)
    if (!sameBytes(root, stateRoot)) throw refused('its accounts do not give the state root of its block')
    await store.write(peakWrites(store, number))
    await deleteAll(store, KEY.allStaged)
    const hash = keccak(headerRlp)
    await store.write([
      { key: KEY.header(number), value: headerRlp },
      { key: KEY.transactions(number), value: RLP.encode(this.#transactions) },
      { key: KEY.heightOf(hash), value: heightBytes(number) },
      ...rangeWrites(number, bytesToHex(hash), store),
      { key: KEY.meta('genesis'), value: hexToBytes(genesisHash) },
      { key: KEY.meta('version'), value: Buffer.from(DATA_VERSION) },
      { key: KEY.meta('since'), value: heightBytes(number) },
      { key: KEY.meta('head'), value: Uint8Array.of(...heightBytes(number), ...hash) },
      { key: KEY.meta('restoring'), value: undefined },
    ])
  }

  #add(key: Uint8Array, value: Uint8Array): void {
    const kind = String.fromCharCode(key[0]!)
    if (kind === 'a') this.#addAccount(key, value)
    else if (kind === 'b') this.#addHeader(key, value)
    else if (kind === 'c') this.#addCode(key, value)
    else if (kind === 's') this.#addSlot(key, value)
    else this.#addTransaction(key, value)
  }

  #addAccount(key: Uint8Array, value: Uint8Array): void {
    const fields = rlpList(decodeRlp(value), 'account')
    if (fields.length !== 4) throw refused(`an account has ${fields.length} fields`)
    rlpUint(fields[0], 'nonce', 8)
    rlpUint(fields[1], 'balance', 32)
    rlpBytes(fields[2], 'storageRoot', 32)
    const codeHash = rlpBytes(fields[3], 'codeHash', 32)
    if (!sameBytes(codeHash, EMPTY_CODE_HASH)) this.#codes.add(byteKey(codeHash))
    this.#batch.add(key, seal(key, value))
    this.#batch.add(KEY.stagedAccount(this.#parts.keccak(key.subarray(1))), value.slice())
  }

  #addHeader(key: Uint8Array, value: Uint8Array): void {
    const height = readHeight(key, 1)
    if (this.#heights.next().value !== height) throw refused(`the header of block ${height} does not come next`)
    const hash = this.#parts.keccak(value)
    if (height === 0n && bytesToHex(hash) !== this.#parts.genesisHash) throw refused('it is of another genesis')
    // A header begins with the head of its list, 3 bytes, and the parent's hash. What follows is known once the last one is.
    if (height > 0n) this.#checkLink(value.subarray(4, 36), height)
    this.#below = { height, hash }
    this.#batch.add(key, value.slice())
    this.#batch.add(KEY.heightOf(hash), heightBytes(height))
  }

  /** A header's parent is the header that came before it, unless a gap is between them. */
  #checkLink(parentHash: Uint8Array, height: bigint): void {
    const below = this.#below
    if (below?.height === height - 1n && !sameBytes(parentHash, below.hash))
      throw refused(`block ${below.height} is not the parent of the next`)
  }

  #addCode(key: Uint8Array, value: Uint8Array): void {
    if (!this.#codes.delete(byteKey(key.subarray(1)))) throw refused('it holds code that no account has')
    if (!sameBytes(this.#parts.keccak(value), key.subarray(1))) throw refused('a code does not have its hash')
    this.#batch.add(key, value.slice())
  }

  #addSlot(key: Uint8Array, value: Uint8Array): void {
    const { keccak } = this.#parts
    if (value[0] === 0) throw refused('a storage value has leading zeros')
    const bytes = key.subarray(1, 21)
    if (!this.#address || !sameBytes(this.#address.bytes, bytes)) this.#address = { bytes, hash: keccak(bytes) }
    this.#batch.add(key, seal(key, value))
    this.#batch.add(KEY.stagedSlot(this.#address.hash, keccak(key.subarray(21))), encodeBytes(value.slice()))
  }

  #addTransaction(key: Uint8Array, value: Uint8Array): void {
    const { number } = this.#parts.header
    if (readHeight(key, 1) !== number || readHeight(key, 9) !== BigInt(this.#transactions.length)) {
      throw refused('a transaction does not come next')
    }
    this.#transactionBytes += value.length
    if (this.#transactionBytes > MAX_BLOCK_BYTES) throw refused(`its transactions have more than ${MAX_BLOCK_BYTES} bytes`)
    this.#transactions.push(value.slice())
  }
}
