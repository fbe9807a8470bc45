import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SNAPSHOT_FORMAT } from '../src/snapshot/format.ts'
import { Snapshots, type SnapshotsOptions } from '../src/snapshot/index.ts'
import { levelStore } from '../src/state/levelStore.ts'
import { type Database, memoryStore } from '../src/state/store.ts'
import { testGenesis } from './chain.testkit.ts'
import { crypto, livelyBlocks, offerOf, recordsOf, restore, testNode } from './snapshot.testkit.ts'

const genesis = await testGenesis()
const blocks = await livelyBlocks(60)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-snapshots-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let count = 0
const fresh = () => join(folder, String(count++))

/** Snapshots every ten blocks in chunks of 20 kB, and what was logged. */
async function opened(store: Database, at: string, options: Partial<SnapshotsOptions> = {}) {
  const logged: string[] = []
  const log = {
    info: (_: object, message: string) => void logged.push(message),
    error: (fields: object, message: string) => void logged.push(`${message}: ${'err' in fields ? (fields.err as Error).message : ''}`),
  }
  const chunkBytes = 20_000
  return {
    snapshots: await Snapshots.open({ folder: at, store, keccak: crypto.keccak, interval: 10n, chunkBytes, log, ...options }),
    logged,
  }
}

/** Everything that a peer can ask for. */
async function served(snapshots: Snapshots) {
  return Promise.all(
    snapshots.list().map(async (snapshot) => {
      const indices = Array.from({ length: snapshot.chunks }, (_, i) => i)
      const chunks = await Promise.all(indices.map((index) => snapshots.load(snapshot.height, snapshot.format, index)))
      return { snapshot, chunks: chunks.map((chunk) => chunk ?? new Uint8Array()) }
    }),
  )
}

