import { Block, createBlockHeaderFromRLP } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, type Commit, commitSchema, type Hex, hexToBytes, OgError, utf8 } from '@opengradient/protocol'
import type { ChainBlock, ChainHeader, ChainReceipt, HistoryPath } from '../chain.ts'
import type { Crypto } from '../crypto/crypto.ts'
import type { ExecutedBlock } from '../executor/execute.ts'
import { packReceipts, positioned, unpackReceipts } from '../executor/receipt.ts'
import { heightBytes, KEY, readHeight } from '../state/keys.ts'
import { Lru } from '../state/lru.ts'
import type { Store, Write } from '../state/store.ts'
import { rangePath, rangeWrites } from './range.ts'

/** Transactions whose decoded blocks and receipts are kept in memory. */
const CACHED_TRANSACTIONS = 3_000

/** The committed blocks and what belongs to them. Reads are synchronous and may be asked at any time. */
export class Ledger {
  readonly #store: Store
  readonly #common: Common
  readonly #crypto: Crypto
  readonly #blocks = new Lru<ChainBlock>(CACHED_TRANSACTIONS, ({ block }) => 1 + block.transactions.length)
  readonly #receipts = new Lru<readonly ChainReceipt[]>(CACHED_TRANSACTIONS, (receipts) => 1 + receipts.length)
  #head: ChainBlock

  /** On a store that holds at least block 0; throws `CHAIN_DATA_CORRUPT` when its head is not there or not what it says. */
  constructor(store: Store, common: Common, crypto: Crypto) {
    this.#store = store
    this.#common = common
    this.#crypto = crypto
    const head = store.get(KEY.meta('head'))
    const block = head && head.length === 40 ? this.block(readHeight(head)) : undefined
    if (!block || block.hash !== bytesToHex(head!.subarray(8))) throw damaged('its last block is missing or not the one recorded')
    this.#head = block
  }

  get head(): ChainBlock {
    return this.#head
  }

  block(height: bigint): ChainBlock | undefined {
    const known = this.#blocks.get(String(height))
    if (known) return known
    const rlp = height < 0n ? undefined : this.#store.get(KEY.header(height))
    const packed = rlp && this.#store.get(KEY.transactions(height))
    if (!rlp || !packed) return undefined
    const header = createBlockHeaderFromRLP(rlp, { common: this.#common })
    // Checked when they were committed, so senders are recovered only if somebody asks.
    const transactions = (RLP.decode(packed) as Uint8Array[]).map((raw) => createTxFromRLP(raw, { common: this.#common }))
    const block = new Block(header, transactions, [], [], { common: this.#common })
    const found = { height, hash: bytesToHex(this.#crypto.keccak(rlp)), block }
    this.#blocks.set(String(height), found)
    return found
  }

  /** A block without its transactions. */
  header(height: bigint): ChainHeader | undefined {
    const known = this.#blocks.get(String(height))
    if (known) return { height, hash: known.hash, header: known.block.header }
    const rlp = height < 0n ? undefined : this.#store.get(KEY.header(height))
    if (!rlp) return undefined
    return { height, hash: bytesToHex(this.#crypto.keccak(rlp)), header: createBlockHeaderFromRLP(rlp, { common: this.#common }) }
  }

  blockByHash(hash: Hex): ChainBlock | undefined {
    const height = this.#store.get(KEY.heightOf(hexToBytes(hash)))
    return height && this.block(readHeight(height))
  }

  /** The hash of a block, without decoding it. */
  blockHash(height: bigint): Uint8Array | undefined {
    const rlp = height < 0n ? undefined : this.#store.get(KEY.header(height))
    return rlp && this.#crypto.keccak(rlp)
  }

  logsBloom(height: bigint): Uint8Array | undefined {
    const rlp = height < 0n ? undefined : this.#store.get(KEY.header(height))
    // Seventh field of the header; the six before it have fixed lengths: list head 3, hashes 33 each, address 21; bloom head 3.
    return rlp?.subarray(3 + 33 * 2 + 21 + 33 * 3 + 3, 3 + 33 * 2 + 21 + 33 * 3 + 3 + 256)
  }

  receipts(height: bigint): readonly ChainReceipt[] | undefined {
    const known = this.#receipts.get(String(height))
    if (known) return known
    const packed = height < 0n ? undefined : this.#store.get(KEY.receipts(height))
    const receipts = packed && unpackReceipts(packed, this.#crypto.keccak)
    if (receipts) this.#receipts.set(String(height), receipts)
    return receipts
  }

  locate(transactionHash: Hex): { height: bigint; index: number } | undefined {
    const position = this.#store.get(KEY.position(hexToBytes(transactionHash)))
    return position && { height: readHeight(position), index: Number(readHeight(position, 8)) }
  }

  commit(height: bigint): Commit | undefined {
    const bytes = height < 0n ? undefined : this.#store.get(KEY.commit(height))
    return bytes && commitSchema.parse(JSON.parse(Buffer.from(bytes).toString()))
  }

  historyPath(height: bigint, atHeight: bigint): HistoryPath | undefined {
    if (height < 0n || height >= atHeight || atHeight > this.#head.height) return undefined
    return rangePath(height, atHeight, this.#store)
  }

  /** Everything that a commit stores besides the state. */
  writes(executed: ExecutedBlock, commit: Commit | undefined): Write[] {
    return blockWrites(executed, commit, this.#store)
  }

  /** Makes a block that was just stored the head. */
  advance(executed: ExecutedBlock): { readonly block: ChainBlock; readonly receipts: readonly ChainReceipt[] } {
    const { number } = executed.block.header
    const block = { height: number, hash: bytesToHex(executed.hash), block: executed.block }
    const receipts = positioned(executed.receipts, this.#crypto.keccak)
    this.#blocks.set(String(number), block)
    this.#receipts.set(String(number), receipts)
    this.#head = block
    return { block, receipts }
  }
}

/** What a block stores besides the state; also what block 0 does. */
export function blockWrites({ block, hash, receipts, included }: ExecutedBlock, commit: Commit | undefined, store: Store): Write[] {
  const { number } = block.header
  const height = heightBytes(number)
  return [
    { key: KEY.header(number), value: block.header.serialize() },
    { key: KEY.transactions(number), value: RLP.encode(included.map(({ raw }) => raw)) },
    { key: KEY.receipts(number), value: packReceipts(receipts) },
    { key: KEY.heightOf(hash), value: height },
    ...included.map(({ hash }, index) => ({
      key: KEY.position(hexToBytes(hash)),
      value: Uint8Array.of(...height, ...heightBytes(BigInt(index))),
    })),
    ...(commit ? [{ key: KEY.commit(number), value: utf8(JSON.stringify(commit)) }] : []),
    ...rangeWrites(number, bytesToHex(hash), store),
    { key: KEY.meta('head'), value: Uint8Array.of(...height, ...hash) },
  ]
}

export const damaged = (why: string, cause?: unknown) =>
  new OgError('CHAIN_DATA_CORRUPT', `The chain database is damaged: ${why}. Restore a backup, or reset the network.`, { cause })
