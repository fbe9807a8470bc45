import type { AbciApplication } from './application.ts'
import type { RequestOf, ResponseOf } from './envelope.ts'
import type { Exclusive } from './exclusive.ts'

/** A snapshot as peers name it. `hash` identifies its content, `metadata` is the source's own; both are hostile when they come from a peer. */
export type SnapshotName = NonNullable<RequestOf<'offerSnapshot'>['snapshot']>

/**
 * Where state sync takes snapshots from and puts them. `load` answers empty bytes for what it does not have. An offer is judged against
 * `appHash`, which a light client of CometBFT has verified: the block hash of the snapshot's height. Chunks are applied in order; after the
 * last one the chain stands at the snapshot's height, or the answer says what to do instead.
 */
export interface SnapshotSource {
  list(): Promise<readonly SnapshotName[]>
  load(height: bigint, format: number, chunk: number): Promise<Uint8Array>
  offer(snapshot: SnapshotName, appHash: Uint8Array): Promise<NonNullable<ResponseOf<'offerSnapshot'>['result']>>
  apply(index: number, chunk: Uint8Array, sender: string): Promise<ResponseOf<'applySnapshotChunk'>>
}

/** A node that neither gives nor takes snapshots. */
export const NO_SNAPSHOTS: SnapshotSource = {
  list: async () => [],
  load: async () => new Uint8Array(),
  offer: async () => 'abort',
  apply: async () => ({ result: 'abort' }),
}

type SnapshotMethods = Pick<AbciApplication, 'listSnapshots' | 'loadSnapshotChunk' | 'offerSnapshot' | 'applySnapshotChunk'>

/** The snapshot connection. */
export function snapshotMethods(source: SnapshotSource, exclusive: Exclusive): SnapshotMethods {
  return {
    listSnapshots: async () => ({ snapshots: await source.list() }),
    loadSnapshotChunk: async ({ height, format, chunk }) => ({ chunk: await source.load(height, format, chunk) }),
    offerSnapshot: ({ snapshot, appHash }) =>
      exclusive.change(async () => ({ result: snapshot ? await source.offer(snapshot, appHash) : ('reject' as const) })),
    applySnapshotChunk: ({ index, chunk, sender }) => exclusive.change(() => source.apply(index, chunk, sender)),
  }
}
