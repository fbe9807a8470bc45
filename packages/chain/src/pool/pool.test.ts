import { isOgError, keccak256Hex } from '@opengradient/protocol'
import fc from 'fast-check'
import { parseEther, parseGwei } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Transaction } from '../chain.ts'
import { CHAIN_ID, type Signer, signer, testHost, transfer } from './host.testkit.ts'
import { DEFAULT_POOL_LIMITS } from './limits.ts'
import { createPool } from './pool.ts'
import { AUTHORIZATION_BYTES } from './transaction.ts'

const [alice, bob, carol] = [signer(0), signer(1), signer(2)] as [Signer, Signer, Signer]
const PICK_ALL = { gas: 30_000_000n, bytes: 1_000_000, baseFee: parseGwei('1') }

function setUp(limits: Partial<typeof DEFAULT_POOL_LIMITS> = {}, options: Parameters<typeof testHost>[0] = {}) {
  const chain = testHost(options)
  for (const { address } of [alice, bob, carol]) chain.fund(address, parseEther('10'))
  const pool = createPool(chain.host, { ...DEFAULT_POOL_LIMITS, ...limits })
  const picked = (over: Partial<typeof PICK_ALL> = {}) =>
    pool.pick({ ...PICK_ALL, ...over }).map(({ sender, nonce }) => `${nameOf(sender)}${nonce}`)
  return { chain, pool, picked }
}

const nameOf = (address: string) => ['alice', 'bob', 'carol'][[alice, bob, carol].findIndex((account) => account.address === address)]

/** Reason and message of the refusal that `attempt` must end in. */
async function refusal(attempt: Promise<unknown>): Promise<[unknown, string]> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw new Error(`not refused: ${String(error)}`)
  return [error.details.reason, error.message]
}

describe('nonces', () => {
  it('run in order, whatever order they arrive in', async () => {
    const { pool, picked } = setUp()
    for (const nonce of [2, 0, 3, 1]) await pool.add(await transfer(alice, nonce))
    expect(picked()).toEqual(['alice0', 'alice1', 'alice2', 'alice3'])
    expect(pool.nextNonce(alice.address)).toBe(4n)
  })

  it('behind a gap wait until it closes', async () => {
    const { pool, picked } = setUp()
    await pool.add(await transfer(alice, 1))
    expect(picked()).toEqual([])
    expect(pool.nextNonce(alice.address)).toBeUndefined()
    expect(pool.content()).toMatchObject({ pending: [], queued: [{ nonce: 1n }] })
    await pool.add(await transfer(alice, 0))
    expect(pool.content()).toMatchObject({ pending: [{ nonce: 0n }, { nonce: 1n }], queued: [] })
  })

  it('already used are refused, as are those too far ahead', async () => {
    const { chain, pool } = setUp({ maxNonceGap: 5n })
    chain.fund(alice.address, parseEther('1'), 7n)
    expect(await refusal(pool.add(await transfer(alice, 6)))).toEqual(['nonce_too_low', 'nonce too low: next nonce 7, tx nonce 6'])
    expect((await refusal(pool.add(await transfer(alice, 13))))[0]).toBe('nonce_too_high')
    await pool.add(await transfer(alice, 12))
  })
})

describe('replacement', () => {
  it('takes the place when both fees rise by ten percent', async () => {
    const { pool } = setUp()
    const old = await pool.add(await transfer(alice, 0, { max: '10', tip: '1' }))
    const fresh = await pool.add(await transfer(alice, 0, { max: '11', tip: '1.1' }))
    expect(pool.get(old)).toBeUndefined()
    expect(pool.content().pending.map(({ hash }) => hash)).toEqual([fresh])
  })

  it.each([
    ['10', '2'],
    ['20', '1'],
    ['10.99', '1.1'],
    ['11', '1.09'],
  ])('is refused with fees of %s and %s gwei over 10 and 1', async (max, tip) => {
    const { pool } = setUp()
    const old = await pool.add(await transfer(alice, 0, { max: '10', tip: '1' }))
    const [reason, message] = await refusal(pool.add(await transfer(alice, 0, { max, tip })))
    expect(reason).toBe('underpriced')
    expect(message).toMatch(/^replacement transaction underpriced/)
    expect(pool.get(old)).toBeDefined()
  })

  it('of nothing by nothing is no replacement: a free tip must rise too', async () => {
    const { pool } = setUp()
    await pool.add(await transfer(alice, 0, { tip: '0' }))
    expect((await refusal(pool.add(await transfer(alice, 0, { max: '20', tip: '0' }))))[0]).toBe('underpriced')
  })

  it('counts only the new cost against the balance', async () => {
    const { chain, pool } = setUp()
    chain.fund(alice.address, 21_000n * parseGwei('12') + 1n)
    await pool.add(await transfer(alice, 0, { max: '10', tip: '1' }))
    await pool.add(await transfer(alice, 0, { max: '12', tip: '2' }))
  })
})

