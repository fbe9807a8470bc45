import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, bytesToHex } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeGenesis } from '../src/genesis/genesis.ts'
import { GENESIS_TIME, signer, testGenesis } from './chain.testkit.ts'
import type { ScriptedBlock } from './load.program.ts'
import { bundle, run } from './process.testkit.ts'

const BLOCKS = 200
const KILLS = 20
const SENDERS = 10

let folder: string
let program: string
let genesisFile: string
let scriptFile: string
/** What an uninterrupted run ends with. */
let expected: string
/** Milliseconds in which it wrote its genesis. */
let beginning: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-crash-'))
  program = await bundle('load.program.ts')
  genesisFile = join(folder, 'genesis.json')
  scriptFile = join(folder, 'script.json')
  const senders = Array.from({ length: SENDERS }, (_, i) => signer(200 + i))
  await writeFile(genesisFile, encodeGenesis(await testGenesis(senders.map(({ address }) => address))))
  await writeFile(scriptFile, JSON.stringify(await script(senders)))
  const whole = run(program, [join(folder, 'whole'), genesisFile, scriptFile])
  await whole.said('begin')
  const begun = performance.now()
  await whole.said('open ')
  beginning = performance.now() - begun
  expect(await whole.ended, whole.errors()).toBe(0)
  expected = whole.lines.at(-1)!
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(dirname(program), { recursive: true, force: true })
})

/** Deposits, token transfers, transfers to new accounts, new contracts: some of each in every block. */
async function script(senders: readonly ReturnType<typeof signer>[]): Promise<ScriptedBlock[]> {
  const fresh = (n: number): Address => `0x${n.toString(16).padStart(40, 'b')}`
  const word = (value: bigint) => value.toString(16).padStart(64, '0')
  const blocks: ScriptedBlock[] = []
  for (let height = 0; height < BLOCKS; height++) {
    const raws = await Promise.all(
      senders.map((sender, i) => {
        const nonce = height
        if (height === 0) return sender.sign({ nonce, to: ADDRESSES.wopg, value: 10n ** 20n, data: '0xd0e30db0', gas: 100_000n })
        const kind = (height + i) % 4
        if (kind === 0) return sender.sign({ nonce, to: fresh(height * 100 + i), value: BigInt(height) })
        if (kind === 1) return sender.sign({ nonce, gas: 150_000n, data: '0x600160005560206000f3' })
        const to = kind === 2 ? fresh(height * 100 + i) : senders[(i + 1) % SENDERS]!.address
        return sender.sign({ nonce, to: ADDRESSES.wopg, gas: 100_000n, data: `0xa9059cbb${word(BigInt(to))}${word(BigInt(i + 1))}` })
      }),
    )
    blocks.push({ time: String(GENESIS_TIME + BigInt(height) + 1n), transactions: raws.map((raw) => bytesToHex(raw).slice(2)) })
  }
  return blocks
}

describe('a node that is killed', () => {
  it('ends an uninterrupted run with flat state and tries that agree', () => {
    const [, , root, rebuilt] = expected.split(' ')
    expect(rebuilt).toBe(root)
  })

  it(`goes on where it was, ${KILLS} times in ${BLOCKS} blocks, and ends with the same app hash and state`, async () => {
    const dataDir = join(folder, 'killed')
    const seed = Date.now() % 1_000_000
    console.log(`seed of the kill times: ${seed}`)
    const random = generator(seed)
    let kills = 0
    let height = 0
    const stoppedAt: number[] = []
    for (;;) {
      // Kill in the middle of the work of some block, the more blocks are left the later; it does no more than that block.
      const target = height + Math.floor(random() * Math.max(1, (2 * (BLOCKS - height)) / (KILLS - kills + 1)))
      const last = kills === KILLS ? [] : [String(target + 2)]
      const node = run(program, [dataDir, genesisFile, scriptFile, ...last])
      const opened = Number((await node.said('open ')).split(' ')[1])
      // Whatever it had said was committed is still there; at most one more block had been stored before it could say so.
      expect(opened === height || opened === height + 1, `opened at ${opened} after ${height}`).toBe(true)
      if (kills === KILLS) {
        expect(await node.ended, node.errors()).toBe(0)
        expect(node.lines.at(-1)).toBe(expected)
        break
      }
      if (target > opened) await node.said(`height ${Math.min(target, BLOCKS - 1)}`)
      await new Promise((resolve) => setTimeout(resolve, random() * 12))
      node.process.kill('SIGKILL')
      await node.ended
      height = Math.max(opened, ...node.lines.filter((line) => line.startsWith('height ')).map((line) => Number(line.split(' ')[1])))
      stoppedAt.push(height)
      kills++
    }
    expect(new Set(stoppedAt).size).toBeGreaterThan(KILLS / 2)
  }, 600_000)

  it('comes back when it is killed while it writes its genesis', async () => {
    for (let i = 0; i < 5; i++) {
      const dataDir = join(folder, `begun-${i}`)
      const node = run(program, [dataDir, genesisFile, scriptFile])
      await node.said('begin')
      await new Promise((resolve) => setTimeout(resolve, (beginning * i) / 5))
      node.process.kill('SIGKILL')
      await node.ended
      const again = run(program, [dataDir, genesisFile, scriptFile])
      expect(await again.said('open ')).toMatch(/^open \d+$/)
      again.process.kill('SIGKILL')
      await again.ended
    }
  })
})

/** Numbers in [0, 1) that a seed determines (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
