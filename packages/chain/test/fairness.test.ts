import { expect, it } from 'vitest'
import { testApplication } from './application.testkit.ts'
import { GENESIS_TIME, OPG, signer, validator } from './chain.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const MILLION = 1_000_000n * OPG

/** What a fair block says of these transactions, one after the other; undefined is yes. */
async function judge(...raws: readonly Uint8Array[]): Promise<(string | undefined)[]> {
  const { application, fairBlock } = await testApplication()
  const block = fairBlock()
  return raws.map((raw) => block.take(application.decode(raw)))
}

it('refuses nonces that do not go on from the account, and takes those that do', async () => {
  const nonces = [1n, 0n, 0n, 2n, 1n, 2n]
  const raws = await Promise.all(nonces.map((nonce) => signer(0).sign({ nonce: Number(nonce), to })))
  expect(await judge(...raws)).toEqual([
    'its nonce is 1, not 0',
    undefined,
    'its nonce is 0, not 1',
    'its nonce is 2, not 1',
    undefined,
    undefined,
  ])
})

it('refuses what its sender could not pay, all its transactions together', async () => {
  const all = await signer(0).sign({ nonce: 0, to, value: MILLION })
  const most = await signer(0).sign({ nonce: 0, to, value: MILLION - OPG })
  const more = await signer(0).sign({ nonce: 1, to, value: OPG })
  const stranger = await signer(9).sign({ nonce: 0, to })
  const verdicts = await judge(all, most, more, stranger)
  expect(verdicts[0]).toMatch(/may cost 10000000021000*0 wei/)
  expect(verdicts[1]).toBeUndefined()
  expect(verdicts[2]).toMatch(/its sender has 9979\d+ for it/)
  expect(verdicts[3]).toMatch(/its sender has 0 for it/)
})

it('refuses what pays less than the base fee, has less gas than it must, or more than a block; what is used together, nobody knows yet', async () => {
  const cheap = await signer(0).sign({ nonce: 0, to, maxFeePerGas: 100n, maxPriorityFeePerGas: 0n })
  // EIP-7623: 16 times 40 gas for data that the intrinsic gas counts 16 each.
  const light = await signer(0).sign({ nonce: 0, to, data: `0x${'11'.repeat(100)}`, gas: 21_000n + 1_600n })
  const huge = await signer(0).sign({ nonce: 0, to, gas: 60_000_001n })
  const wide = await signer(0).sign({ nonce: 0, to, gas: 59_990_000n })
  const next = await signer(1).sign({ nonce: 0, to })
  expect(await judge(cheap, light, huge, wide, next)).toEqual([
    expect.stringMatching(/less than the base fee/),
    expect.stringMatching(/intrinsic gas too low/),
    expect.stringMatching(/exceeds block gas limit/),
    undefined,
    undefined,
  ])
})

it('judges by the state of the head', async () => {
  const { application, fairBlock } = await testApplication()
  const [first, second] = [await signer(0).sign({ nonce: 0, to }), await signer(0).sign({ nonce: 1, to })]
  expect(fairBlock().take(application.decode(second))).toBe('its nonce is 1, not 0')
  const { appHash } = application.info()
  await application.finalize({
    height: 1n,
    parentHash: appHash,
    time: GENESIS_TIME + 1n,
    proposer: validator.address,
    transactions: [first],
  })
  await application.commit(undefined)
  expect(fairBlock().take(application.decode(second))).toBeUndefined()
  expect(fairBlock().take(application.decode(first))).toBe('its nonce is 0, not 1')
})
