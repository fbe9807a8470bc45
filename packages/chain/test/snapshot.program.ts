import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import { parseGenesis } from '../src/genesis/genesis.ts'
import { openStore } from '../src/open.ts'
import { SNAPSHOT_FORMAT } from '../src/snapshot/format.ts'
import { Restorer, Snapshots } from '../src/snapshot/index.ts'
import { sha256 } from '../src/snapshot/metadata.ts'
import { KEY, readHeight } from '../src/state/keys.ts'
import type { Database } from '../src/state/store.ts'
import { common, crypto, pause, testNode } from './snapshot.testkit.ts'

const log = {
  info: () => {},
  error: (fields: object, message: string) => console.log(`logged ${message}: ${'err' in fields ? (fields.err as Error).message : ''}`),
}

/**
 * Makes the blocks of a script from wherever the database stands, a snapshot every fifth. Writes `whole HEIGHTS` after it has read all
 * snapshots of earlier runs, `height N` after each commit, and `done HEIGHTS`. With `full` the database is in memory, so that only snapshots need the disk. Arguments: folder, genesis file, script, and
 * the height at which it stays until it is killed: whoever kills it may be late.
 */
async function make(store: Database, folder: string, genesisFile: string, scriptFile: string, last?: string): Promise<void> {
  const script = JSON.parse(readFileSync(scriptFile, 'utf8')) as string[][]
  const at = join(folder, 'snapshots')
  const snapshots = await Snapshots.open({ folder: at, store, keccak: crypto.keccak, log, interval: 5n, chunkBytes: 20_000 })
  const heights = () => snapshots.list().map(({ height }) => height)
  for (const { height, chunks } of snapshots.list())
    for (let i = 0; i < chunks; i++) if (!(await snapshots.load(height, SNAPSHOT_FORMAT, i))) console.log(`damaged ${height} ${i}`)
  console.log(`whole ${heights()} ${readdirSync(at)}`)
  const node = await testNode(parseGenesis(readFileSync(genesisFile)), store, (height) => snapshots.committed(height))
  for (let next = Number(node.core.ledger.head.height); next < script.length; next++) {
    await node.block(...script[next]!.map((raw) => Buffer.from(raw, 'hex')))
    console.log(`height ${next + 1}`)
    if (String(next + 1) === last) await new Promise(() => setInterval(() => {}, 60_000))
    // Or the next one would be left out: these blocks take milliseconds.
    if (next % 5 === 3) await snapshots.idle()
  }
  await snapshots.idle()
  console.log(`done ${heights()} ${readdirSync(at)}`)
  await snapshots.close()
  await store.close()
}

/**
 * Restores a snapshot from its files into a database that holds no chain yet. Writes `open HEIGHT` or `open empty`, `applying N` before each
 * chunk, `restored HEIGHT`, and at the end `writes N` to the database. Arguments: data folder, genesis file, folder of the snapshot, hash of its
 * block, and the number of the write in the middle of which it kills itself, as hard as kill -9.
 */
async function restore(dataDir: string, genesisFile: string, snapshot: string, appHash: Hex, killAt?: string): Promise<void> {
  const store = await openStore({ dataDir })
  const height = () => {
    const head = store.get(KEY.meta('head'))
    return head && readHeight(head)
  }
  let entries = 0
  for await (const _ of store.scan(new Uint8Array())) entries++
  console.log(`open ${height() ?? (entries === 0 ? 'empty' : `with ${entries} entries`)}`)
  if (height() === undefined) {
    const metadata = readFileSync(join(snapshot, 'metadata-2')).subarray(0, -32)
    const chunks = readdirSync(snapshot).length - 1
    const { hash } = parseGenesis(readFileSync(genesisFile))
    const onRestored = () => console.log(`restored ${height()}`)
    let writes = 0
    const write: Database['write'] = (entries) => {
      const stored = store.write(entries)
      if (String(++writes) === killAt) process.kill(process.pid, 'SIGKILL')
      return stored
    }
    const restorer = new Restorer({ store: { ...store, write }, genesisHash: hash, common, keccak: crypto.keccak, log, pause, onRestored })
    const name = { height: BigInt(snapshot.split('/').at(-1)!), format: SNAPSHOT_FORMAT, chunks, hash: sha256(metadata), metadata }
    console.log(`offer ${await restorer.offer(name, hexToBytes(appHash))}`)
    for (let index = 0; index < chunks; index++) {
      console.log(`applying ${index}`)
      const { result } = await restorer.apply(index, readFileSync(join(snapshot, `chunk-${index}`)), 'peer')
      if (result !== 'accept') throw new Error(`chunk ${index}: ${result}`)
    }
    console.log(`writes ${writes}`)
  }
  await store.close()
}

const [mode, ...args] = process.argv.slice(2) as [string, string, string, string, Hex, string?]
const [folder, genesisFile, scriptFile, last] = args
const work = async () => {
  if (mode === 'restore') return restore(...args)
  const store = await openStore(mode === 'full' ? { memory: true } : { dataDir: join(folder, 'chain') })
  return make(store, folder, genesisFile, scriptFile, last)
}
await work().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 3
})
