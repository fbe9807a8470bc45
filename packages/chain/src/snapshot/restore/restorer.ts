import { type BlockHeader, createBlockHeaderFromRLP } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { type Hex, OgError } from '@opengradient/protocol'
import type { Snapshot } from '../../consensus/cometbft/types.ts'
import type { ChainLogger } from '../../create.ts'
import type { Keccak } from '../../crypto/keccak.ts'
import { sameBytes } from '../../state/account.ts'
import { KEY, readHeight } from '../../state/keys.ts'
import type { Store } from '../../state/store.ts'
import { refused, SNAPSHOT_FORMAT } from '../format.ts'
import { parseMetadata, type SnapshotMetadata, sha256 } from '../metadata.ts'
import { Staging } from './staging.ts'
import { beginRestore } from './unfinished.ts'

/** What ABCI's OfferSnapshot answers. */
export type OfferResult = 'accept' | 'abort' | 'reject' | 'rejectFormat' | 'rejectSender'

/** What ABCI's ApplySnapshotChunk answers. */
export interface ApplyResult {
  readonly result: 'accept' | 'abort' | 'retry' | 'rejectSnapshot'
  readonly refetchChunks: readonly number[]
  readonly rejectSenders: readonly string[]
}

export interface RestorerOptions {
  readonly store: Store
  readonly genesisHash: Hex
  readonly common: Common
  readonly keccak: Keccak
  readonly log: ChainLogger
  /** Lets the rest of the process run. */
  readonly pause: () => Promise<void>
  /** Told when the database has become a chain whose head is the snapshot's block. Nothing read from it before counts. */
  readonly onRestored: () => void
}

/** A snapshot that was accepted and is coming in. */
interface Session {
  readonly height: bigint
  readonly metadata: SnapshotMetadata
  readonly staging: Staging
  /** How many chunks have been applied. */
  applied: number
}

/**
 * Begins a chain with a snapshot that strangers send, of which only the hash of its block is trusted. The database must be empty, or at
 * the block with which it began; from the first accepted offer on nobody else may use it. Calls come one after the other.
 */
export class Restorer {
  readonly #options: RestorerOptions
  #session: Session | undefined
  #restoring: bigint | undefined

  constructor(options: RestorerOptions) {
    this.#options = options
  }

  /** Height of the snapshot that was accepted last, until one is the chain: meanwhile the database holds nothing whole. */
  get restoring(): bigint | undefined {
    return this.#restoring
  }

  /** Whether a snapshot is wanted. `appHash` is what the light client trusts to be the hash of its block. Empties the database on `accept`. */
  async offer(snapshot: Snapshot | undefined, appHash: Uint8Array): Promise<OfferResult> {
    this.#session = undefined
    if (!snapshot) return 'reject'
    if (!(await this.#fresh())) return 'abort'
    if (snapshot.format !== SNAPSHOT_FORMAT) return 'rejectFormat'
    try {
      const { header, metadata } = this.#announced(snapshot, appHash)
      const { store, keccak, genesisHash, pause } = this.#options
      this.#restoring = snapshot.height
      await beginRestore(store)
      const staging = new Staging({ store, keccak, genesisHash, header, headerRlp: metadata.header, pause })
      this.#session = { height: snapshot.height, metadata, staging, applied: 0 }
      return 'accept'
    } catch (error) {
      this.#blame(error, snapshot.height)
      return 'rejectSender'
    }
  }

  /** Takes the next chunk. With the last one the whole is verified and becomes the chain, or nothing of it does. */
  async apply(index: number, chunk: Uint8Array, sender: string): Promise<ApplyResult> {
    const session = this.#session
    if (session?.applied !== index) return answer('abort')
    const { metadata, staging, height } = session
    // On its way or by its sender: the others who announced the same snapshot have the right bytes.
    if (!sameBytes(sha256(chunk), metadata.chunks[index]!)) return answer('retry', [index], [sender])
    try {
      await staging.take(chunk)
      session.applied++
      if (session.applied < metadata.chunks.length) return answer('accept')
      await staging.finish()
      this.#session = undefined
      this.#options.onRestored()
      this.#restoring = undefined
      return answer('accept')
    } catch (error) {
      this.#session = undefined
      // Who has the bytes of a snapshot that is wrong has made it.
      this.#blame(error, height)
      return answer('rejectSnapshot', [], [sender])
    }
  }

  /** What the snapshot says about itself, if it fits together and its block is the trusted one. */
  #announced(snapshot: Snapshot, appHash: Uint8Array): { readonly header: BlockHeader; readonly metadata: SnapshotMetadata } {
    const { keccak, common } = this.#options
    if (!sameBytes(sha256(snapshot.metadata), snapshot.hash)) throw refused('its hash is not that of its metadata')
    const metadata = parseMetadata(snapshot.metadata)
    if (metadata.chunks.length !== snapshot.chunks) throw refused(`it has ${metadata.chunks.length} chunks, not ${snapshot.chunks}`)
    if (!sameBytes(keccak(metadata.header), appHash)) throw refused('its block is not the trusted one')
    const header = createBlockHeaderFromRLP(metadata.header, { common })
    if (header.number !== snapshot.height || header.number === 0n) throw refused(`it is of block ${header.number}, not ${snapshot.height}`)
    return { header, metadata }
  }

  /**
   * Whether nothing would be lost: the database is empty, at block 0, at the snapshot with which it began (CometBFT was killed before it knew,
   * and begins again), or was left in the middle of a restore.
   */
  async #fresh(): Promise<boolean> {
    const { store, log } = this.#options
    if (store.get(KEY.meta('restoring'))) return true
    const head = store.get(KEY.meta('head'))
    const fresh = head ? readHeight(head) === this.#since() : await isEmpty(store)
    if (!fresh) {
      const remedy = 'stop both, begin again with a new database (docs/operate.md), or restore the data of CometBFT'
      log.error(
        {},
        `CometBFT begins anew and offers a snapshot, but there is a chain already; it stays, and CometBFT waits for ever: ${remedy}`,
      )
    }
    return fresh
  }

  /** Height of the first block that is here. */
  #since(): bigint {
    const since = this.#options.store.get(KEY.meta('since'))
    return since ? readHeight(since) : 0n
  }

  /** Throws what is our fault, such as a full disk: CometBFT would wait for ever after any answer, and so both end and begin again. */
  #blame(err: unknown, height: bigint): void {
    const theirs = err instanceof OgError && (err.code === 'CHAIN_SNAPSHOT_INVALID' || err.code === 'RLP_MALFORMED')
    if (!theirs) throw err
    this.#options.log.info({ err, height: Number(height) }, 'a snapshot was refused')
  }
}

async function isEmpty(store: Store): Promise<boolean> {
  for await (const _ of store.scan(new Uint8Array())) return false
  return true
}

const answer = (
  result: ApplyResult['result'],
  refetchChunks: readonly number[] = [],
  rejectSenders: readonly string[] = [],
): ApplyResult => ({ result, refetchChunks, rejectSenders })
