import { bytesToHex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { signer, testHost, transfer } from '../../pool/host.testkit.ts'
import { createPool } from '../../pool/index.ts'
import { BUNDLE, BUNDLE_BYTES } from './bundle.ts'
import { Outbox } from './outbox.ts'

const [alice, bob] = [signer(1), signer(2)]
const RICH = 10n ** 20n

function setUp() {
  const chain = testHost()
  for (const { address } of [alice, bob]) chain.fund(address, RICH)
  const pool = createPool(chain.host)
  const outbox = new Outbox(pool)
  const waiting = () =>
    outbox
      .next(100, 1_000_000)
      .flat()
      .map(({ hash }) => hash)
  const commit = (height: bigint, raws: readonly Uint8Array[] = []) => {
    pool.settled(chain.commit(raws), raws.map(chain.host.decode), [])
    outbox.committed(height)
  }
  return { chain, pool, outbox, waiting, commit }
}

describe('the outbox', () => {
  it('holds what can run, in order of arrival, until CometBFT has it', async () => {
    const { pool, outbox, waiting } = setUp()
    const gapped = await pool.add(await transfer(alice, 1))
    expect(outbox.empty).toBe(true)
    const other = await pool.add(await transfer(bob, 0))
    const closing = await pool.add(await transfer(alice, 0))
    expect(waiting()).toEqual([other, closing, gapped])
    expect(waiting()).toEqual([other, closing, gapped])
    outbox.delivered(closing, 1n)
    expect(waiting()).toEqual([other, gapped])
    outbox.delivered(other, 1n)
    outbox.delivered(gapped, 1n)
    expect(outbox.empty).toBe(true)
  })

  it('says when something waits', async () => {
    const { pool, outbox } = setUp()
    let told = 0
    outbox.onWaiting(() => told++)
    await pool.add(await transfer(alice, 0))
    expect(told).toBe(1)
    await pool.add(await transfer(alice, 2))
    expect(told).toBe(1)
  })

  it('gives bundles within their limits, and one that is larger than the limit alone', async () => {
    const { pool, outbox } = setUp()
    const raws = [await transfer(alice, 0, {}, { data: bytesToHex(new Uint8Array(BUNDLE_BYTES)), gas: 5_000_000n })]
    for (let nonce = 1; nonce <= BUNDLE + 1; nonce++) raws.push(await transfer(alice, nonce))
    for (const raw of raws) await pool.add(raw)
    const bundles = (count: number, bytes: number) => outbox.next(count, bytes).map((bundle) => bundle.map(({ nonce }) => Number(nonce)))
    const full = Array.from({ length: BUNDLE }, (_, i) => i + 1)
    expect(bundles(10, 100)).toEqual([[0]])
    expect(bundles(10, raws[0]!.length + raws[1]!.length)).toEqual([[0], [1]])
    expect(bundles(2, 1_000_000)).toEqual([[0], full])
    expect(bundles(10, 1_000_000)).toEqual([[0], full, [BUNDLE + 1]])
  })

  it('fills a bundle by bytes', async () => {
    const { pool, outbox } = setUp()
    const data = bytesToHex(new Uint8Array(BUNDLE_BYTES / 3))
    for (let nonce = 0; nonce < 5; nonce++) await pool.add(await transfer(alice, nonce, {}, { data, gas: 5_000_000n }))
    expect(outbox.next(10, 1_000_000).map(({ length }) => length)).toEqual([2, 2, 1])
  })

  it('lets what came from a peer before it could run go nowhere when it can', async () => {
    const { pool, outbox } = setUp()
    outbox.checked(await pool.add(await transfer(alice, 1)), 1n)
    outbox.checked(await pool.add(await transfer(alice, 0)), 1n)
    expect(outbox.empty).toBe(true)
  })

  it('forgets what is in a block or was replaced', async () => {
    const { pool, waiting, commit } = setUp()
    const first = await transfer(alice, 0)
    await pool.add(first)
    await pool.add(await transfer(bob, 0))
    const better = await pool.add(await transfer(bob, 0, { max: '20', tip: '2' }))
    expect(waiting()).toContain(better)
    expect(waiting()).toHaveLength(2)
    commit(2n, [first])
    expect(waiting()).toEqual([better])
  })

  it('gives again what stays in the pool for thirty blocks, and everything to a CometBFT that is new', async () => {
    const { pool, outbox, waiting, commit } = setUp()
    const hash = await pool.add(await transfer(alice, 0))
    outbox.delivered(hash, 1n)
    for (let height = 2n; height <= 30n; height++) commit(height)
    expect(waiting()).toEqual([])
    const fresh = [await pool.add(await transfer(bob, 0)), await pool.add(await transfer(bob, 1))]
    commit(31n)
    expect(waiting()).toEqual([...fresh, hash])
    // Alone, as every other node gives it.
    expect(outbox.next(100, 1_000_000).map(({ length }) => length)).toEqual([2, 1])
    for (const each of fresh) outbox.delivered(each, 31n)
    outbox.delivered(hash, 31n)
    commit(32n)
    expect(waiting()).toEqual([])
    outbox.restart()
    expect(waiting()).toEqual([hash, ...fresh])
  })

  it('holds nothing after it is closed', async () => {
    const { pool, outbox } = setUp()
    await pool.add(await transfer(alice, 0))
    outbox.close()
    await pool.add(await transfer(bob, 0))
    expect(outbox.empty).toBe(true)
  })
})