describe('the same transaction again', () => {
  it('answers its hash and changes nothing', async () => {
    const { pool } = setUp()
    const raw = await transfer(alice, 0)
    expect(await pool.add(raw)).toBe(keccak256Hex(raw))
    const heard: string[] = []
    pool.onTransaction(({ hash }) => heard.push(hash))
    expect(await pool.add(raw)).toBe(keccak256Hex(raw))
    expect(await Promise.all([pool.add(await transfer(alice, 1)), pool.add(await transfer(alice, 1))])).toHaveLength(2)
    expect(heard).toHaveLength(1)
    expect(pool.content().pending).toHaveLength(2)
  })
})

describe('refused', () => {
  it('what costs more than the balance, alone or together with what waits', async () => {
    const { chain, pool } = setUp()
    const cost = 21_000n * parseGwei('10') + 1n
    chain.fund(alice.address, cost - 1n)
    const [reason, message] = await refusal(pool.add(await transfer(alice, 0)))
    expect(reason).toBe('funds')
    expect(message).toBe(`insufficient funds for gas * price + value: balance ${cost - 1n}, tx cost ${cost}, overshot 1`)
    chain.fund(alice.address, 2n * cost - 1n)
    await pool.add(await transfer(alice, 0))
    expect((await refusal(pool.add(await transfer(alice, 1))))[1]).toContain(`queued cost ${cost}, tx cost ${cost}, overshot 1`)
    chain.fund(alice.address, 2n * cost)
    await pool.add(await transfer(alice, 1))
  })

  it('too little gas for its own bytes, and more gas than a block has', async () => {
    const { pool } = setUp({}, { blockGasLimit: 100_000n })
    expect((await refusal(pool.add(await transfer(alice, 0, {}, { gas: 20_999n }))))[1]).toMatch(
      /^intrinsic gas too low: gas 20999, minimum needed 21000/,
    )
    expect((await refusal(pool.add(await transfer(alice, 0, {}, { data: '0x01' }))))[0]).toBe('gas_too_low')
    expect((await refusal(pool.add(await transfer(alice, 0, {}, { gas: 100_001n }))))[0]).toBe('gas_over_block')
    await pool.add(await transfer(alice, 0, {}, { gas: 100_000n }))
  })

  it('senders with code, unless it delegates', async () => {
    const { chain, pool } = setUp()
    chain.giveCode(alice.address, new Uint8Array([0x60, 0x00]))
    expect((await refusal(pool.add(await transfer(alice, 0))))[0]).toBe('sender_is_contract')
    chain.giveCode(alice.address, new Uint8Array([0xef, 0x01, 0x00, ...new Uint8Array(20)]))
    await pool.add(await transfer(alice, 0))
  })

  it('more transactions of one sender than allowed', async () => {
    const { pool } = setUp({ maxPerSender: 2 })
    await pool.add(await transfer(alice, 0))
    await pool.add(await transfer(alice, 1))
    expect((await refusal(pool.add(await transfer(alice, 2))))[0]).toBe('sender_full')
    await pool.add(await transfer(alice, 1, { max: '20', tip: '2' }))
  })
})

/** Code that each of whose calls others may make run (EIP-7702). */
const LENT = Uint8Array.of(0xef, 0x01, 0x00, ...new Uint8Array(20))

/** What makes a transaction one that sets the code of these accounts; the nonce is theirs. */
async function lending(...authorities: readonly (readonly [Signer, number, number?])[]) {
  const address = '0x00000000000000000000000000000000000000cc'
  const authorizationList = await Promise.all(
    authorities.map(([by, nonce, chainId = Number(CHAIN_ID)]) => by.authorize({ address, chainId, nonce })),
  )
  return { type: 'eip7702', gas: 21_000n + 25_000n * BigInt(authorities.length), authorizationList } as const
}

