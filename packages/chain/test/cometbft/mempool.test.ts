import { setImmediate } from 'node:timers/promises'
import { bytesToHex, type Hex } from '@opengradient/protocol'
import { parseGwei } from 'viem'
import { expect, it } from 'vitest'
import { writeBundle } from '../../src/consensus/cometbft/bundle.ts'
import { MAX_TRANSACTION_BYTES } from '../../src/executor/rules.ts'
import { Share } from '../../src/share.ts'
import { signer } from '../chain.testkit.ts'
import { testAbci } from './abci.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const check = (tx: Uint8Array) => ({ tx, type: 'new' as const })
const recheck = (tx: Uint8Array) => ({ tx, type: 'recheck' as const })

it('takes into the pool what peers send, in any order, and passes on only what it took', async () => {
  const { ask, pool, outbox } = await testAbci()
  const [first, second] = [await signer(0).sign({ nonce: 0, to }), await signer(0).sign({ nonce: 1, to })]
  expect(await ask('checkTx', check(second))).toEqual({})
  expect(await ask('checkTx', check(first))).toEqual({})
  expect(await ask('checkTx', check(first))).toMatchObject({ code: 1, log: expect.stringMatching(/half of it is new/) })
  expect(pool.content().pending.map(({ nonce }) => nonce)).toEqual([0n, 1n])
  // CometBFT has both already, though the second could not run when it came.
  expect(outbox.empty).toBe(true)
  const refused = [
    [await signer(9).sign({ nonce: 0, to }), /insufficient funds/],
    [await signer(0).sign({ nonce: 0, to, value: 1n }), /replacement transaction underpriced/],
    [await signer(0).sign({ nonce: 5_000, to }), /nonce too high/],
    [new Uint8Array([1, 2, 3]), /refused/],
    [new Uint8Array(MAX_TRANSACTION_BYTES + 1), new RegExp(`more than ${MAX_TRANSACTION_BYTES}`)],
  ] as const
  for (const [tx, log] of refused) expect(await ask('checkTx', check(tx))).toEqual({ code: 1, log: expect.stringMatching(log) })
})

it('passes on a bundle of which half is new, and of any other the new alone', async () => {
  const { ask, pool, outbox } = await testAbci()
  const raws = await Promise.all([0, 1, 2, 3, 4, 5].map((nonce) => signer(0).sign({ nonce, to })))
  const poor = await signer(9).sign({ nonce: 0, to })
  const held = () => pool.content().pending.map(({ nonce }) => Number(nonce))
  const waiting = () => outbox.next(10, 1e6).map((bundle) => bundle.map(({ nonce }) => Number(nonce)))

  expect(await ask('checkTx', check(new Uint8Array([0x80])))).toMatchObject({ code: 1 })
  expect(await ask('checkTx', check(writeBundle([poor, new Uint8Array([1, 2, 3])])))).toMatchObject({ code: 1 })
  expect(await ask('checkTx', check(writeBundle(raws.slice(0, 2))))).toEqual({})
  expect(await ask('checkTx', check(writeBundle(raws.slice(0, 2))))).toMatchObject({
    code: 1,
    log: expect.stringMatching(/half of it is new/),
  })
  expect(await ask('checkTx', check(writeBundle([raws[2]!, raws[2]!, raws[2]!])))).toMatchObject({ code: 1 })
  expect(waiting()).toEqual([[2]])
  expect(await ask('checkTx', check(writeBundle([raws[0]!, raws[2]!])))).toEqual({})
  expect(await ask('checkTx', check(writeBundle([poor, raws[3]!])))).toEqual({})
  expect(held()).toEqual([0, 1, 2, 3])
  expect(waiting()).toEqual([])
  expect(await ask('checkTx', check(writeBundle([raws[0]!, raws[1]!, poor, raws[4]!, raws[5]!])))).toMatchObject({ code: 1 })
  expect(held()).toEqual([0, 1, 2, 3, 4, 5])
  expect(waiting()).toEqual([[4], [5]])
})

it('passes on what was sent to this node, whether CometBFT asks before or after it has answered', async () => {
  const { ask, pool, outbox } = await testAbci()
  const raws = await Promise.all([0, 1, 2, 3].map((nonce) => signer(0).sign({ nonce, to })))
  const hashes: Hex[] = []
  for (const raw of raws) hashes.push(await pool.add(raw))
  for (const hash of hashes.slice(0, 2)) outbox.delivered(hash, 1n)
  expect(await ask('checkTx', check(writeBundle(raws.slice(0, 2))))).toEqual({})
  expect(await ask('checkTx', check(writeBundle(raws.slice(2))))).toEqual({})
  expect(outbox.empty).toBe(true)
})

it('keeps a bundle in CometBFT until the pool holds less than half of it, which then goes alone', async () => {
  const { ask, finalize, commit, outbox } = await testAbci()
  const raws = await Promise.all([0, 1, 2, 3].map((nonce) => signer(0).sign({ nonce, to })))
  const bundle = writeBundle(raws)
  await ask('checkTx', check(bundle))
  await finalize(raws.slice(0, 2))
  await commit()
  expect(await ask('checkTx', recheck(bundle))).toEqual({})
  expect(outbox.empty).toBe(true)
  await finalize(raws.slice(2, 3))
  await commit()
  expect(await ask('checkTx', recheck(bundle))).toMatchObject({ code: 1 })
  expect(outbox.next(10, 1e6).map((each) => each.map(({ nonce }) => nonce))).toEqual([[3n]])
  expect(await ask('checkTx', check(raws[3]!))).toEqual({})
  expect(outbox.empty).toBe(true)
})

