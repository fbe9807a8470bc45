import { bytesToHex, type Hex } from '@opengradient/protocol'
import type { Snapshot } from '../src/consensus/cometbft/types.ts'
import { type Core, createCore } from '../src/core.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import { chainCommon } from '../src/executor/rules.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import { CHUNK_BYTES, type Entry, encodeRecord, PROOF_KEY, SNAPSHOT_FORMAT } from '../src/snapshot/format.ts'
import { Restorer } from '../src/snapshot/index.ts'
import { encodeMetadata, sha256 } from '../src/snapshot/metadata.ts'
import { Place } from '../src/snapshot/proofs.ts'
import { snapshotRecords } from '../src/snapshot/records.ts'
import { KEY } from '../src/state/keys.ts'
import { HashedStore } from '../src/state/nodes.ts'
import { type Database, memoryStore } from '../src/state/store.ts'
import { CHAIN_ID, GENESIS_TIME, signer, validator } from './chain.testkit.ts'

export const crypto = await loadCrypto()
export const common = chainCommon({ chainId: CHAIN_ID }, crypto)
export const pause = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A node that makes the blocks it is told to. */
export interface TestNode {
  readonly core: Core
  readonly store: Database
  /** Makes the next block; with the same transactions it is the same on every node. Answers its hash. */
  block(...transactions: readonly Uint8Array[]): Promise<Hex>
}

export async function testNode(
  genesis: Genesis,
  store: Database = memoryStore(),
  committed: (height: bigint) => void = () => {},
): Promise<TestNode> {
  const core = await createCore({ store, genesis, crypto, engine: 'cometbft', pause, committed: ({ height }) => committed(height) })
  return {
    core,
    store,
    async block(...transactions) {
      const { height, appHash } = core.application.info()
      const time = GENESIS_TIME + height + 1n
      await core.application.finalize({ height: height + 1n, parentHash: appHash, time, proposer: validator.address, transactions })
      return (await core.application.commit(undefined)).hash
    },
  }
}

/** Deploys a contract that stores its second word of calldata in the slot that the first names. */
const STORAGE_CONTRACT = '0x6760203560003555005f5260086018f3'
/** The constructor stores something, then destroys the contract: nothing is left of it. */
const SHORT_LIVED = '0x60015f555fff'

/** Blocks with transfers to new accounts, contracts, storage that is written, overwritten and deleted, and a contract that goes again. */
export async function livelyBlocks(count: number): Promise<Uint8Array[][]> {
  const sender = signer(0)
  const other = signer(1)
  const contract = (await import('viem')).getContractAddress({ from: sender.address, nonce: 0n })
  const word = (value: number) => value.toString(16).padStart(64, '0')
  const blocks: Uint8Array[][] = [[await sender.sign({ nonce: 0, data: STORAGE_CONTRACT, gas: 200_000n })]]
  for (let nonce = 1; nonce < count; nonce++) {
    // Every fourth write deletes what an earlier one stored.
    const data = `0x${word(nonce % 4 === 3 ? nonce - 2 : nonce)}${word(nonce % 4 === 3 ? 0 : nonce * 1_000_003)}` as const
    const fresh = `0x${(nonce * 7_919).toString(16).padStart(40, 'c')}` as const
    blocks.push([
      await sender.sign({ nonce, to: contract, data, gas: 100_000n }),
      nonce % 3 === 0
        ? await other.sign({ nonce: nonce - 1, data: SHORT_LIVED, gas: 200_000n })
        : await other.sign({ nonce: nonce - 1, to: fresh, value: BigInt(nonce) }),
    ])
  }
  return blocks
}

/** The records of a snapshot at a node's head, without proofs. */
export async function recordsOf({ core, store }: Pick<TestNode, 'core' | 'store'>): Promise<Entry[]> {
  const { keccak } = crypto
  const view = store.view()
  const entries: Entry[] = []
  const records = snapshotRecords(core.ledger.head.height, { view, hashed: new HashedStore(view, keccak), keccak, scratch: memoryStore() })
  for await (const [key, value] of records) entries.push([key.slice(), value.slice()])
  return entries
}