describe('an account that has lent itself', () => {
  it('has one transaction in the pool, with its next nonce, which it may replace', async () => {
    const { chain, pool, picked } = setUp()
    chain.fund(alice.address, parseEther('10'), 3n)
    chain.giveCode(alice.address, LENT)
    expect(await refusal(pool.add(await transfer(alice, 4)))).toEqual([
      'sender_lent',
      'gapped-nonce tx from delegated accounts: tx nonce 4; the account has code of another (EIP-7702) or is about to, and only nonces below 4 may wait; wait for a block',
    ])
    const first = await transfer(alice, 3)
    await pool.add(first)
    const [reason, message] = await refusal(pool.add(await transfer(alice, 4)))
    expect([reason, message.split(':')[0]]).toEqual(['sender_lent', 'in-flight transaction limit reached for delegated accounts'])
    const replacement = await transfer(alice, 3, { max: '20', tip: '2' })
    await pool.add(replacement)
    await pool.add(replacement)
    pool.settled(chain.commit([replacement]), [chain.host.decode(replacement)], [])
    await pool.add(await transfer(alice, 4))
    expect(picked()).toEqual(['alice4'])
  })

  it('is one already while an authorization of it waits that can still count', async () => {
    const { chain, pool } = setUp()
    chain.fund(alice.address, parseEther('10'), 3n)
    const lent = await transfer(bob, 0, {}, await lending([alice, 5]))
    await pool.add(lent)
    expect((await refusal(pool.add(await transfer(alice, 4))))[0]).toBe('sender_lent')
    await pool.add(await transfer(alice, 3))
    // Replaced by one without it.
    await pool.add(await transfer(bob, 0, { max: '20', tip: '2' }))
    await pool.add(await transfer(alice, 4))
  })

  it('is none because of an authorization of another chain, of a nonce that has been used, or of a spoilt one', async () => {
    const { chain, pool } = setUp()
    chain.fund(alice.address, parseEther('10'), 3n)
    const [old] = (await lending([alice, 3])).authorizationList
    const spoilt = { ...old!, s: `0x${'ff'.repeat(32)}` } as typeof old & object
    await pool.add(await transfer(bob, 0, {}, await lending([alice, 2], [alice, 3, 1])))
    await pool.add(await transfer(carol, 0, {}, { ...(await lending([alice, 3])), authorizationList: [spoilt] }))
    for (const nonce of [3, 4, 6]) await pool.add(await transfer(alice, nonce))
    // It was one for as long as its nonce was not used.
    const { chain: other, pool: another } = setUp()
    await another.add(await transfer(bob, 0, {}, await lending([alice, 1, 0])))
    expect((await refusal(another.add(await transfer(alice, 1))))[0]).toBe('sender_lent')
    other.fund(alice.address, parseEther('10'), 2n)
    another.review(alice.address)
    for (const nonce of [2, 3]) await another.add(await transfer(alice, nonce))
  })

  it('does not become one while more than one transaction of it waits', async () => {
    const { pool } = setUp()
    await pool.add(await transfer(alice, 0))
    await pool.add(await transfer(bob, 0, {}, await lending([alice, 1])))
    // Its own, too.
    await pool.add(await transfer(carol, 0))
    await pool.add(await transfer(carol, 1, {}, await lending([carol, 2])))
    const { pool: another } = setUp()
    for (const nonce of [0, 7]) await another.add(await transfer(alice, nonce))
    const [reason, message] = await refusal(another.add(await transfer(bob, 0, {}, await lending([carol, 0], [alice, 1]))))
    expect([reason, message]).toEqual([
      'authority_reserved',
      expect.stringMatching(`^authority already reserved: 2 transactions of ${alice.address} are waiting, at most 1 may`),
    ])
    expect(another.contentFrom(bob.address)).toEqual({ pending: [], queued: [] })
    // Nothing stays of what was refused.
    for (const nonce of [0, 1]) await another.add(await transfer(carol, nonce))
  })

  it('is looked for while others come and go; what has brought its authorization is checked again then', async () => {
    const chain = testHost()
    for (const { address } of [alice, bob]) chain.fund(address, parseEther('10'))
    let found = () => {}
    const looked = new Promise<void>((resolve) => {
      found = resolve
    })
    const authorities = (transaction: Transaction) => looked.then(() => chain.host.authorities(transaction))
    const pool = createPool({ ...chain.host, authorities })
    const taken = await transfer(alice, 0, {}, await lending([carol, 0]))
    const late = await transfer(bob, 0, {}, await lending([carol, 0]))
    const twice = [pool.add(taken), pool.add(taken)]
    const overtaken = pool.add(late)
    const transferred = await pool.add(await transfer(bob, 0))
    expect(pool.content().pending.map(({ hash }) => hash)).toEqual([transferred])
    found()
    expect((await refusal(overtaken))[0]).toBe('underpriced')
    expect(await Promise.all(twice)).toEqual([keccak256Hex(taken), keccak256Hex(taken)])
    expect(pool.count()).toEqual({ pending: 2, queued: 0 })
  })

  it('has one turn in a block, however many waited before it became one', async () => {
    const { chain, pool, picked } = setUp()
    for (const nonce of [0, 1, 2]) await pool.add(await transfer(alice, nonce, { tip: '9' }))
    for (const nonce of [0, 1]) await pool.add(await transfer(bob, nonce))
    chain.giveCode(alice.address, LENT)
    pool.review(alice.address)
    expect(picked()).toEqual(['alice0', 'bob0', 'bob1'])
    chain.giveCode(alice.address, new Uint8Array())
    expect(picked().filter((name) => name.startsWith('alice'))).toHaveLength(3)
  })

  it('has with others such a quarter of the bytes of a block', async () => {
    const { chain, pool, picked } = setUp()
    for (const { address } of [alice, bob]) chain.giveCode(address, LENT)
    const wide = { data: `0x${'00'.repeat(1_000)}`, gas: 100_000n } as const
    const { length } = await transfer(alice, 0, { tip: '9' }, wide)
    await pool.add(await transfer(alice, 0, { tip: '9' }, wide))
    await pool.add(await transfer(bob, 0, { tip: '8' }, wide))
    await pool.add(await transfer(carol, 0, { tip: '1' }, wide))
    expect(picked({ bytes: 4 * 2 * length })).toEqual(['alice0', 'bob0', 'carol0'])
    expect(picked({ bytes: 4 * 2 * length - 4 })).toEqual(['alice0', 'carol0'])
    // And not those that others have taken.
    for (let nonce = 0; nonce < 7; nonce++) await pool.add(await transfer(carol, nonce, { max: '30', tip: '20' }, wide))
    expect(picked({ bytes: 7 * (length + 10) })).toEqual([0, 1, 2, 3, 4, 5, 6].map((nonce) => `carol${nonce}`))
  })
})

