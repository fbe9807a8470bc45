import { describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { type Lies, startLiar } from './liar.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { expectSameBlocks, Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
/** Gets something only from a block that should not be. */
const loot = '0x00000000000000000000000000000000000000ff'
const shared = testNodes()
const { cleanups } = shared

/** Four validators, of which the last is told these lies. */
async function startWithLiar(lies: Lies, proposeTimeout = 3_000): Promise<{ honest: Validator[]; liar: Validator }> {
  const network = await makeNetwork(4, { commitTimeout: 50, proposeTimeout, proxied: [3] })
  cleanups.push(network.remove)
  const all = network.places.map((_, index) => new Validator(buildCometbft(), shared.program, network, index))
  cleanups.push(() => Promise.all(all.map((validator) => validator.kill())))
  const { engine, listen } = network.places[3]!
  const proxy = await startLiar(pathOf(engine.proxyApp), pathOf(listen), lies)
  cleanups.push(() => proxy.close())
  await Promise.all(all.map((validator) => validator.start()))
  return { honest: all.slice(0, 3), liar: all[3]! }
}

const pathOf = (address: string) => address.slice('unix://'.length)

interface Garbage {
  readonly what: string
  /** So many bytes at most, as CometBFT counts them. */
  readonly transactions: (bytes: number) => readonly Uint8Array[]
  /** Why an honest validator refuses it. */
  readonly why: RegExp
}

/** A transfer by someone who has money, or as the request says. */
const transfer = (nonce: number, request: Parameters<ReturnType<typeof signer>['sign']>[0] = {}, who = 4) =>
  signer(who).sign({ nonce, to: loot, value: 1n, ...request })

async function garbage(): Promise<Garbage[]> {
  const [zeroth, oneth, fifth] = [await transfer(0), await transfer(1), await transfer(5)]
  const poor = await transfer(0, {}, 90)
  const cheap = await transfer(0, { maxFeePerGas: 7n, maxPriorityFeePerGas: 1n })
  const free = await transfer(0, { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n })
  const hungry = await transfer(0, { gas: 60_000_001n })
  const foreign = await transfer(0, { chainId: 1 })
  const filled = (bytes: number) => new Uint8Array(bytes - 8).fill(0x7f)
  const forged = zeroth.slice()
  forged[forged.length - 1]! ^= 1
  return [
    { what: 'bytes that are no transaction', transactions: () => [new Uint8Array(100).fill(0xab)], why: /transaction 0: / },
    { what: 'as many bytes as fit', transactions: (bytes) => [filled(bytes)], why: /transaction 0: .*4\d{6} bytes, more than/ },
    { what: 'a nonce that is not next', transactions: () => [fifth], why: /transaction 0: its nonce is 5, not 0/ },
    { what: 'a sender who cannot pay', transactions: () => [poor], why: /transaction 0: it may cost .* its sender has 0/ },
    { what: 'less than the base fee', transactions: () => [cheap], why: /transaction 0: it pays at most 7 a gas/ },
    { what: 'nothing at all', transactions: () => [free], why: /transaction 0: transaction underpriced/ },
    { what: 'one transaction twice', transactions: () => [zeroth, zeroth], why: /transaction 1 has nonce 0 after 0 of the same sender/ },
    { what: 'transactions in the wrong order', transactions: () => [oneth, zeroth], why: /transaction 1 has nonce 0 after 1/ },
    { what: 'more gas than a block has', transactions: () => [hungry], why: /transaction 0: exceeds block gas limit/ },
    { what: 'a transaction of another chain', transactions: () => [foreign], why: /transaction 0: .*its chain id is 1, not/ },
    { what: 'a transaction signed by nobody', transactions: () => [forged, fifth], why: /transaction 0: / },
    { what: 'a good transaction and then rubbish', transactions: () => [zeroth, new Uint8Array(1)], why: /transaction 1: / },
  ]
}

describe('a validator that lies', () => {
  it('as a proposer is refused by all others, each saying why, and no garbage of it is in any block', async () => {
    let lie: Garbage | undefined
    const { honest, liar } = await startWithLiar({
      prepare: ({ maxTxBytes }) => lie?.transactions(Number(maxTxBytes)),
      finalize: () => undefined,
    })
    const [first] = honest as [Validator]
    await first.reaches(1n)
    const list = await garbage()
    const refusals = (validator: Validator) => validator.said().filter((line) => line.startsWith('a proposal was refused: '))
    for (const [i, next] of list.entries()) {
      const before = honest.map((validator) => refusals(validator).length)
      lie = next
      // Its turn comes again and again until each of them has had time to look.
      for (const [k, validator] of honest.entries())
        await validator.engine!.until(() =>
          refusals(validator)
            .slice(before[k]!)
            .some((line) => next.why.test(line)),
        )
      lie = undefined
      await first.send(await signer(0).sign({ nonce: i, to, value: 1n }))
    }
    for (const validator of [...honest, liar])
      await validator.engine!.until(async () => BigInt(await validator.rpc('eth_getBalance', to, 'latest')) === BigInt(list.length))
    const height = await first.height()
    await expectSameBlocks([...honest, liar], height)
    expect(BigInt(await first.rpc('eth_getBalance', loot, 'latest'))).toBe(0n)
    expect(BigInt(await first.rpc('eth_getTransactionCount', signer(4).address, 'latest'))).toBe(0n)
    // Nothing else was refused, and nobody halted.
    for (const validator of honest) {
      for (const line of validator.complaints())
        expect(
          list.some(({ why }) => why.test(line)),
          line,
        ).toBe(true)
    }
    expect(liar.complaints()).toEqual([])
  })

  it('as a proposer of as many empty transactions as fit, two millions of them, is refused by all others, and blocks go on', async () => {
    let lying = false
    // Validators wait for the proposal: for CometBFT itself it is seconds of work.
    const { honest, liar } = await startWithLiar(
      {
        // Two bytes each, as CometBFT counts them.
        prepare: ({ maxTxBytes }) => (lying ? new Array<Uint8Array>(Math.floor(Number(maxTxBytes) / 2)).fill(new Uint8Array()) : undefined),
        finalize: () => undefined,
      },
      60_000,
    )
    const [first] = honest as [Validator]
    await first.reaches(1n)
    lying = true
    const why = /^a proposal was refused: it has 20\d{5} transactions, more than the 2857/
    for (const validator of honest) await validator.engine!.until(() => validator.said().some((line) => why.test(line)))
    lying = false
    await first.send(await signer(0).sign({ nonce: 0, to, value: 1n }))
    for (const validator of [...honest, liar])
      await validator.engine!.until(async () => BigInt(await validator.rpc('eth_getBalance', to, 'latest')) === 1n)
    await expectSameBlocks([...honest, liar], await first.height())
    for (const validator of honest) for (const line of validator.complaints()) expect(line).toMatch(why)
  })

  it('about the result of a block halts alone', async () => {
    const fatal = 4n
    const finalize: Lies['finalize'] = ({ height }) => (height === fatal ? new Uint8Array(32).fill(0xee) : undefined)
    const { honest, liar } = await startWithLiar({ prepare: () => undefined, finalize }, 500)
    await liar.engine!.until(() => liar.engine!.said.includes('CONSENSUS FAILURE'))
    expect(liar.engine!.said).toMatch(/wrong Block\.Header\.AppHash/)
    const [first] = honest as [Validator]
    await first.send(await signer(0).sign({ nonce: 0, to, value: 1n }))
    await first.reaches(fatal + 5n)
    await first.engine!.until(async () => BigInt(await first.rpc('eth_getBalance', to, 'latest')) === 1n)
    expect(await liar.height()).toBe(fatal)
    await expectSameBlocks(honest, await first.height())
    await expectSameBlocks([...honest, liar], fatal)
    expect(honest.flatMap((validator) => validator.complaints())).toEqual([])
  })
})