/** A snapshot as a peer offers it, with its chunks. */
export interface Offered {
  readonly snapshot: Snapshot
  readonly chunks: readonly Uint8Array[]
}

/** A snapshot that fits together, of chunks that need not. */
export function announce(header: Uint8Array, height: bigint, chunks: readonly Uint8Array[]): Offered {
  const metadata = encodeMetadata({ header, chunks: chunks.map(sha256) })
  return { snapshot: { height, format: SNAPSHOT_FORMAT, chunks: chunks.length, hash: sha256(metadata), metadata }, chunks }
}

/** The chunks that records make, each with what `proofs` says after its last record. */
export function chunked(entries: readonly Entry[], proofs: Proofs, chunkBytes = CHUNK_BYTES): Uint8Array[] {
  const chunks: Uint8Array[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const record = encodeRecord(entry)
    if (length + record.length > chunkBytes) {
      if (chunks.length > 0) chunks.at(-1)!.push(encodeRecord(proofs.proofs()))
      chunks.push([])
      length = 0
    }
    chunks.at(-1)!.push(record)
    proofs.see(entry)
    length += record.length
  }
  chunks.at(-1)!.push(encodeRecord(proofs.proofs()))
  return chunks.map((records) => Buffer.concat(records))
}

/** What ends the chunks of a snapshot. */
export type Proofs = Pick<Place, 'see' | 'proofs'>

/** The proofs that a node's tries give; where they lack what a forger asks for, those of nothing. */
export function proofsOf({ core, store }: Pick<TestNode, 'core' | 'store'>): Proofs {
  const { keccak } = crypto
  const place = new Place(core.ledger.head.block.header.stateRoot, new HashedStore(store, keccak).node, keccak)
  const nothing: Entry = [PROOF_KEY, Uint8Array.of(0xc2, 0xc0, 0xc0)]
  const proofs = () => {
    try {
      return place.proofs()
    } catch {
      return nothing
    }
  }
  return { see: (entry) => place.see(entry), proofs }
}

/** A snapshot of these records, announced for a node's head. */
export function offerOf(node: Pick<TestNode, 'core' | 'store'>, entries: readonly Entry[], chunkBytes?: number): Offered {
  const { height } = node.core.ledger.head
  return announce(node.store.get(KEY.header(height))!, height, chunked(entries, proofsOf(node), chunkBytes))
}

/** What a node without a chain, which trusts the hash of a block, does with a snapshot. Stops at the first answer that is no `accept`. */
export async function restore(
  { snapshot, chunks }: Offered,
  genesis: Genesis,
  appHash: Uint8Array,
  store: Database = memoryStore(),
): Promise<{ readonly answer: string; readonly store: Database; readonly restored: boolean; readonly logged: readonly string[] }> {
  let restored = false
  const logged: string[] = []
  const note = (fields: object, message: string) =>
    void logged.push('err' in fields ? `${message}: ${(fields.err as Error).message}` : message)
  const restorer = new Restorer({
    store,
    genesisHash: genesis.hash,
    common,
    keccak: crypto.keccak,
    log: { info: note, error: note },
    pause,
    onRestored: () => {
      restored = true
    },
  })
  let answer: string = await restorer.offer(snapshot, appHash)
  for (let index = 0; answer === 'accept' && index < chunks.length; index++)
    answer = (await restorer.apply(index, chunks[index]!, 'peer')).result
  return { answer, store, restored, logged }
}

/** Everything in a store, as text. */
export async function dump(store: Database, kinds: string): Promise<Map<string, string>> {
  const entries = new Map<string, string>()
  for (const kind of kinds) for await (const [key, value] of store.scan(Buffer.from(kind))) entries.set(bytesToHex(key), bytesToHex(value))
  return entries
}