describe('the snapshots of a node', () => {
  it('are made at each multiple of the interval while the chain goes on, of exactly that block; the two newest stay', async () => {
    const database = await levelStore(fresh())
    const at = fresh()
    let snapshots: Snapshots | undefined
    const node = await testNode(genesis, database, (height) => snapshots?.committed(height))
    snapshots = (await opened(database, at)).snapshots
    const expected = new Map<bigint, unknown>()
    const hashes = new Map<bigint, Hex>()
    for (const transactions of blocks) {
      const hash = await node.block(...transactions)
      const { height } = node.core.ledger.head
      hashes.set(height, hash)
      if (height % 10n === 0n) expected.set(height, offerOf(node, await recordsOf(node), 20_000).snapshot)
      // The chain goes on five blocks before the snapshot may be ready.
      if (height % 10n === 5n) await snapshots.idle()
    }
    await snapshots.idle()
    expect(snapshots.list().map(({ height }) => height)).toEqual([60n, 50n])
    expect((await readdir(at)).sort()).toEqual(['50', '60'])
    for (const offered of await served(snapshots)) {
      const { height } = offered.snapshot
      expect(offered.snapshot).toEqual(expected.get(height))
      expect(offered.chunks.length).toBeGreaterThan(5)
      expect(offered.chunks.every(({ length }) => length > 0 && length <= 20_000 + 24_700)).toBe(true)
      expect((await restore(offered, genesis, hexToBytes(hashes.get(height)!))).answer).toBe('accept')
    }
    const before = await served(snapshots)
    await snapshots.close()
    const again = (await opened(database, at)).snapshots
    expect(await served(again)).toEqual(before)
    await again.close()
    await database.close()
  })

  it('answer nothing to what is not there', async () => {
    const { snapshots } = await snapshotAt(10)
    const [{ height, format, chunks }] = snapshots.list() as [ReturnType<Snapshots['list']>[number]]
    expect(await snapshots.load(height, format, 0)).toBeDefined()
    expect(await snapshots.load(height, format, chunks)).toBeUndefined()
    expect(await snapshots.load(height, format, 2 ** 32 - 1)).toBeUndefined()
    expect(await snapshots.load(height, format + 1, 0)).toBeUndefined()
    expect(await snapshots.load(height + 1n, format, 0)).toBeUndefined()
    expect(snapshots.list()).toHaveLength(1)
  })

  it('go when their files turn out to be damaged, and the damage is never served', async () => {
    for (const damage of ['flip', 'cut', 'gone'] as const) {
      const { at, snapshots, logged } = await snapshotAt(10)
      const file = join(at, '10', 'chunk-1')
      const bytes = await readFile(file)
      bytes[100]! ^= 1
      if (damage === 'flip') await writeFile(file, bytes)
      if (damage === 'cut') await truncate(file, 50)
      if (damage === 'gone') await rm(file)
      expect(await snapshots.load(10n, SNAPSHOT_FORMAT, 0)).toBeDefined()
      expect(await snapshots.load(10n, SNAPSHOT_FORMAT, 1)).toBeUndefined()
      expect(logged).toContainEqual(expect.stringContaining('damaged'))
      expect(snapshots.list()).toEqual([])
      expect(await readdir(at)).toEqual([])
    }
  })

  it('that are not whole are removed at the next start; what is not theirs stays', async () => {
    const { at, store, snapshots } = await snapshotAt(10)
    await snapshots.close()
    const whole = join(at, '10')
    const copies: readonly (readonly [name: string, spoil: (at: string) => Promise<void>])[] = [
      ['11', (copy) => rm(join(copy, 'metadata-2'))],
      ['12', (copy) => rm(join(copy, 'chunk-2'))],
      ['13', (copy) => truncate(join(copy, 'chunk-2'), 0)],
      ['14', (copy) => truncate(join(copy, 'metadata-2'), 40)],
      ['15', (copy) => writeFile(join(copy, 'metadata-2'), '')],
      ['writing', async () => {}],
    ]
    for (const [name, spoil] of copies) {
      await cp(whole, join(at, name), { recursive: true })
      await spoil(join(at, name))
    }
    await mkdir(join(at, 'notes'))
    const again = (await opened(store, at)).snapshots
    expect(again.list().map(({ height }) => height)).toEqual([10n])
    expect((await readdir(at)).sort()).toEqual(['10', 'notes'])
  })

  it('leave the node running when they cannot be written', async () => {
    const { at, store, snapshots } = await snapshotAt(10)
    await snapshots.close()
    const node = await testNode(genesis, store)
    // What is in the way of a snapshot is removed when the folder is opened.
    await writeFile(join(at, '20'), '')
    const next = await opened(store, at)
    expect(await readdir(at)).toEqual(['10'])
    for (const transactions of blocks.slice(10, 20)) await node.block(...transactions)
    await rm(at, { recursive: true })
    next.snapshots.committed(20n)
    await next.snapshots.idle()
    expect(next.logged).toEqual([expect.stringMatching(/no snapshot could be made; the chain goes on: ENOENT/)])
    expect(await node.block(...blocks[20]!)).toMatch(/^0x/)
  })

  it('are not made of a block that is not the last, or of damaged state', async () => {
    const { store, snapshots, logged } = await snapshotAt(10)
    snapshots.committed(20n)
    await snapshots.idle()
    expect(logged.at(-1)).toMatch(/block 20 is not its last/)
    for await (const [key, value] of store.scan(Buffer.from('s'))) {
      await store.write([{ key, value: value.with(0, value[0]! ^ 1) }])
      break
    }
    await rm(join(snapshotsAt(store), '10'), { recursive: true })
    const again = await opened(store, snapshotsAt(store))
    again.snapshots.committed(10n)
    await again.snapshots.idle()
    expect(again.logged.at(-1)).toMatch(/damaged/)
    expect(await readdir(snapshotsAt(store))).toEqual([])
  })

  it('are given up when the node stops, without a trace', async () => {
    const store = memoryStore()
    const at = fresh()
    const node = await testNode(genesis, store)
    for (const transactions of blocks.slice(0, 10)) await node.block(...transactions)
    const { snapshots, logged } = await opened(store, at)
    snapshots.committed(10n)
    snapshots.committed(10n)
    expect(logged).toEqual([expect.stringContaining('still being written')])
    await snapshots.close()
    snapshots.committed(10n)
    expect(snapshots.list()).toEqual([])
    const none = await opened(store, at, { interval: 0n })
    none.snapshots.committed(10n)
    await none.snapshots.idle()
    expect([none.snapshots.list(), none.logged]).toEqual([[], []])
    expect(await readdir(at)).toEqual([])
    expect(logged).toHaveLength(1)
  })
})

const places = new Map<Database, string>()
const snapshotsAt = (store: Database): string => places.get(store)!

/** A node in memory that has made a snapshot at its head. */
async function snapshotAt(height: number) {
  const store = memoryStore()
  const at = fresh()
  places.set(store, at)
  const node = await testNode(genesis, store)
  for (const transactions of blocks.slice(0, height)) await node.block(...transactions)
  const { snapshots, logged } = await opened(store, at)
  snapshots.committed(BigInt(height))
  await snapshots.idle()
  return { at, store, snapshots, logged }
}
