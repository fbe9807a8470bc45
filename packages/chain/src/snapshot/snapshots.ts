import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Snapshot } from '../consensus/cometbft/types.ts'
import type { ChainLogger } from '../create.ts'
import type { Keccak } from '../crypto/keccak.ts'
import { damaged } from '../ledger/damaged.ts'
import { KEY, readHeight } from '../state/keys.ts'
import { levelStore } from '../state/levelStore.ts'
import { HashedStore } from '../state/nodes.ts'
import type { Database, StoreView } from '../state/store.ts'
import { writeChunks } from './chunkFiles.ts'
import { SnapshotFolder, type StoredSnapshot } from './folder.ts'
import { CHUNK_BYTES, SNAPSHOT_FORMAT } from './format.ts'
import { encodeMetadata, sha256 } from './metadata.ts'
import { Place } from './proofs.ts'
import { snapshotRecords } from './records.ts'

export interface SnapshotsOptions {
  /** Where they are kept; nothing else should be there. */
  readonly folder: string
  readonly store: Database
  readonly keccak: Keccak
  readonly log: ChainLogger
  /** Blocks from one to the next, 1,000 unless said; 0 makes none. */
  readonly interval?: bigint
  /** How many of the newest stay, 2 unless said. One more may be in the making. */
  readonly keep?: number
  /** Size of a chunk at most. The same on all nodes of a network, or they have nothing to give each other. */
  readonly chunkBytes?: number
}

/** Fourth field of a header: list head 3; two hashes of 33 bytes, an address of 21, and the head of this one. */
const stateRootOf = (header: Uint8Array): Uint8Array => header.subarray(3 + 33 * 2 + 21 + 1, 3 + 33 * 2 + 21 + 33)

/** Makes snapshots of the state while the chain goes on, and gives them to CometBFT for nodes that join. */
export class Snapshots {
  readonly #options: Required<SnapshotsOptions>
  readonly #folder: SnapshotFolder
  readonly #stop = new AbortController()
  /** Newest first. */
  #whole: readonly StoredSnapshot[] = []
  #writing: Promise<void> | undefined

  private constructor(options: SnapshotsOptions) {
    this.#options = { interval: 1_000n, keep: 2, chunkBytes: CHUNK_BYTES, ...options }
    this.#folder = new SnapshotFolder(options.folder)
  }

  /** Finds what earlier runs made, and removes what a killed one left halfway. */
  static async open(options: SnapshotsOptions): Promise<Snapshots> {
    const snapshots = new Snapshots(options)
    snapshots.#whole = await snapshots.#folder.open()
    return snapshots
  }

  /**
   * To be called after each commit, before the next: begins a snapshot when one is due. Never throws, and keeps the chain waiting for nothing;
   * what goes wrong is logged, and that snapshot is not made.
   */
  committed(height: bigint): void {
    const { interval, store, log } = this.#options
    if (height <= 0n || interval <= 0n || height % interval !== 0n || this.#stop.signal.aborted) return
    if (this.#whole.some((snapshot) => snapshot.height === height)) return
    if (this.#writing) {
      log.info({ height: Number(height) }, 'no snapshot: the one before is still being written')
      return
    }
    try {
      const view = store.view()
      this.#writing = this.#take(height, view).finally(() => {
        this.#writing = undefined
      })
    } catch (err) {
      log.error({ err, height: Number(height) }, 'no snapshot could be made; the chain goes on')
    }
  }

  /** The snapshots to be had, newest first. */
  list(): Snapshot[] {
    return this.#whole.map(({ height, encoded, metadata }) => ({
      height,
      format: SNAPSHOT_FORMAT,
      chunks: metadata.chunks.length,
      hash: sha256(encoded),
      metadata: encoded,
    }))
  }

  /** A chunk; undefined when there is none such. A snapshot whose files were damaged is removed. */
  async load(height: bigint, format: number, index: number): Promise<Uint8Array | undefined> {
    const snapshot = this.#whole.find((candidate) => candidate.height === height)
    if (!snapshot || format !== SNAPSHOT_FORMAT || index >= snapshot.metadata.chunks.length) return undefined
    const chunk = await this.#folder.chunk(snapshot, index)
    // It may have made room for a newer one meanwhile.
    if (chunk || !this.#whole.includes(snapshot)) return chunk
    this.#options.log.error({ height: Number(height), chunk: index }, 'a snapshot on disk is damaged and was removed')
    await this.#drop(snapshot)
    return undefined
  }

  /** Resolves when no snapshot is in the making. */
  async idle(): Promise<void> {
    await this.#writing
  }

  /** Gives up the snapshot in the making. To be called before the database is closed. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#writing
  }

  /** Writes the snapshot at the head of the view, and closes it. */
  async #take(height: bigint, view: StoreView): Promise<void> {
    const { log, keep } = this.#options
    const started = performance.now()
    try {
      const snapshot = await this.#write(height, view)
      this.#whole = [snapshot, ...this.#whole]
      for (const old of this.#whole.slice(keep)) await this.#drop(old)
      const seconds = (performance.now() - started) / 1_000
      log.info({ height: Number(height), chunks: snapshot.metadata.chunks.length, seconds }, 'snapshot')
    } catch (err) {
      if (!this.#stop.signal.aborted) log.error({ err, height: Number(height) }, 'no snapshot could be made; the chain goes on')
      await this.#folder.discard().catch(() => {})
    } finally {
      await view.close()
    }
  }

  async #write(height: bigint, view: StoreView): Promise<StoredSnapshot> {
    const { keccak, chunkBytes } = this.#options
    const head = view.get(KEY.meta('head'))
    const header = view.get(KEY.header(height))
    if (!head || readHeight(head) !== height || !header) throw damaged(`block ${height} is not its last`)
    const folder = await this.#folder.begin()
    const hashed = new HashedStore(view, keccak)
    const place = new Place(stateRootOf(header), hashed.node, keccak)
    const scratchFolder = join(folder, 'order')
    const scratch = await levelStore(scratchFolder)
    let chunks: Uint8Array[]
    try {
      const records = snapshotRecords(height, { view, hashed, keccak, scratch })
      chunks = await writeChunks(records, { folder, chunkBytes, place, signal: this.#stop.signal })
    } finally {
      await scratch.close()
    }
    await rm(scratchFolder, { recursive: true })
    return this.#folder.complete(height, encodeMetadata({ header, chunks }))
  }

  async #drop(snapshot: StoredSnapshot): Promise<void> {
    this.#whole = this.#whole.filter((other) => other !== snapshot)
    await this.#folder.remove(snapshot.height)
  }
}
