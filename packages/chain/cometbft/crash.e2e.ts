import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { Validator } from './validator.testkit.ts'

/** The first two while the validator votes on the block, the others once it is decided. */
const POINTS = ['beforeFinalize', 'afterFinalize', 'beforeCommit', 'duringCommit', 'afterCommit']
const to = '0x00000000000000000000000000000000000000aa'
const shared = testNodes()
const { cleanups } = shared

describe('a node that is killed inside a block', () => {
  it('goes on with the same block at every point, once it and CometBFT are started again', async () => {
    const network = await makeNetwork(1, { commitTimeout: 50 })
    cleanups.push(network.remove)
    const validator = new Validator(buildCometbft(), shared.program, network, 0)
    cleanups.push(() => validator.kill())
    await validator.start()
    await validator.reaches(1n)
    for (const point of POINTS) {
      const armed = (await validator.height()) + 5n
      validator.crashAt(`${point}@${armed} filled`)
      await sendUntilItDies(validator)
      await validator.died()
      const last = [...validator.blocks.keys()].reduce((a, b) => (a > b ? a : b))
      const fatal = point === 'afterCommit' ? last : last + 1n
      expect(fatal).toBeGreaterThanOrEqual(armed)
      await validator.start()
      await validator.reaches(fatal + 1n)
      expect(validator.complaints(), point).toEqual([])
      // Replays may never change what was committed; `said` compares the lives.
      for (const [at, hash] of validator.blocks) expect(await validator.hashAt(at), `${point}, block ${at}`).toBe(hash)
      const { transactions } = await validator.rpc<{ transactions: unknown[] }>('eth_getBlockByNumber', `0x${fatal.toString(16)}`, false)
      expect(transactions.length, `${point}: the block it died in`).toBeGreaterThan(0)
    }
    expect(BigInt(await validator.rpc('eth_getBalance', to, 'latest'))).toBe(BigInt(await nonceOf(validator)))
  })
})

const nonceOf = async (validator: Validator) => Number(await validator.rpc('eth_getTransactionCount', signer(0).address, 'latest'))

/** A transfer of 1 wei every few milliseconds, so that blocks have some. */
async function sendUntilItDies(validator: Validator): Promise<void> {
  const end = Date.now() + 200_000
  for (let nonce = await nonceOf(validator); ; nonce++) {
    if (Date.now() > end) throw new Error(`it lives on; CometBFT said:\n${validator.engine!.said.slice(-4_000)}`)
    try {
      await validator.send(await signer(0).sign({ nonce, to, value: 1n }))
    } catch (error) {
      if (error instanceof TypeError) return
      throw error
    }
    await sleep(5)
  }
}
