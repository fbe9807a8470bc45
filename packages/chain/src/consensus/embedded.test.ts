import { addressOf, type Hex, verifyCommit } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { ChainBlock } from '../chain.ts'
import { embeddedDriver } from './embedded.ts'
import type { Clock, ConsensusApplication } from './port.ts'

const CHAIN_ID = 2n ** 35n
const KEY = new Uint8Array(32).fill(9)

/** A clock that moves when told; timers fire in order of time. */
function manualClock() {
  let now = 1_000_000
  let timers: { at: number; callback: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
  }
  return {
    clock,
    /** Somebody sets the clock; timers keep their distance. */
    set(to: number) {
      for (const timer of timers) timer.at += to - now
      now = to
    },
    /** Moves on, millisecond by millisecond, letting promises settle after each timer. */
    async advance(milliseconds: number) {
      const end = now + milliseconds
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        now = Math.max(now, next.at)
        timers = timers.filter((other) => other !== next)
        next.callback()
        await new Promise((resolve) => setImmediate(resolve))
      }
      now = end
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** An application that records what the driver asks, and at what time. */
function recorder(clock: Clock, behaviour: { finalize?: () => Promise<void> } = {}) {
  const blocks: { at: number; time: bigint; appHash: Hex }[] = []
  const calls: string[] = []
  let height = 0n
  let time = 0n
  const application: ConsensusApplication = {
    info: () => ({ height, appHash: `0x${'00'.repeat(32)}`, time }),
    validatorAccount: () => undefined,
    prepare(now, proposer) {
      calls.push('prepare')
      time = now
      return { height: height + 1n, parentHash: `0x${'00'.repeat(32)}`, time: now, proposer, transactions: [] }
    },
    process: () => undefined,
    async finalize(proposal) {
      calls.push('finalize')
      await behaviour.finalize?.()
      return { height: proposal.height, appHash: `0x${proposal.height.toString(16).padStart(64, '0')}`, validatorUpdates: [], outcomes: [] }
    },
    async commit(commit) {
      calls.push('commit')
      height += 1n
      const appHash: Hex = `0x${height.toString(16).padStart(64, '0')}`
      verifyCommit(Number(CHAIN_ID), { height: Number(height), blockHash: appHash }, commit!)
      expect(commit!.validator).toBe(addressOf(KEY))
      blocks.push({ at: clock.now(), time, appHash })
      return { height, hash: appHash } as ChainBlock
    },
  }
  return { application, blocks, calls }
}

function setUp(behaviour?: Parameters<typeof recorder>[1]) {
  const { clock, advance, set } = manualClock()
  const halts: unknown[] = []
  const driver = embeddedDriver({ chainId: CHAIN_ID, validatorKey: KEY, clock, onHalt: (error) => halts.push(error) })
  const { application, blocks, calls } = recorder(clock, behaviour)
  return { clock, advance, set, driver, application, blocks, calls, halts }
}

describe('the embedded driver', () => {
  it('makes an empty block every ten seconds', async () => {
    const { driver, application, blocks, advance } = setUp()
    driver.start(application)
    await advance(35_000)
    expect(blocks.map(({ at }) => at - 1_000_000)).toEqual([0, 10_000, 20_000, 30_000])
    await driver.stop()
  })

  it('makes a block at once when a transaction waits, but at most one a second', async () => {
    const { driver, application, blocks, advance } = setUp()
    driver.start(application)
    await advance(3_000)
    driver.wake()
    await advance(100)
    driver.wake()
    driver.wake()
    await advance(2_000)
    expect(blocks.map(({ at }) => at - 1_000_000)).toEqual([0, 3_010, 4_010])
    await driver.stop()
  })

  it('dates blocks in whole seconds of the clock', async () => {
    const { driver, application, blocks, advance } = setUp()
    driver.start(application)
    await advance(12_345)
    expect(blocks.map(({ time }) => time)).toEqual([1_000n, 1_010n])
    await driver.stop()
  })

  it('goes on at its pace when the clock is set back by an hour', async () => {
    const { driver, application, blocks, advance, set } = setUp()
    driver.start(application)
    await advance(15_000)
    set(1_000_000 - 3_600_000)
    await advance(6_000)
    driver.wake()
    await advance(5_000)
    expect(blocks).toHaveLength(4)
    await driver.stop()
  })

  it('drives prepare, finalize and commit in this order, one block after the other, also when asked for many at once', async () => {
    const { driver, application, calls } = setUp({ finalize: () => new Promise((resolve) => setImmediate(resolve)) })
    driver.start(application)
    const blocks = await Promise.all([driver.mine!(), driver.mine!(), driver.mine!()])
    expect(blocks.map(({ height }) => height)).toEqual([1n, 2n, 3n])
    expect(calls).toEqual(['prepare', 'finalize', 'commit', 'prepare', 'finalize', 'commit', 'prepare', 'finalize', 'commit'])
    await driver.stop()
  })

  it('halts at the first failure, says so once, and makes no block after it', async () => {
    let fail = false
    const { driver, application, blocks, halts, advance } = setUp({
      finalize: async () => {
        if (fail) throw new Error('disk full')
      },
    })
    driver.start(application)
    await advance(5_000)
    fail = true
    await expect(driver.mine!()).rejects.toThrow('disk full')
    fail = false
    driver.wake()
    await advance(60_000)
    await expect(driver.mine!()).rejects.toThrow('stopped')
    expect(blocks).toHaveLength(1)
    expect(halts).toEqual([new Error('disk full')])
  })

  it('finishes the block in progress when it is stopped, and begins no other', async () => {
    let finish = () => {}
    const { driver, application, blocks, advance } = setUp({ finalize: () => new Promise((resolve) => (finish = resolve)) })
    driver.start(application)
    await advance(1)
    const stopped = driver.stop()
    finish()
    await stopped
    expect(blocks).toHaveLength(1)
    await advance(60_000)
    expect(blocks).toHaveLength(1)
  })
})
