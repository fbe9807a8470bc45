import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Turnstile } from '../../src/call/turnstile.ts'
import type { Chain } from '../../src/chain.ts'
import type { RpcContext } from '../../src/rpc/context.ts'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from '../../src/rpc/limits.ts'
import { JsonText } from '../../src/rpc/method.ts'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { include, signer, testChain } from '../chain.testkit.ts'

const TRANSFERS = 300
const LOGS = 400
/** More than 32 KiB of them. */
const ENTRIES = 1_600
/** Counts down from the number in its data: a log of 32 bytes with one topic, and a slot, for each. */
const CODE = '5f355b5f60205fa1808055600190038060025700'

let chain: Chain
let contract: `0x${string}`
let logsOf: `0x${string}`
/** Transactions with an entry for each of many addresses, and with one entry of many slots. */
let listed: readonly `0x${string}`[]

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
  const numbers = Array.from({ length: ENTRIES }, (_, i) => i)
  const addresses = numbers.map((i) => ({ address: hexOf(i, 40), storageKeys: [] }))
  const slots = [{ address: hexOf(1, 40), storageKeys: numbers.map((i) => hexOf(i, 64)) }]
  const lists = await Promise.all(
    [addresses, slots].map((accessList, i) => from.sign({ nonce: 2 + i, to: other.address, gas: 5_000_000n, accessList })),
  )
  listed = (await include(chain, ...lists)).map(({ transactionHash }) => transactionHash)
})
afterAll(() => chain.close())

const asked = (name: string, ...params: unknown[]) => askedUnder({}, name, ...params)

const hexOf = (number: number, digits: number): `0x${string}` => `0x${number.toString(16).padStart(digits, '0')}`

/** Asks in a thread whose clock moves a millisecond with each look at it: after ten, the others have their turn. */
async function askedUnder(limits: Partial<RpcLimits>, name: string, ...params: unknown[]) {
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
    limits: { ...DEFAULT_RPC_LIMITS, ...limits },
    scans: turnstile(),
    long: turnstile(),
    now: () => time++,
    pause: async () => {
      pauses++
    },
  } as Partial<RpcContext> as RpcContext
  const answer = await METHODS[name]!(context, params, { owner: 'test' })
  return { result: answer instanceof JsonText ? JSON.parse(answer.text) : answer, pauses, waitsForOthers: alone > 0 }
}

interface Listed {
  readonly accessList: readonly { readonly storageKeys: readonly unknown[] }[]
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
    [
      'a transaction with many entries',
      ENTRIES,
      ({ accessList }: Listed) => accessList.length,
      () => ['eth_getTransactionByHash', listed[0]],
    ],
    [
      'one with many slots',
      ENTRIES,
      ({ accessList }: Listed) => accessList[0]!.storageKeys.length,
      () => ['eth_getTransactionByBlockNumberAndIndex', '0x4', '0x1'],
    ],
    ['logs', LOGS, ({ length }: unknown[]) => length, () => ['eth_getLogs', { fromBlock: '0x1', address: contract }]],
    ['the logs of a block', LOGS, ({ length }: unknown[]) => length, () => ['eth_getLogs', { blockHash: chain.blockByNumber(2n)!.hash }]],
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

describe('a search for logs', () => {
  it.each([
    ['of many blocks', () => ({ fromBlock: '0x1' })],
    ['of one block', () => ({ blockHash: chain.blockByNumber(2n)!.hash })],
  ])('%s ends where its answer is too long, and not after all of them were found', async (_, where) => {
    const looksOf = async (maxResponseChars: number) => {
      const search = askedUnder({ maxResponseChars, maxScanMilliseconds: LOGS / 4 }, 'eth_getLogs', { address: contract, ...where() })
      return await search.catch(({ message }: Error) => message)
    }
    expect(await looksOf(20_000)).toMatch(/at most 20000 characters are answered at once; narrow the range/)
    // All would take longer than there is time.
    expect(await looksOf(1_000_000)).toMatch(/takes longer/)
  })
})

describe('a question that waits for its turn', () => {
  it.each<[string, () => readonly [string, ...unknown[]]]>([
    ['a block', () => ['eth_getBlockByNumber', '0x3', true]],
    ['a block by its hash', () => ['eth_getBlockByHash', chain.blockByNumber(3n)!.hash, true]],
    ['receipts', () => ['eth_getBlockReceipts', '0x2']],
    ['a receipt', () => ['eth_getTransactionReceipt', logsOf]],
    ['raw receipts', () => ['debug_getRawReceipts', '0x2']],
    ['logs', () => ['eth_getLogs', { blockHash: chain.blockByNumber(2n)!.hash }]],
  ])('holds nothing of what it will tell, which is read only then: %s', async (_, question) => {
    const read = { before: 0, after: 0 }
    let when: keyof typeof read = 'before'
    const seen = <T>(value: T): T => {
      read[when]++
      return value
    }
    const watched: Chain = {
      ...chain,
      blockByNumber: (height) => seen(chain.blockByNumber(height)),
      eachReceipt: (height) => seen(chain.eachReceipt(height)),
    }
    const turnstile = new Turnstile(1, 1)
    let leave = () => {}
    const inside = turnstile.through(() => new Promise<void>((resolve) => (leave = resolve)))
    const [limits, pause] = [DEFAULT_RPC_LIMITS, async () => {}]
    const context = { chain: watched, limits, scans: turnstile, long: turnstile, now: () => 0, pause } as Partial<RpcContext> as RpcContext
    const [name, ...params] = question()
    const answer = METHODS[name]!(context, params, { owner: 'test' })
    when = 'after'
    leave()
    await Promise.all([inside, answer])
    expect(read.after).toBeGreaterThan(0)
  })
})