describe('picking', () => {
  it('takes the best tips first and keeps each sender in order', async () => {
    const { pool, picked } = setUp()
    await pool.add(await transfer(alice, 0, { tip: '1' }))
    await pool.add(await transfer(alice, 1, { tip: '9' }))
    await pool.add(await transfer(bob, 0, { tip: '3' }))
    await pool.add(await transfer(carol, 0, { tip: '2' }))
    await pool.add(await transfer(carol, 1, { tip: '2' }))
    expect(picked()).toEqual(['bob0', 'carol0', 'carol1', 'alice0', 'alice1'])
    expect(picked()).toEqual(['bob0', 'carol0', 'carol1', 'alice0', 'alice1'])
  })

  it('takes whoever came first among equals', async () => {
    const { pool, picked } = setUp()
    for (const from of [carol, alice, bob]) await pool.add(await transfer(from, 0))
    expect(picked()).toEqual(['carol0', 'alice0', 'bob0'])
  })

  it('leaves out what cannot pay the base fee, and everything of that sender behind it', async () => {
    const { pool, picked } = setUp()
    await pool.add(await transfer(alice, 0, { max: '3' }))
    await pool.add(await transfer(alice, 1, { max: '10' }))
    await pool.add(await transfer(bob, 0, { max: '10' }))
    expect(picked({ baseFee: parseGwei('4') })).toEqual(['bob0'])
    expect(picked({ baseFee: parseGwei('3') })).toEqual(['bob0', 'alice0', 'alice1'])
  })

  it('fits gas and bytes, and passes over what does not', async () => {
    const { pool, picked } = setUp()
    await pool.add(await transfer(alice, 0, { tip: '9' }, { gas: 50_000n }))
    await pool.add(await transfer(alice, 1, { tip: '9' }))
    await pool.add(await transfer(bob, 0, { tip: '1' }))
    expect(picked({ gas: 71_000n })).toEqual(['alice0', 'alice1'])
    expect(picked({ gas: 49_999n })).toEqual(['bob0'])
    const [first] = pool.pick(PICK_ALL)
    expect(picked({ bytes: first!.raw.length })).toEqual(['alice0'])
  })

  it('passes over what a block could not hold behind those before it, however much may be proposed', async () => {
    const { pool, picked } = setUp()
    await pool.add(await transfer(alice, 0, { tip: '5' }))
    await pool.add(await transfer(bob, 0, { tip: '4' }, { gas: 30_000_000n - 20_999n }))
    await pool.add(await transfer(carol, 0, { tip: '1' }, { gas: 30_000_000n - 42_000n }))
    expect(picked({ gas: 300_000_000n })).toEqual(['alice0', 'carol0'])
    await pool.add(await transfer(bob, 0, { max: '20', tip: '6' }, { gas: 30_000_000n - 21_000n }))
    expect(picked({ gas: 300_000_000n })).toEqual(['bob0', 'alice0', 'carol0'])
  })
})

