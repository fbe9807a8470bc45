import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, type Commit, commitSchema, type Hex, hexToBytes, utf8 } from '@opengradient/protocol'
import type { ChainBlock, ChainHeader, ChainLog, ChainReceipt, GasPayment, HistoryPath, StoredReceipt, Transaction } from '../chain.ts'
import type { Crypto } from '../crypto/crypto.ts'
import { decodeTransaction } from '../executor/decode.ts'
import type { ExecutedBlock } from '../executor/execute.ts'
import { eachReceipt, packReceipts, unpackPayments, unpackReceipts } from '../executor/receipt.ts'
import { heightBytes, KEY, readHeight } from '../state/keys.ts'
import { Lru } from '../state/lru.ts'
import type { Store, Write } from '../state/store.ts'
import { encodeRlp } from '../trie/encode.ts'
import { type IncludedTransaction, lazyBlock } from './chainBlock.ts'
import { damaged } from './damaged.ts'
import { rangePath, rangeWrites } from './range.ts'

/** Memory for decoded blocks, and for their receipts, in bytes. */
const CACHED_BLOCKS = 12 << 20
const CACHED_RECEIPTS = 8 << 20

/** The committed blocks and what belongs to them. Reads are synchronous and may be asked at any time. */
export class Ledger {
  readonly #store: Store
  readonly #common: Common
  readonly #crypto: Crypto
  readonly #blocks = new Lru<ChainBlock>(CACHED_BLOCKS, blockMemory)
  readonly #receipts = new Lru<readonly ChainReceipt[]>(CACHED_RECEIPTS, receiptsMemory)
  /** The first block that can be looked at: that of the snapshot which the database began with, or 0. */
  #since: bigint
  #head: ChainBlock

  /** On a store that holds at least block 0; throws `CHAIN_DATA_CORRUPT` when its head is not there or not what it says. */
  constructor(store: Store, common: Common, crypto: Crypto) {
    this.#store = store
    this.#common = common
    this.#crypto = crypto
    this.#since = this.#recordedSince()
    this.#head = this.#recordedHead()
  }

  /** Begins anew on what is in the store now: a snapshot was restored there. Throws `CHAIN_DATA_CORRUPT` as the constructor. */
  reopen(): void {
    this.#blocks.clear()
    this.#receipts.clear()
    this.#since = this.#recordedSince()
    this.#head = this.#recordedHead()
  }

