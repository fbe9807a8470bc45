import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Turnstile } from '../../src/call/turnstile.ts'
import type { Chain } from '../../src/chain.ts'
import type { RpcContext } from '../../src/rpc/context.ts'
import { DEFAULT_RPC_LIMITS } from '../../src/rpc/limits.ts'
import { JsonText } from '../../src/rpc/method.ts'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { include, signer, testChain } from '../chain.testkit.ts'

const TRANSFERS = 300
const LOGS = 400
/** Counts down from the number in its data: a log of 32 bytes with one topic, and a slot, for each. */
const CODE = '5f355b5f60205fa1808055600190038060025700'

let chain: Chain
let contract: `0x${string}`
let logsOf: `0x${string}`

beforeAll(async () => {
  chain = await testChain()
  const [from, other] = [signer(0), signer(1)]
  const init = `0x60${(CODE.length / 2).toString(16)}8060095f395ff3${CODE}` as const
  const creation = await from.sign({ nonce: 0, data: init, gas: 1_000_000n })
  contract = (await include(chain, creation))[0]!.contractAddress!
  const data = `0x${LOGS.toString(16).padStart(64, '0')}` as const
  const [receipt] = await include(chain, await from.sign({ nonce: 1, to: contract, data, gas: 20_000_000n }))
  expect(receipt).toMatchObject({ status: 1, logs: { length: LOGS } })
  logsOf = receipt!.transactionHash
  const raws = await Promise.all(Array.from({ length: TRANSFERS }, (_, nonce) => other.sign({ nonce, to: from.address, value: 1n })))
  expect(await include(chain, ...raws)).toHaveLength(TRANSFERS)
})
afterAll(() => chain.close())

/** Asks in a thread whose clock moves a millisecond with each look at it: after ten, the others have their turn. */
async function asked(name: string, ...params: unknown[]) {
  let time = 0
  let pauses = 0
  let alone = 0
  const turnstile = (): Turnstile => {
    const inner = new Turnstile(1, 1)
    return Object.assign(inner, {
      through: <T>(work: () => Promise<T>) => {
        alone++
        return Turnstile.prototype.through.call(inner, work) as Promise<T>
      },
    })
  }
  const context = {
    chain,
    limits: DEFAULT_RPC_LIMITS,
    scans: new Turnstile(1, 1),
    long: turnstile(),
    now: () => time++,
    pause: async () => {
      pauses++
    },
  } as Partial<RpcContext> as RpcContext
  const answer = await METHODS[name]!(context, params, { owner: 'test' })
  return { result: answer instanceof JsonText ? JSON.parse(answer.text) : answer, pauses, waitsForOthers: alone > 0 }
}

describe('a long answer is made in slices, and one of few at a time:', () => {
  const slots = Array.from({ length: LOGS }, (_, i) => `0x${i.toString(16)}`)

  it.each<[string, number, (result: never) => number, () => readonly [string, ...unknown[]]]>([
    [
      'a block',
      TRANSFERS,
      ({ transactions }: { transactions: unknown[] }) => transactions.length,
      () => ['eth_getBlockByNumber', '0x3', true],
    ],
    ['its receipts', TRANSFERS, ({ length }: unknown[]) => length, () => ['eth_getBlockReceipts', '0x3']],
    ['the logs of one', LOGS, (receipts: { logs: unknown[] }[]) => receipts[0]!.logs.length, () => ['eth_getBlockReceipts', '0x2']],
    ['one receipt', LOGS, ({ logs }: { logs: unknown[] }) => logs.length, () => ['eth_getTransactionReceipt', logsOf]],
    [
      'proofs',
      LOGS,
      ({ storageProof }: { storageProof: unknown[] }) => storageProof.length,
      () => ['eth_getProof', contract, slots, 'latest'],
    ],
  ])('%s', async (_, count, found, question) => {
    const { result, pauses, waitsForOthers } = await asked(...question())
    expect(found(result as never)).toBe(count)
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(count / 12))
    expect(waitsForOthers).toBe(true)
  })

  it('while a short one waits for nobody', async () => {
    const { result, waitsForOthers } = await asked('eth_getBlockByNumber', '0x1', true)
    expect([result.transactions.length, waitsForOthers]).toEqual([1, false])
  })

  it('receipts and logs say what the chain says', async () => {
    const { result } = await asked('eth_getTransactionReceipt', logsOf)
    const [receipt] = chain.receipts(2n)!
    expect(result.logsBloom).toBe(receipt!.logsBloom)
    expect(result.logs.map(({ address, topics, data, logIndex }: Record<string, unknown>) => [address, topics, data, logIndex])).toEqual(
      receipt!.logs.map(({ address, topics, data, index }) => [address, topics, data, `0x${index.toString(16)}`]),
    )
    expect((await asked('eth_getLogs', { fromBlock: '0x2', toBlock: '0x2', address: contract })).result).toEqual(result.logs)
  })
})
