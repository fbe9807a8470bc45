import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import type { TransactionSerializable } from 'viem'
import { expect, test } from 'vitest'
import { signing } from './signing.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const call = { to, value: 7n, gas: 21_000n, data: '0x60' } as const
const fees = { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n }

test('transactions of every kind are signed as a wallet signs them', async () => {
  const wallet = signing(devAccount(7, DEV_ACCOUNTS.user).privateKey)
  expect(wallet.address).toBe(wallet.account.address.toLowerCase())
  const authorizationList = [await wallet.account.signAuthorization({ contractAddress: to, chainId: 7, nonce: 0 })]
  const transactions: TransactionSerializable[] = [
    { type: 'legacy', ...call, gasPrice: 3n },
    { type: 'legacy', chainId: 7, ...call, gasPrice: 3n },
    { type: 'eip2930', chainId: 7, ...call, gasPrice: 3n, accessList: [{ address: to, storageKeys: [] }] },
    { type: 'eip1559', chainId: 7, ...call, ...fees },
    { type: 'eip7702', chainId: 7, ...call, ...fees, authorizationList },
  ]
  for (const transaction of transactions)
    for (let nonce = 0; nonce < 4; nonce++)
      expect(await wallet.signTransaction({ ...transaction, nonce })).toBe(await wallet.account.signTransaction({ ...transaction, nonce }))
})
