import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bytesToHex } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeGenesis } from '../src/genesis/genesis.ts'
import { levelStore } from '../src/state/levelStore.ts'
import { rebuildRoot } from '../src/state/verify.ts'
import { testGenesis } from './chain.testkit.ts'
import { bundle, run } from './process.testkit.ts'
import { crypto, livelyBlocks, offerOf, recordsOf, testNode } from './snapshot.testkit.ts'

const BLOCKS = 60
const KILLS = 8
const genesis = await testGenesis()
const script = await livelyBlocks(BLOCKS)
const node = await testNode(genesis)
for (const transactions of script) await node.block(...transactions)
const expected = offerOf(node, await recordsOf(node), 20_000)
const { hash, block } = node.core.ledger.head

let folder: string
let program: string
let genesisFile: string
let scriptFile: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-snapshot-crash-'))
  program = await bundle('snapshot.program.ts')
  genesisFile = join(folder, 'genesis.json')
  scriptFile = join(folder, 'script.json')
  await writeFile(genesisFile, encodeGenesis(genesis))
  await writeFile(scriptFile, JSON.stringify(script.map((raws) => raws.map((raw) => bytesToHex(raw).slice(2)))))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(dirname(program), { recursive: true, force: true })
})

describe('a node that is killed', () => {
  it('while it writes snapshots has whole ones and nothing else, and makes those of a node that was not', async () => {
    const home = join(folder, 'maker')
    for (let kill = 0; ; kill++) {
      // A snapshot begins with block 5, 10, 15 …
      const begins = 5 * (kill + 1)
      const maker = run(program, ['make', home, genesisFile, scriptFile, ...(kill === KILLS ? [] : [String(begins + 3)])])
      const [, whole, names] = (await maker.said('whole ')).split(' ')
      expect(new Set(names!.split(','))).toEqual(new Set(whole!.split(',')))
      if (kill === KILLS) {
        expect(await maker.ended, maker.errors()).toBe(0)
        expect(maker.lines.at(-1)).toMatch(/^done 60,\d+ \d+,\d+$/)
        expect(maker.lines.filter((line) => /^(damaged|logged)/.test(line))).toEqual([])
        break
      }
      await maker.said(`height ${begins}`)
      await new Promise((resolve) => setTimeout(resolve, kill * 3))
      maker.process.kill('SIGKILL')
      await maker.ended
      expect(maker.lines.filter((line) => /^(damaged|logged)/.test(line))).toEqual([])
    }
  })

  it('while it restores one has all of it or nothing, and ends with the same chain', async () => {
    const snapshot = join(folder, 'maker', 'snapshots', '60')
    const args = (to: string) => ['restore', to, genesisFile, snapshot, hash]
    const whole = run(program, args(join(folder, 'follower')))
    expect(await whole.ended, whole.errors()).toBe(0)
    const writes = Number(whole.lines.at(-1)!.split(' ')[1])
    const home = join(folder, 'joiner')
    // Half of them in the last writes, where tries are built and the whole becomes the chain.
    const half = KILLS / 2
    const early = Array.from({ length: half }, (_, i) => 1 + Math.floor((i * (writes - half)) / half))
    const late = Array.from({ length: half }, (_, i) => writes - half + 1 + i)
    expect(new Set([...early, ...late]).size).toBe(KILLS)
    for (const write of [...early, ...late]) {
      const joiner = run(program, [...args(home), String(write)])
      expect(await joiner.said('open ')).toBe('open empty')
      expect(await joiner.ended, joiner.errors()).toBe(null)
      expect(joiner.lines.some((line) => line.startsWith('writes'))).toBe(false)
    }
    const last = run(program, args(home))
    expect(await last.said('open ')).toMatch(/^open (empty|60)$/)
    expect(await last.ended, last.errors()).toBe(0)
    const store = await levelStore(home)
    const follower = await testNode(genesis, store)
    expect(follower.core.ledger.head.hash).toBe(hash)
    expect(await rebuildRoot(store, crypto.keccak)).toEqual(block.header.stateRoot)
    expect(offerOf(follower, await recordsOf(follower), 20_000).snapshot).toEqual(expected.snapshot)
    await store.close()
  })

  it('is not one whose disk is full: it goes on without the snapshot', async () => {
    // Files of at most 16 KiB, and a chunk has 20; with the signal ignored, writing beyond fails as on a full disk.
    const full = run(program, ['full', join(folder, 'full'), genesisFile, scriptFile], "trap '' XFSZ; ulimit -f 16;")
    expect(await full.ended, full.errors()).toBe(0)
    expect(full.lines.filter((line) => line.startsWith('logged'))[0]).toMatch(
      /no snapshot could be made; the chain goes on: (EFBIG|No room to write)/,
    )
    expect(full.lines).toContain(`height ${BLOCKS}`)
    expect(full.lines.at(-1)).toBe('done  ')
  })
})