describe('after a block', () => {
  it('its transactions are gone and those behind them stay', async () => {
    const { chain, pool, picked } = setUp()
    const raws = await Promise.all([0, 1, 2].map((nonce) => transfer(alice, nonce)))
    for (const raw of raws) await pool.add(raw)
    const included = raws.slice(0, 2).map(chain.host.decode)
    pool.settled(chain.commit(raws.slice(0, 2)), included, [])
    expect(included.map(({ hash }) => pool.get(hash))).toEqual([undefined, undefined])
    expect(picked()).toEqual(['alice2'])
  })

  it('a nonce that another transaction used is gone too', async () => {
    const { chain, pool, picked } = setUp()
    await pool.add(await transfer(alice, 0))
    await pool.add(await transfer(alice, 1))
    const elsewhere = await transfer(alice, 0, { max: '77' })
    pool.settled(chain.commit([elsewhere]), [chain.host.decode(elsewhere)], [])
    expect(picked()).toEqual(['alice1'])
  })

  it('what could not run is dropped, and what waits behind it is queued', async () => {
    const { chain, pool, picked } = setUp()
    const bad = await transfer(alice, 0)
    await pool.add(bad)
    await pool.add(await transfer(alice, 1))
    pool.settled(chain.commit([]), [], [{ hash: keccak256Hex(bad), reason: 'insufficient funds' }])
    expect(picked()).toEqual([])
    expect(pool.content().queued).toHaveLength(1)
  })

  it('a nonce that code used up is noticed when its transaction cannot run', async () => {
    const { chain, pool, picked } = setUp()
    const stale = await transfer(alice, 0)
    await pool.add(stale)
    await pool.add(await transfer(alice, 1))
    chain.fund(alice.address, parseEther('1'), 1n)
    pool.settled(chain.commit([]), [], [{ hash: keccak256Hex(stale), reason: 'nonce too low' }])
    await expect.poll(() => picked()).toEqual(['alice1'])
  })

  it('a review gives up what can no longer run, and nothing else', async () => {
    const { chain, pool, picked } = setUp()
    for (const nonce of [0, 1, 2]) await pool.add(await transfer(alice, nonce))
    pool.review(alice.address)
    expect(picked()).toEqual(['alice0', 'alice1', 'alice2'])
    chain.fund(alice.address, parseEther('1'), 1n)
    pool.review(alice.address)
    expect(picked()).toEqual(['alice1', 'alice2'])
    chain.fund(alice.address, 0n, 1n)
    pool.review(alice.address)
    expect(picked()).toEqual([])
    expect(pool.content().queued).toHaveLength(1)
    pool.review(bob.address)
  })

  it('queued transactions that waited too long are given up', async () => {
    const { chain, pool } = setUp({ queuedSeconds: 100 })
    await pool.add(await transfer(alice, 5))
    await pool.add(await transfer(bob, 0))
    pool.settled(chain.commit([], 1_100n), [], [])
    expect(pool.content().queued).toHaveLength(1)
    pool.settled(chain.commit([], 1_101n), [], [])
    expect(pool.content()).toMatchObject({ pending: [{ nonce: 0n }], queued: [] })
  })
})