  /**
   * Shows the blocks from `first` to `height`: those that count in the thread that commits, in another one with the same store. Throws
   * `CHAIN_DATA_CORRUPT` when the last is not there.
   */
  follow(first: bigint, height: bigint): void {
    if (first === this.#since && height === this.#head.height) return
    if (first !== this.#since) {
      this.#blocks.clear()
      this.#receipts.clear()
      this.#since = first
    }
    const head = this.#block(height)
    if (!head) throw damaged(`block ${height}, the last one, is missing`)
    this.#head = head
  }

  /** Height of the oldest block that is here. */
  get first(): bigint {
    return this.#since
  }

  get head(): ChainBlock {
    return this.#head
  }

  block(height: bigint): ChainBlock | undefined {
    return this.#committed(height) ? this.#block(height) : undefined
  }

  /** A block without its transactions. */
  header(height: bigint): ChainHeader | undefined {
    return this.#committed(height) ? this.#header(height) : undefined
  }

  blockByHash(hash: Hex): ChainBlock | undefined {
    const height = this.#store.get(KEY.heightOf(hexToBytes(hash)))
    return height && this.block(readHeight(height))
  }

  /** The hash of a block, without decoding it; of one of the 256 before the next block in any case. */
  blockHash(height: bigint): Uint8Array | undefined {
    const rlp = height >= 0n && height <= this.#head.height ? this.#store.get(KEY.header(height)) : undefined
    return rlp && this.#crypto.keccak(rlp)
  }

  logsBloom(height: bigint): Uint8Array | undefined {
    // Seventh field of the header; the six before it have fixed lengths: list head 3, hashes 33 each, address 21; bloom head 3.
    return this.#read(KEY.header, height)?.subarray(3 + 33 * 2 + 21 + 33 * 3 + 3, 3 + 33 * 2 + 21 + 33 * 3 + 3 + 256)
  }

  receipts(height: bigint): readonly ChainReceipt[] | undefined {
    const known = this.#receipts.get(String(height))
    if (known) return known
    const packed = this.#read(KEY.receipts, height)
    const receipts = packed && unpackReceipts(packed, this.#crypto.keccak)
    if (receipts) this.#receipts.set(String(height), receipts)
    return receipts
  }

  /** The receipts one by one, each read when it is asked for. */
  eachReceipt(height: bigint): Iterable<StoredReceipt> | undefined {
    const packed = this.#read(KEY.receipts, height)
    return packed && eachReceipt(packed)
  }

  /** What the transactions of a block paid for their gas; looks at no log. */
  payments(height: bigint): readonly GasPayment[] | undefined {
    const packed = this.#read(KEY.receipts, height)
    return packed && unpackPayments(packed)
  }

  locate(transactionHash: Hex): { height: bigint; index: number } | undefined {
    const position = this.#store.get(KEY.position(hexToBytes(transactionHash)))
    if (!position || !this.#committed(readHeight(position))) return undefined
    return { height: readHeight(position), index: Number(readHeight(position, 8)) }
  }

  commit(height: bigint): Commit | undefined {
    const bytes = this.#read(KEY.commit, height)
    try {
      return bytes && commitSchema.parse(JSON.parse(Buffer.from(bytes).toString()))
    } catch (cause) {
      throw damaged(`the commit of block ${height} is unreadable`, cause)
    }
  }

  /** The call of `Staking` with which a block began; undefined when there was nothing to report. */
  report(height: bigint): Uint8Array | undefined {
    return this.#read(KEY.report, height)
  }

  historyPath(height: bigint, atHeight: bigint): HistoryPath | undefined {
    if (height >= atHeight || !this.#committed(height) || !this.#committed(atHeight)) return undefined
    return rangePath(height, atHeight, this.#store)
  }

  /** Makes a block that was just stored the head. */
  advance(block: ChainBlock): ChainBlock {
    this.#head = block
    this.#blocks.set(String(block.height), block)
    return block
  }

  /** While a block is being stored its entries can be seen already; it counts once all of them are. */
  #committed(height: bigint): boolean {
    return height >= this.#since && height <= this.#head.height
  }

  #read(key: (height: bigint) => Uint8Array, height: bigint): Uint8Array | undefined {
    return this.#committed(height) ? this.#store.get(key(height)) : undefined
  }

  #recordedSince(): bigint {
    const since = this.#store.get(KEY.meta('since'))
    return since ? readHeight(since) : 0n
  }

  #recordedHead(): ChainBlock {
    const head = this.#store.get(KEY.meta('head'))
    const block = head?.length === 40 ? this.#block(readHeight(head)) : undefined
    if (!block || block.hash !== bytesToHex(head!.subarray(8))) throw damaged('its last block is missing or not the one recorded')
    return block
  }

  #block(height: bigint): ChainBlock | undefined {
    const known = this.#blocks.get(String(height))
    if (known) return known
    const found = this.#header(height)
    const packed = found && this.#store.get(KEY.transactions(height))
    if (!packed) return undefined
    // Checked when they were committed, so senders are recovered only if somebody asks.
    const transactions = (RLP.decode(packed) as Uint8Array[]).map((raw) => this.#included(raw))
    const block = lazyBlock(found.header, found.hash, transactions, this.#common)
    this.#blocks.set(String(height), block)
    return block
  }

  #included(raw: Uint8Array): IncludedTransaction {
    const [common, crypto] = [this.#common, this.#crypto]
    let decoded: Transaction | undefined
    const read = () => (decoded ??= decodeTransaction(raw, common, crypto))
    return {
      raw,
      hash: bytesToHex(crypto.keccak(raw)),
      get sender() {
        return read().sender
      },
      get fields() {
        return read().fields
      },
      get inner() {
        return createTxFromRLP(raw, { common })
      },
    }
  }

  /** The header, if its hash is the one that was indexed when it was stored. */
  #header(height: bigint): ChainHeader | undefined {
    const known = this.#blocks.get(String(height))
    if (known) return { height, hash: known.hash, header: known.block.header }
    const rlp = this.#store.get(KEY.header(height))
    if (!rlp) return undefined
    const hash = this.#crypto.keccak(rlp)
    const indexed = this.#store.get(KEY.heightOf(hash))
    if (!indexed || readHeight(indexed) !== height) throw damaged(`the header of block ${height} is not the one that was stored`)
    return { height, hash: bytesToHex(hash), header: createBlockHeaderFromRLP(rlp, { common: this.#common }) }
  }
}

/** About what a decoded block takes: the objects, and the data of a transaction three times (its own, and in two encodings). */
function blockMemory({ hashes, size }: ChainBlock): number {
  return 3_000 + 2_000 * hashes.length + 3 * size
}

function receiptsMemory(receipts: readonly ChainReceipt[]): number {
  const ofLogs = (logs: readonly ChainLog[]) => logs.reduce((sum, { data }) => sum + 500 + data.length, 0)
  return receipts.reduce((sum, { logs }) => sum + 1_500 + ofLogs(logs), 500)
}

/** What a block stores besides the state; also what block 0 does. */
export function blockWrites(executed: ExecutedBlock, commit: Commit | undefined, store: Store): Write[] {
  const { header, hash, receipts, included, report } = executed
  const { number } = header
  const height = heightBytes(number)
  return [
    { key: KEY.header(number), value: header.serialize() },
    { key: KEY.transactions(number), value: encodeRlp(included.map(({ raw }) => raw)) },
    { key: KEY.receipts(number), value: packReceipts(receipts) },
    { key: KEY.heightOf(hash), value: height },
    ...included.map(({ hash }, index) => ({
      key: KEY.position(hexToBytes(hash)),
      value: Uint8Array.of(...height, ...heightBytes(BigInt(index))),
    })),
    ...(report ? [{ key: KEY.report(number), value: report }] : []),
    ...(commit ? [{ key: KEY.commit(number), value: utf8(JSON.stringify(commit)) }] : []),
    ...rangeWrites(number, bytesToHex(hash), store),
    { key: KEY.meta('head'), value: Uint8Array.of(...height, ...hash) },
  ]
}
