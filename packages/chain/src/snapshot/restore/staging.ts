import type { BlockHeader } from '@ethereumjs/block'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, decodeRlp, type Hex, hexToBytes, rlpBytes, rlpList, rlpUint } from '@opengradient/protocol'
import type { Keccak } from '../../crypto/keccak.ts'
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../executor/rules.ts'
import { rangeWrites } from '../../ledger/range.ts'
import { DATA_VERSION } from '../../open.ts'
import { sameBytes } from '../../state/account.ts'
import { heightBytes, KEY, readHeight } from '../../state/keys.ts'
import type { Store } from '../../state/store.ts'
import { listRoot } from '../../trie/list.ts'
import { parseChunk, refused } from '../format.ts'
import { parseProofs } from '../proofs.ts'
import { headersWith } from '../records.ts'
import { Batch } from './batch.ts'
import { peakWrites } from './peaks.ts'
import { type AccountRoots, StateCheck } from './stateCheck.ts'

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
 * Takes the records of a snapshot in their order (untrusted) into an emptied database, and in the end makes it a chain if they are the whole
 * state under the header's root. Nothing of a chunk is stored before all of it is known to be of that state, or of the blocks before: what a
 * liar can have stored are some headers. Throws `CHAIN_SNAPSHOT_INVALID` or `RLP_MALFORMED` for what is wrong with a record, and the store's errors.
 */
export class Staging {
  readonly #parts: StagingParts
  readonly #batch: Batch
  readonly #state: StateCheck
  readonly #heights: Generator<bigint, void, void>
  /** Hash and height of the last header that came. */
  #below: { readonly height: bigint; readonly hash: Uint8Array } | undefined
  /** Whether all headers have come. */
  #linked = false
  readonly #transactions: Uint8Array[] = []
  #transactionBytes = 0
  /** Whether all transactions have come. */
  #included = false

  constructor(parts: StagingParts) {
    this.#parts = parts
    this.#batch = new Batch(parts.store, parts.pause)
    this.#state = new StateCheck(parts.header.stateRoot, parts.keccak, (key, value) => this.#batch.add(key, value))
    this.#heights = headersWith(parts.header.number)
  }

  /** Takes the records of the next chunk, and stores them once its proofs say that they are right. */
  async take(chunk: Uint8Array): Promise<void> {
    let proofs: Uint8Array | undefined
    for (const [key, value] of parseChunk(chunk)) {
      if (proofs) throw refused('a chunk goes on behind its proofs')
      if (key[0] === 0x70) proofs = value
      else this.#add(key, value)
      const turn = this.#batch.pauseIfDue()
      if (turn) await turn
    }
    if (!proofs) throw refused('a chunk has no proofs')
    this.#state.prove(parseProofs(proofs))
    await this.#batch.flush()
  }

  /** After the last chunk: the whole is there, or it is refused; makes it the chain in one write. */
  async finish(): Promise<void> {
    const { store, keccak, header, headerRlp, genesisHash } = this.#parts
    const { number } = header
    this.#endTransactions()
    this.#state.finish()
    await this.#batch.flush()
    await store.write(peakWrites(store, number))
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
    if (kind === 'b') this.#addHeader(key, value)
    else if (kind === 'x') this.#addTransaction(key, value)
    else this.#addState(kind, key, value)
  }

  #addState(kind: string, key: Uint8Array, value: Uint8Array): void {
    this.#endTransactions()
    if (kind === 'a') this.#state.account(key, value, rootsOf(value))
    else if (kind === 'c') this.#state.code(key, value)
    else this.#state.slot(key, value)
  }

  #addHeader(key: Uint8Array, value: Uint8Array): void {
    const height = readHeight(key, 1)
    if (this.#linked || this.#heights.next().value !== height) throw refused(`the header of block ${height} does not come next`)
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

  /** What comes is no header any more: the last of them is the parent of the trusted one. */
  #endHeaders(): void {
    if (this.#linked) return
    const { parentHash, number } = this.#parts.header
    if (!this.#heights.next().done) throw refused('a header is missing')
    this.#checkLink(parentHash, number)
    this.#linked = true
  }

  #addTransaction(key: Uint8Array, value: Uint8Array): void {
    this.#endHeaders()
    const { number } = this.#parts.header
    if (this.#included || readHeight(key, 1) !== number || readHeight(key, 9) !== BigInt(this.#transactions.length)) {
      throw refused('a transaction does not come next')
    }
    // Of one byte each there would be millions.
    if (this.#transactions.length === MAX_BLOCK_TRANSACTIONS)
      throw refused(`it has more than the ${MAX_BLOCK_TRANSACTIONS} transactions that a block has`)
    this.#transactionBytes += value.length
    if (this.#transactionBytes > MAX_BLOCK_BYTES) throw refused(`its transactions have more than ${MAX_BLOCK_BYTES} bytes`)
    this.#transactions.push(value.slice())
  }

  /** What comes is of the state: the transactions are those of the trusted header. */
  #endTransactions(): void {
    this.#endHeaders()
    if (this.#included) return
    const { keccak, header } = this.#parts
    if (!sameBytes(listRoot(this.#transactions, keccak), header.transactionsTrie))
      throw refused('its transactions are not those of its block')
    this.#included = true
  }
}

/** What an account says of its storage and code; the other fields are what they should be, too. */
function rootsOf(account: Uint8Array): AccountRoots {
  const [nonce, balance, storageRoot, codeHash, ...more] = rlpList(decodeRlp(account), 'account')
  if (more.length > 0) throw refused('an account has more than 4 fields')
  rlpUint(nonce, 'nonce', 8)
  rlpUint(balance, 'balance', 32)
  return { storageRoot: rlpBytes(storageRoot, 'storageRoot', 32), codeHash: rlpBytes(codeHash, 'codeHash', 32) }
}