describe('listeners', () => {
  it('hear of each transaction when it becomes executable, once', async () => {
    const { pool } = setUp()
    const heard: bigint[] = []
    const stop = pool.onTransaction(({ nonce }) => heard.push(nonce))
    await pool.add(await transfer(alice, 1))
    await pool.add(await transfer(alice, 2))
    expect(heard).toEqual([])
    await pool.add(await transfer(alice, 0))
    expect(heard).toEqual([0n, 1n, 2n])
    await pool.add(await transfer(alice, 1, { max: '20', tip: '2' }))
    expect(heard).toEqual([0n, 1n, 2n, 1n])
    stop()
    await pool.add(await transfer(alice, 3))
    expect(heard).toHaveLength(4)
  })

  it('hear of what becomes executable because a block has what was missing before it', async () => {
    const { chain, pool } = setUp()
    const heard: bigint[] = []
    let calls = 0
    pool.onTransaction(({ nonce }) => heard.push(nonce))
    pool.onWaiting(() => calls++)
    for (const nonce of [1, 2, 4]) await pool.add(await transfer(alice, nonce))
    expect([heard, calls]).toEqual([[], 0])
    // Sent to another node.
    const first = await transfer(alice, 0)
    pool.settled(chain.commit([first]), [chain.host.decode(first)], [])
    expect([heard, calls]).toEqual([[1n, 2n], 1])
    // Code may have used the nonce (EIP-7702).
    chain.fund(alice.address, parseEther('10'), 4n)
    pool.review(alice.address)
    pool.review(alice.address)
    expect([heard, calls]).toEqual([[1n, 2n, 4n], 2])
  })

  it('that make blocks are called only when there is something to pick', async () => {
    const { pool } = setUp()
    let calls = 0
    pool.onWaiting(() => calls++)
    await pool.add(await transfer(alice, 1))
    await pool.add(await transfer(bob, 0, { max: '0.5', tip: '0.5' }))
    expect(calls).toBe(0)
    await pool.add(await transfer(alice, 0))
    expect(calls).toBe(1)
  })
})

describe('a full pool', () => {
  it('gives up the worst for something better and refuses something worse', async () => {
    const { pool, picked } = setUp({ maxTransactions: 3 })
    await pool.add(await transfer(alice, 0, { tip: '6' }))
    await pool.add(await transfer(alice, 1, { tip: '5' }))
    await pool.add(await transfer(bob, 0, { tip: '3' }))
    const [reason, message] = await refusal(pool.add(await transfer(carol, 0, { tip: '2.9' })))
    expect([reason, message.split(':')[0]]).toEqual(['pool_full', 'txpool is full'])
    await pool.add(await transfer(carol, 0, { tip: '4' }))
    expect(picked()).toEqual(['alice0', 'alice1', 'carol0'])
  })

  it('is not kept full for nothing: what stands behind a transaction that no block takes counts no more than that one, whatever it offers', async () => {
    const { pool, picked } = setUp({ maxTransactions: 3 })
    await pool.add(await transfer(alice, 0, { max: '0.5', tip: '0.5' }))
    await pool.add(await transfer(alice, 1, { max: '900', tip: '900' }))
    await pool.add(await transfer(bob, 0, { tip: '2' }))
    expect((await refusal(pool.add(await transfer(alice, 2, { max: '900', tip: '900' }))))[0]).toBe('pool_full')
    await pool.add(await transfer(carol, 0, { tip: '1' }))
    await pool.add(await transfer(carol, 1, { tip: '1' }))
    expect(picked()).toEqual(['bob0', 'carol0', 'carol1'])
    expect(pool.content().pending).toHaveLength(3)
  })

  it('gives up what waits behind a gap before anything that can run', async () => {
    const { pool, picked } = setUp({ maxTransactions: 2 })
    await pool.add(await transfer(alice, 3, { tip: '9' }))
    await pool.add(await transfer(bob, 0, { tip: '1' }))
    await pool.add(await transfer(carol, 0, { tip: '1' }))
    expect(picked()).toEqual(['bob0', 'carol0'])
    expect((await refusal(pool.add(await transfer(alice, 5, { tip: '9' }))))[0]).toBe('pool_full')
  })

  it('counts an authorization as more than its bytes', async () => {
    const raw = await transfer(alice, 0, {}, await lending([carol, 0], [carol, 1]))
    const { pool } = setUp({ maxBytes: raw.length + 2 * AUTHORIZATION_BYTES })
    await pool.add(raw)
    expect((await refusal(pool.add(await transfer(bob, 0))))[0]).toBe('pool_full')
    const { pool: smaller } = setUp({ maxBytes: raw.length + 2 * AUTHORIZATION_BYTES - 1 })
    expect((await refusal(smaller.add(raw)))[0]).toBe('pool_full')
    // What has left counts no more.
    await pool.add(await transfer(alice, 0, { max: '20', tip: '2' }))
    await pool.add(await transfer(bob, 0))
  })

  it('counts bytes too, and lets a sender replace its own', async () => {
    const raw = await transfer(alice, 0)
    const { pool } = setUp({ maxBytes: raw.length + 5 })
    await pool.add(raw)
    expect((await refusal(pool.add(await transfer(alice, 1))))[0]).toBe('pool_full')
    await pool.add(await transfer(alice, 0, { max: '20', tip: '2' }))
    expect(pool.content().pending).toHaveLength(1)
  })
})

