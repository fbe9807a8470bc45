import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { makeNetwork, type TestNetwork } from './network.testkit.ts'
import type { CrashPoint } from './node.program.ts'
import { testNodes } from './nodes.testkit.ts'
import { expectSameBlocks, Validator } from './validator.testkit.ts'

/** The last is after the commit and before CometBFT has its answer. */
const POINTS: readonly CrashPoint[] = ['beforeFinalize', 'afterFinalize', 'beforeCommit', 'duringCommit', 'afterCommit']
const to = '0x00000000000000000000000000000000000000aa'
const shared = testNodes()
const { cleanups } = shared

/** Four that make snapshots, and wait little for one that is gone. */
async function startFour(): Promise<{ network: TestNetwork; all: Validator[] }> {
  const network = await makeNetwork(4, { commitTimeout: 50, proposeTimeout: 500 })
  cleanups.push(network.remove)
  const all = network.places.map((_, index) => new Validator(buildCometbft(), shared.program, network, index))
  cleanups.push(() => Promise.all(all.map((validator) => validator.kill())))
  await Promise.all(all.map((validator) => validator.start({ snapshots: true })))
  await Promise.all(all.map((validator) => validator.reaches(1n)))
  return { network, all }
}

/** Lets one die, the others go on without it, and the one come back to their blocks. */
async function diesAndRejoins(all: readonly Validator[], victim: Validator, point: CrashPoint): Promise<bigint> {
  const others = all.filter((validator) => validator !== victim)
  const fatal = (await victim.height()) + 3n
  victim.crashAt(`${point}@${point === 'duringSnapshot' ? fatal + 5n - (fatal % 5n) : fatal}`)
  await victim.died()
  const height = await others[0]!.height()
  await others[0]!.reaches(height + 2n)
  await victim.start({ snapshots: true })
  await victim.reaches(height + 2n)
  await expectSameBlocks(all, height + 2n)
  expect(victim.complaints(), point).toEqual([])
  return fatal
}

describe('one of four validators that is killed', () => {
  it('inside a block rejoins with the same blocks, wherever in the block that was', async () => {
    const { all } = await startFour()
    const sent = POINTS.map((_, nonce) => signer(0).sign({ nonce, to, value: 1n }))
    for (const [i, point] of POINTS.entries()) {
      const victim = all[i % 4]!
      // In the block in which it dies or one around it.
      await victim.send(await sent[i]!)
      await diesAndRejoins(all, victim, point)
    }
    for (const validator of all)
      await validator.engine!.until(async () => BigInt(await validator.rpc('eth_getBalance', to, 'latest')) === BigInt(POINTS.length))
  })

  it('while it writes a snapshot, and while it replays its blocks, rejoins with the same blocks', async () => {
    const { network, all } = await startFour()
    const [first, second] = all as [Validator, Validator]
    const halfway = await diesAndRejoins(all, first, 'duringSnapshot')
    // What it had begun is gone, and it makes whole ones again.
    const whole = () =>
      readdirSync(first.snapshots)
        .filter((name) => /^\d+$/.test(name))
        .map(BigInt)
    await first.engine!.until(() => whole().some((height) => height > halfway + 5n))

    // Without its database it replays all blocks that its CometBFT has, and is killed in two of them.
    const height = await second.height()
    await second.kill()
    await rm(network.places[1]!.dataDir, { recursive: true })
    await second.start({ crash: 'duringCommit@4' })
    await second.died()
    await second.start({ crash: 'afterFinalize@8' })
    await second.died()
    expect(second.blocks.size).toBeGreaterThanOrEqual(Number(height))
    await second.start()
    await second.reaches(height + 1n)
    await expectSameBlocks(all, height + 1n)
  })
})
