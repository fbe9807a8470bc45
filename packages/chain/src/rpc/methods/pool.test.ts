import { hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { Turnstile } from '../../call/turnstile.ts'
import type { Chain, TransactionPool } from '../../chain.ts'
import { signer, testHost, transfer } from '../../pool/host.testkit.ts'
import { createPool, DEFAULT_POOL_LIMITS } from '../../pool/index.ts'
import { RpcError } from '../codec/error.ts'
import type { RpcContext } from '../context.ts'
import { DEFAULT_RPC_LIMITS } from '../limits.ts'
import { JsonText } from '../method.ts'
import { blockMethods } from './blocks.ts'
import { poolMethods } from './pool.ts'

const DATA = 4_000
const SENDERS = 4
const EACH = 50

/** A real pool with two hundred transactions of a few kilobytes, and a thread whose clock moves a millisecond with each look at it. */
async function setUp(maxResponseChars = DEFAULT_RPC_LIMITS.maxResponseChars) {
  const { host, fund } = testHost()
  const pool: TransactionPool = createPool(host, DEFAULT_POOL_LIMITS)
  for (let index = 0; index < SENDERS; index++) {
    const sender = signer(index)
    fund(sender.address, 10n ** 24n)
    for (let nonce = 0; nonce < EACH; nonce++)
      // The last of each waits behind a gap.
      await pool.add(await transfer(sender, nonce + 1 === EACH ? EACH : nonce, {}, { data: `0x${'11'.repeat(DATA)}`, gas: 1_000_000n }))
  }
  let time = 0
  let pauses = 0
  const chain = {
    chainId: host.chainId,
    restoring: () => undefined,
    head: host.head,
    nextBaseFee: host.nextBaseFee,
    pool,
  } as Partial<Chain> as Chain
  const context = {
    chain,
    limits: { ...DEFAULT_RPC_LIMITS, maxResponseChars },
    scans: new Turnstile(1, 1),
    now: () => time++,
    pause: async () => {
      pauses++
    },
  } as Partial<RpcContext> as RpcContext
  const ask = async (name: string, ...params: unknown[]) => {
    const method = { ...poolMethods, ...blockMethods }[name]!
    const answer = await method(context, params, { owner: 'test' })
    return answer instanceof JsonText ? JSON.parse(answer.text) : answer
  }
  return { ask, pool, pauses: () => pauses }
}

describe('what the pool holds', () => {
  it('is written in slices, by sender and nonce', async () => {
    const { ask, pool, pauses } = await setUp()
    const content = await ask('txpool_content')
    // A look at the clock for each transaction, and ten of them are a slice.
    expect(pauses()).toBeGreaterThanOrEqual((SENDERS * EACH) / 12)
    for (const key of ['pending', 'queued'] as const) {
      const shown = Object.values<Record<string, { hash: string }>>(content[key]).flatMap((own) => Object.values(own))
      expect(shown.map(({ hash }) => hash).sort()).toEqual(
        pool
          .content()
          [key].map(({ hash }) => hash)
          .sort(),
      )
    }
    const [sender] = Object.keys(content.pending) as [string]
    expect(Object.keys(content.pending[sender])).toEqual(Array.from({ length: EACH - 1 }, (_, nonce) => String(nonce)))
    expect(Object.keys(content.queued[sender])).toEqual([String(EACH)])
    expect(hexToBytes(content.pending[sender][0].input)).toHaveLength(DATA)
    const before = pauses()
    expect(await ask('txpool_contentFrom', sender.toLowerCase())).toEqual({
      pending: content.pending[sender],
      queued: content.queued[sender],
    })
    expect(pauses()).toBeGreaterThan(before)
    expect(await ask('txpool_contentFrom', `0x${'00'.repeat(20)}`)).toEqual({ pending: {}, queued: {} })
    expect(await ask('txpool_status')).toEqual({ pending: '0xc4', queued: '0x4' })
  })

  it('is in the pending block, in slices too', async () => {
    const { ask, pool, pauses } = await setUp()
    const whole = await ask('eth_getBlockByNumber', 'pending', true)
    expect(pauses()).toBeGreaterThanOrEqual((SENDERS * (EACH - 1)) / 12)
    const hashes = pool.content().pending.map(({ hash }) => hash)
    expect(whole.transactions.map(({ hash }: { hash: string }) => hash)).toEqual(hashes)
    expect(await ask('eth_getBlockByNumber', 'pending', false)).toEqual({ ...whole, transactions: hashes })
  })

  it('is refused before anything is written when it is too much, with the limit and what to ask instead', async () => {
    const chars = 2 * DATA * (EACH + 3)
    const { ask, pauses } = await setUp(chars)
    const refusal = async (...asked: [string, ...unknown[]]) => {
      const error = await ask(...asked).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(RpcError)
      return error as RpcError
    }
    const all = await refusal('txpool_content')
    expect([all.code, all.message]).toEqual([
      -32005,
      `response too large: at most ${chars} characters are answered at once; ask txpool_contentFrom for one sender, txpool_status for how many, or subscribe to newPendingTransactions`,
    ])
    expect((await refusal('eth_getBlockByNumber', 'pending', true)).message).toMatch(/ask for hashes instead of whole transactions/)
    expect(pauses()).toBe(0)
    // What one sender has is less than the limit in bytes, and more with all the rest.
    const { message } = await refusal('txpool_contentFrom', signer(0).address)
    expect(message).toMatch(new RegExp(`at most ${chars} characters .* ask eth_getTransactionByHash for one of them`))
    expect((await ask('eth_getBlockByNumber', 'pending', false)).transactions).toHaveLength(SENDERS * (EACH - 1))
  })
})
