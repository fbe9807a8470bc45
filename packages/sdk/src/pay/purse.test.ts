import { tillOf } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type Address,
  compileTypedStruct,
  domainSeparator,
  fromBase64,
  parseStrictJson,
  recoverAddress,
  typedDataDigest,
} from '@opengradient/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { authorise, paymentHeader } from './authorise.ts'
import { dayOf, memoryLedger } from './ledger.ts'
import { openPurse, type PurseOptions } from './purse.ts'

const account = privateKeyToAccount(`0x${'07'.repeat(32)}`)
const [one, two]: Address[] = [`0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`] as Address[]
const NOW = 1_800_000_000
let drawn = 0
const random = (bytes: number) => new Uint8Array(bytes).fill(++drawn)
const purse = (options: Partial<PurseOptions> = {}) =>
  openPurse({ account, chainId: 5, maxPrice: 100n, maxPerDay: undefined, ledger: memoryLedger(), now: () => NOW, random, ...options })
const refusal = (code: string) => expect.objectContaining({ code })

test('what is signed is an EIP-3009 transfer of WOPG to the till of the node, on this chain', async () => {
  const payment = await authorise({ account, chainId: 5, node: one as Address, amount: 42n, now: NOW, nonce: `0x${'09'.repeat(32)}` })
  const struct = compileTypedStruct(
    {
      TransferWithAuthorization: [
        { name: 'from', type: 'address' },
        { name: 'to', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'validAfter', type: 'uint256' },
        { name: 'validBefore', type: 'uint256' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    'TransferWithAuthorization',
  )
  const { payer: from, value, validAfter, validBefore, nonce, signature } = payment
  const domain = domainSeparator({ name: 'Wrapped OPG', version: '1', chainId: 5, verifyingContract: ADDRESSES.wopg })
  expect(
    recoverAddress(typedDataDigest(domain, struct, { from, to: tillOf(one as Address), value, validAfter, validBefore, nonce }), signature),
  ).toBe(account.address.toLowerCase())
  expect([value, validAfter, validBefore]).toEqual([42n, BigInt(NOW - 600), BigInt(NOW + 600)])
  const header = parseStrictJson(fromBase64(paymentHeader(payment, one as Address, 5, 'https://n.example/x'), 'h'), {
    maxBytes: 10_000,
    maxDepth: 9,
  })
  expect(header).toMatchObject({
    x402Version: 2,
    accepted: { scheme: 'exact', network: 'eip155:5', amount: '42', payTo: tillOf(one as Address) },
    payload: { signature },
  })
})

test('the same node gets the same authorisation again, at another price one of the same nonce, of which it can use one; another node a new one', async () => {
  const mine = purse()
  const first = await mine.pay(one as Address, 10n)
  expect(await mine.pay(one as Address, 10n)).toBe(first)
  expect(await mine.pay(one as Address, 11n)).toMatchObject({ value: 11n, nonce: first.nonce })
  expect((await mine.pay(two as Address, 10n)).nonce).not.toBe(first.nonce)
})

test('a node that wants one price, then another, then the first again, gets no third authorisation', async () => {
  const mine = purse({ maxPrice: 30n })
  const first = await mine.pay(one as Address, 10n)
  mine.sent(one as Address, 10n)
  const second = await mine.pay(one as Address, 9n)
  mine.sent(one as Address, 9n)
  for (let i = 0; i < 5; i++) {
    expect(await mine.pay(one as Address, 10n)).toBe(first)
    expect(await mine.pay(one as Address, 9n)).toBe(second)
  }
})

test('what was sent once stays counted, and is the one that is sent again, even if it does not leave a second time', async () => {
  const ledger = memoryLedger()
  const mine = purse({ ledger, maxPrice: 15n })
  const first = await mine.pay(one as Address, 10n)
  mine.sent(one as Address, 10n)
  await mine.unsent(one as Address, 10n)
  expect(await ledger.spent(dayOf(NOW))).toBe(10n)
  expect(await mine.pay(one as Address, 10n)).toBe(first)
  await expect(mine.pay(two as Address, 10n)).rejects.toThrow(refusal('POLICY_PRICE_EXCEEDED'))
})

test('what the account does not sign is not counted', async () => {
  const ledger = memoryLedger()
  const unwilling = { ...account, signTypedData: () => Promise.reject(new Error('no')) }
  const mine = purse({ ledger, account: unwilling, maxPrice: 15n })
  await expect(mine.pay(one as Address, 10n)).rejects.toThrow('no')
  await expect(mine.pay(one as Address, 10n)).rejects.toThrow('no')
  expect(await ledger.spent(dayOf(NOW))).toBe(0n)
})

test('everything signed for one call stays below its maximum, even if all of it is used', async () => {
  const mine = purse({ maxPrice: 25n })
  await mine.pay(one as Address, 10n)
  await mine.pay(two as Address, 15n)
  await expect(mine.pay(`0x${'33'.repeat(20)}`, 1n)).rejects.toThrow(refusal('POLICY_PRICE_EXCEEDED'))
  await expect(purse({ maxPrice: 9n }).pay(one as Address, 10n)).rejects.toThrow(refusal('POLICY_PRICE_EXCEEDED'))
})

test('the budget of the day counts over calls, begins anew the next day, and gets back only what was never sent', async () => {
  const ledger = memoryLedger()
  let now = NOW
  const shared = { ledger, maxPerDay: 25n, now: () => now }
  const first = purse(shared)
  await first.pay(one as Address, 20n)
  await expect(purse(shared).pay(one as Address, 6n)).rejects.toThrow(refusal('POLICY_BUDGET_EXCEEDED'))
  expect(await ledger.spent(dayOf(NOW))).toBe(20n)
  await first.unsent(one as Address, 20n)
  await first.unsent(one as Address, 20n)
  expect(await ledger.spent(dayOf(NOW))).toBe(0n)
  await purse(shared).pay(one as Address, 25n)
  now += 86_400
  await purse(shared).pay(one as Address, 25n)
})

test('a refusal by the budget signs nothing and leaves the maximum of the call as it was', async () => {
  const mine = purse({ maxPerDay: 5n, maxPrice: 10n })
  await expect(mine.pay(one as Address, 10n)).rejects.toThrow(refusal('POLICY_BUDGET_EXCEEDED'))
  expect((await mine.pay(one as Address, 5n)).value).toBe(5n)
})

test('without an account nothing can be paid', async () => {
  await expect(purse({ account: undefined }).pay(one as Address, 1n)).rejects.toThrow(refusal('CONFIG_MISSING'))
})
