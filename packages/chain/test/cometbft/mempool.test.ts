import { bytesToHex } from '@opengradient/protocol'
import { parseGwei } from 'viem'
import { expect, it } from 'vitest'
import { MAX_TRANSACTION_BYTES } from '../../src/executor/rules.ts'
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
  expect(await ask('checkTx', check(first))).toEqual({})
  expect(pool.content().pending.map(({ nonce }) => nonce)).toEqual([0n, 1n])
  // CometBFT has the first already; the second could not run when it came.
  expect(outbox.next(10, 1e6).map(({ nonce }) => nonce)).toEqual([1n])
  const refused = [
    [await signer(9).sign({ nonce: 0, to }), /insufficient funds/],
    [await signer(0).sign({ nonce: 0, to, value: 1n }), /replacement transaction underpriced/],
    [await signer(0).sign({ nonce: 5_000, to }), /nonce too high/],
    [new Uint8Array([1, 2, 3]), /refused/],
    [new Uint8Array(MAX_TRANSACTION_BYTES + 1), new RegExp(`more than ${MAX_TRANSACTION_BYTES}`)],
  ] as const
  for (const [tx, log] of refused) expect(await ask('checkTx', check(tx))).toEqual({ code: 1, log: expect.stringMatching(log) })
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
