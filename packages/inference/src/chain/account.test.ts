import { bytesToHex, parseAddress } from '@opengradient/protocol'
import fc from 'fast-check'
import { keccak256, parseTransaction, recoverTransactionAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { nodeAccount } from './account.ts'

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((key) => key.some((byte) => byte > 0) && key[0]! < 255)
const transactions = fc.record({
  chainId: fc.bigInt(1n, 2n ** 51n),
  nonce: fc.nat(),
  to: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((b) => bytesToHex(b)),
  data: fc.uint8Array({ maxLength: 300 }),
  gas: fc.bigInt(0n, 2n ** 40n),
  maxFeePerGas: fc.bigInt(0n, 2n ** 70n),
  maxPriorityFeePerGas: fc.bigInt(0n, 2n ** 40n),
})

test('transactions are, to the byte, those that viem makes with the same key', async () => {
  await fc.assert(
    fc.asyncProperty(keys, transactions, async (key, transaction) => {
      const reference = privateKeyToAccount(bytesToHex(key))
      const account = nodeAccount(key)
      expect(account.address).toBe(reference.address.toLowerCase())
      fc.pre(transaction.maxFeePerGas >= transaction.maxPriorityFeePerGas)
      const { tx, raw } = account.sign(transaction)
      const { data, ...rest } = transaction
      const expected = await reference.signTransaction({ ...rest, type: 'eip1559', data: bytesToHex(data), chainId: Number(rest.chainId) })
      expect(raw).toBe(expected)
      expect(tx).toBe(keccak256(expected))
    }),
    { numRuns: 60 },
  )
})

test('what it signed is recovered to its address', async () => {
  const account = nodeAccount(new Uint8Array(32).fill(3))
  const to = parseAddress(`0x${'12'.repeat(20)}`)
  const { raw } = account.sign({
    chainId: 5n,
    nonce: 0,
    to,
    data: new Uint8Array(),
    gas: 21_000n,
    maxFeePerGas: 5n,
    maxPriorityFeePerGas: 0n,
  })
  expect((await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` })).toLowerCase()).toBe(account.address)
  expect(parseTransaction(raw)).toMatchObject({ chainId: 5, gas: 21_000n })
})