describe('any mixture of sends and blocks', () => {
  it('keeps picks runnable: gapless from the account nonce, affordable, within the limits', async () => {
    const step = fc.record({
      who: fc.integer({ min: 0, max: 2 }),
      nonce: fc.integer({ min: 0, max: 6 }),
      tip: fc.integer({ min: 0, max: 9 }),
      commit: fc.boolean(),
      gas: fc.constantFrom(21_000n, 60_000n, 200_000n),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { chain, pool } = setUp({ maxTransactions: 8, maxPerSender: 5 })
        const nonces = new Map([alice, bob, carol].map(({ address }) => [address, 0n]))
        for (const { who, nonce, tip, commit, gas } of steps) {
          await pool.add(await transfer([alice, bob, carol][who]!, nonce, { tip: `${tip}` }, { gas })).catch((error: unknown) => {
            if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
          })
          const limits = { ...PICK_ALL, gas: 250_000n }
          const picks = pool.pick(limits)
          expect(picks.reduce((sum, { inner }) => sum + inner.gasLimit, 0n)).toBeLessThanOrEqual(limits.gas)
          const next = new Map(nonces)
          for (const pick of picks) {
            expect(pick.nonce).toBe(next.get(pick.sender))
            next.set(pick.sender, pick.nonce + 1n)
          }
          const { pending, queued } = pool.content()
          expect(pending.length + queued.length).toBeLessThanOrEqual(8)
          if (!commit) continue
          pool.settled(chain.commit(picks.map(({ raw }) => raw)), picks, [])
          for (const [sender, after] of next) nonces.set(sender, after)
          for (const { sender, nonce: held } of [...pool.content().pending, ...pool.content().queued])
            expect(held).toBeGreaterThanOrEqual(nonces.get(sender)!)
        }
      }),
      { numRuns: 60 },
    )
  })
})

it('refuses what could never be in a block: a fee below the least base fee, which even an account without money could offer', async () => {
  const { host, fund } = testHost()
  const pool = createPool(host)
  const poor = signer(5)
  const free = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, value: 0n }
  await expect(transfer(poor, 0, {}, free).then((raw) => pool.add(raw))).rejects.toMatchObject({
    code: 'CHAIN_TX_REJECTED',
    message: 'transaction underpriced: max fee per gas 0, but the base fee is never below 7; raise maxFeePerGas',
    details: { reason: 'underpriced' },
  })
  fund(poor.address, 10n ** 18n)
  await expect(transfer(poor, 0, {}, { ...free, maxFeePerGas: 6n }).then((raw) => pool.add(raw))).rejects.toThrow(/never below 7/)
  await pool.add(await transfer(poor, 0, {}, { ...free, maxFeePerGas: 7n }))
  expect(pool.count()).toEqual({ pending: 1, queued: 0 })
  await pool.add(await transfer(poor, 2))
  expect([pool.count(), pool.contentFrom(poor.address).queued.map(({ nonce }) => nonce)]).toEqual([{ pending: 1, queued: 1 }, [2n]])
})
