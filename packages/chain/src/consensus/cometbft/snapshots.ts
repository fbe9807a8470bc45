import type { Restorer, Snapshots } from '../../snapshot/index.ts'
import type { AbciApplication } from './application.ts'
import type { ResponseOf } from './envelope.ts'
import type { Exclusive } from './exclusive.ts'
import type { Snapshot } from './types.ts'

/**
 * Where state sync takes snapshots from and puts them. `load` answers empty bytes for what it does not have. An offer is judged against
 * `appHash`, which a light client of CometBFT has verified: the block hash of the snapshot's height. Chunks are applied in order; after the
 * last one the chain stands at the snapshot's height, or the answer says what to do instead.
 */
export interface SnapshotSource {
  list(): Promise<readonly Snapshot[]>
  load(height: bigint, format: number, chunk: number): Promise<Uint8Array>
  offer(snapshot: Snapshot | undefined, appHash: Uint8Array): Promise<NonNullable<ResponseOf<'offerSnapshot'>['result']>>
  apply(index: number, chunk: Uint8Array, sender: string): Promise<ResponseOf<'applySnapshotChunk'>>
  /** Height of the snapshot that is coming in. */
  restoring(): bigint | undefined
}

/** Gives what `snapshots` has, if it makes any, and takes what a new node is offered. */
export function snapshotSource(snapshots: Snapshots | undefined, restorer: Restorer): SnapshotSource {
  return {
    list: async () => snapshots?.list() ?? [],
    load: async (height, format, chunk) => (await snapshots?.load(height, format, chunk)) ?? new Uint8Array(),
    offer: (snapshot, appHash) => restorer.offer(snapshot, appHash),
    apply: (index, chunk, sender) => restorer.apply(index, chunk, sender),
    restoring: () => restorer.restoring,
  }
}

type SnapshotMethods = Pick<AbciApplication, 'listSnapshots' | 'loadSnapshotChunk' | 'offerSnapshot' | 'applySnapshotChunk'>

/** The snapshot connection. */
export function snapshotMethods(source: SnapshotSource, exclusive: Exclusive): SnapshotMethods {
  return {
    listSnapshots: async () => ({ snapshots: await source.list() }),
    loadSnapshotChunk: async ({ height, format, chunk }) => ({ chunk: await source.load(height, format, chunk) }),
    offerSnapshot: ({ snapshot, appHash }) => exclusive.change(async () => ({ result: await source.offer(snapshot, appHash) })),
    applySnapshotChunk: ({ index, chunk, sender }) => exclusive.change(() => source.apply(index, chunk, sender)),
  }
}
