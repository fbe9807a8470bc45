import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Hex } from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { bundle } from '../test/process.testkit.ts'
import { buildMovableCometbft, clockAhead } from './clock.testkit.ts'
import { makeNetwork, type TestNetwork } from './network.testkit.ts'
import { expectSameBlocks, Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const HOUR = 3_600
let program: string
let movable: string
const cleanups: (() => Promise<unknown> | unknown)[] = []

beforeAll(async () => {
  movable = buildMovableCometbft()
  program = await bundle('../cometbft/node.program.ts')
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

afterAll(() => rm(dirname(program), { recursive: true, force: true }))

const wrong = (seconds: number) => ({ ahead: seconds, under: clockAhead(seconds) })

/** Four validators; the clock of the last is wrong by so many seconds, in both its processes. */
async function startFour(seconds: number): Promise<{ network: TestNetwork; all: Validator[] }> {
  const network = await makeNetwork(4, { commitTimeout: 50, proposeTimeout: 500, age: BigInt(2 * HOUR) })
  cleanups.push(network.remove)
  const right = buildCometbft()
  const all = network.places.map((_, index) => new Validator(index === 3 ? movable : right, program, network, index))
  cleanups.push(() => Promise.all(all.map((validator) => validator.kill())))
  await Promise.all(all.map((validator, index) => validator.start(index === 3 ? wrong(seconds) : {})))
  return { network, all }
}

/** The times of CometBFT's blocks, unix milliseconds, and by whom each was signed. */
async function engineBlocks({ places }: TestNetwork, to: bigint): Promise<{ time: number; votes: number[] }[]> {
  const blocks: { time: number; votes: number[] }[] = []
  for (let height = 2n; height <= to; height++) {
    const { result } = (await (await fetch(`${places[0]!.rpc}/block?height=${height}`)).json()) as {
      result: { block: { header: { time: string }; last_commit: { signatures: { timestamp: string; signature: string | null }[] } } }
    }
    const { header, last_commit } = result.block
    const votes = last_commit.signatures.filter(({ signature }) => signature).map(({ timestamp }) => Date.parse(timestamp))
    blocks.push({ time: Date.parse(header.time), votes })
  }
  return blocks
}

/** The times of our blocks, unix seconds. */
async function blockTimes(validator: Validator, to: bigint): Promise<bigint[]> {
  const times: bigint[] = []
  for (let height = 0n; height <= to; height++)
    times.push(BigInt((await validator.rpc<{ timestamp: Hex }>('eth_getBlockByNumber', `0x${height.toString(16)}`, false)).timestamp))
  return times
}

const increase = <T>(values: readonly T[]) => values.every((value, i) => i === 0 || value > values[i - 1]!)

it('a validator whose clock is an hour ahead votes with the others, and moves the time of no block', async () => {
  const { network, all } = await startFour(HOUR)
  const [first] = all as [Validator]
  await first.send(await signer(0).sign({ nonce: 0, to, value: 1n }))
  for (const validator of all) await validator.engine!.until(async () => BigInt(await validator.rpc('eth_getBalance', to, 'latest')) === 1n)
  // Until its votes are in blocks.
  const early = (vote: number) => vote > Date.now() + (HOUR / 2) * 1_000
  await first.engine!.until(
    async () => (await engineBlocks(network, await first.height())).filter(({ votes }) => votes.some(early)).length > 3,
  )
  const height = await first.height()
  await expectSameBlocks(all, height)
  const blocks = await engineBlocks(network, height)
  expect(increase(blocks.map(({ time }) => time))).toBe(true)
  // The median of the votes: one that an honest validator gave.
  for (const { time, votes } of blocks) {
    expect(votes).toContain(time)
    expect(early(time)).toBe(false)
  }
  const times = await blockTimes(first, height)
  expect(increase(times)).toBe(true)
  expect(all.flatMap((validator) => validator.complaints())).toEqual([])
})

it('a validator whose clock is an hour behind stops alone, and goes on when its clock is right', async () => {
  const { all } = await startFour(-HOUR)
  const [first, , , last] = all as [Validator, Validator, Validator, Validator]
  // CometBFT takes no block that is more than a minute ahead of its own clock (`block_time_tolerance`): it runs on, and votes no more.
  await last.engine!.until(() => /CONSENSUS FAILURE.*invalid block: block time .* is too far in the future/.test(last.engine!.said))
  await first.send(await signer(0).sign({ nonce: 0, to, value: 1n }))
  await first.engine!.until(async () => BigInt(await first.rpc('eth_getBalance', to, 'latest')) === 1n)
  const height = await first.height()
  await first.reaches(height + 3n)
  expect(await last.height()).toBeLessThan(height)
  expect(increase(await blockTimes(first, height))).toBe(true)

  await last.kill()
  await last.start()
  await expectSameBlocks(all, height + 3n)
  const joined = await last.height()
  await last.reaches(joined + 3n)
  expect(all.flatMap((validator) => validator.complaints())).toEqual([])
})