it('gives what stays in the pool again after thirty blocks once, alone, and then only when CometBFT has lost it', async () => {
  const { ask, finalize, commit, pool, outbox } = await testAbci()
  // As those below the base fee, which no block takes.
  const raws = await Promise.all([0, 1].map((nonce) => signer(0).sign({ nonce, to })))
  const hashes = await Promise.all(raws.map((raw) => pool.add(raw)))
  /** What CometBFT holds, and has been given. */
  let mempool: Uint8Array[] = []
  let given = 0
  const block = async () => {
    await finalize([])
    await commit()
    for (const message of mempool) await ask('checkTx', recheck(message))
    for (const bundle of outbox.next(10, 1e6)) {
      given++
      const message = writeBundle(bundle.map(({ raw }) => raw))
      if (!mempool.some((held) => bytesToHex(held) === bytesToHex(message))) {
        expect(await ask('checkTx', check(message))).toEqual({})
        mempool.push(message)
      }
      for (const { hash } of bundle) outbox.delivered(hash, BigInt(blocks))
    }
  }
  let blocks = 0
  const blocksUntil = async (height: number) => {
    while (blocks < height) {
      blocks++
      await block()
    }
    return given
  }
  expect(await blocksUntil(30)).toBe(1)
  expect(await blocksUntil(100)).toBe(3)
  expect(mempool).toHaveLength(3)
  mempool = mempool.slice(0, 2)
  expect(await blocksUntil(128)).toBe(3)
  expect(await blocksUntil(131)).toBe(4)
  expect(hashes.map((hash) => outbox.isChecked(hash))).toEqual([true, true])
})

it('lets CometBFT forget what was replaced or is in a block', async () => {
  const { ask, finalize, commit } = await testAbci()
  const cheap = await signer(0).sign({ nonce: 0, to })
  const dear = await signer(0).sign({ nonce: 0, to, maxFeePerGas: parseGwei('200'), maxPriorityFeePerGas: parseGwei('2') })
  await ask('checkTx', check(cheap))
  expect(await ask('checkTx', recheck(cheap))).toEqual({})
  await ask('checkTx', check(dear))
  expect(await ask('checkTx', recheck(cheap))).toMatchObject({ code: 1 })
  expect(await ask('checkTx', recheck(dear))).toEqual({})
  await finalize([dear])
  await commit()
  expect(await ask('checkTx', recheck(dear))).toMatchObject({ code: 1 })
  expect(await ask('checkTx', check(dear))).toMatchObject({ code: 1, log: expect.stringMatching(/nonce too low/) })
})

it('checks transactions while a block is executed', async () => {
  const { ask, finalize, commit, pool } = await testAbci()
  const txs = await Promise.all(
    [0, 1, 2].map((nonce) => signer(1).sign({ nonce, to, data: bytesToHex(new Uint8Array(2_000)), gas: 200_000n })),
  )
  const order: string[] = []
  const executing = finalize(txs).then(() => order.push('block'))
  await ask('checkTx', check(await signer(0).sign({ nonce: 0, to }))).then(() => order.push('check'))
  await executing
  expect(order).toEqual(['check', 'block'])
  await commit()
  expect(pool.content().pending).toHaveLength(1)
})

it('is not kept from storing a block by what peers send, however dear that is to look at', async () => {
  let time = 0
  // Each look at the clock is ten milliseconds after the one before: a transaction takes ten.
  const { ask, finalize, commit, pool } = await testAbci({ now: () => (time += 10) })
  const raws = await Promise.all(Array.from({ length: 30 }, (_, nonce) => signer(0).sign({ nonce, to })))
  const codes = async (some: readonly Uint8Array[]) => {
    const answers = []
    for (const raw of some) answers.push(await ask('checkTx', check(raw)))
    return answers.map(({ code = 0 }) => code)
  }
  expect(await codes(raws.slice(0, 3))).toEqual([0, 0, 0])
  const block = [await signer(1).sign({ nonce: 0, to })]
  await finalize(block)
  // CometBFT has asked all this, and commits once it is answered.
  expect(await codes(raws.slice(3, 23))).toEqual([...Array<number>(10).fill(0), ...Array<number>(10).fill(1)])
  expect(await ask('checkTx', check(raws[20]!))).toMatchObject({ code: 1, log: expect.stringMatching(/a block waits to be stored/) })
  // Another bundle of what is here costs nothing.
  expect(await ask('checkTx', recheck(writeBundle(raws.slice(0, 13))))).toEqual({})
  await commit()
  expect(await codes(raws.slice(13, 30))).toEqual(Array<number>(17).fill(0))
  expect(pool.count().pending).toBe(30)
})

it('looks at what peers send in slices, between which blocks have their turn', async () => {
  let time = 0
  let turns = 0
  const pause = async () => {
    turns++
    await setImmediate()
  }
  // Each look at the clock is four milliseconds after the one before, and it is looked at before each transaction.
  const { ask } = await testAbci({ share: new Share({ now: () => (time += 4), pause }) })
  const raws = await Promise.all(Array.from({ length: 60 }, (_, nonce) => signer(0).sign({ nonce, to })))
  for (const raw of raws.slice(0, 30)) expect(await ask('checkTx', check(raw))).toEqual({})
  expect(turns).toBeGreaterThanOrEqual(10)
  const before = turns
  expect(await ask('checkTx', check(writeBundle(raws.slice(30))))).toEqual({})
  expect(turns - before).toBeGreaterThanOrEqual(10)
})
