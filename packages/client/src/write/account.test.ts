import { bytesToHex } from '@opengradient/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, it } from 'vitest'
import { keyAccount } from './account.ts'

const key = new Uint8Array(32).fill(0x42)
const [own, reference] = [keyAccount(key), privateKeyToAccount(bytesToHex(key))]
const to = '0x00000000000000000000000000000000000000ff'
const common = { chainId: 4_611_686, nonce: 7, to, value: 5n, gas: 100_000n, data: '0x1234' } as const
const fees = { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 1n } as const
const authorization = { chainId: 4_611_686, nonce: 8, address: to } as const

it('is the account that viem makes of the same key', () => {
  const facts = ({ address, publicKey, source, type }: typeof own) => ({ address, publicKey, source, type })
  expect(facts(own)).toEqual(facts(reference))
})

it.each(['hello', { raw: '0x00ff' }] as const)('signs the message %j as viem does', async (message) => {
  expect(await own.signMessage({ message })).toBe(await reference.signMessage({ message }))
})

it('signs typed data and hashes as viem does', async () => {
  const data = {
    domain: { name: 'a', chainId: 4_611_686 },
    types: { Pay: [{ name: 'value', type: 'uint256' }] },
    primaryType: 'Pay',
    message: { value: 5n },
  } as const
  expect(await own.signTypedData(data)).toBe(await reference.signTypedData(data))
  const hash = bytesToHex(new Uint8Array(32).fill(3))
  expect(await own.sign({ hash })).toBe(await reference.sign({ hash }))
})

it('signs transactions of every type, and authorisations, as viem does', async () => {
  const signed = await own.signAuthorization(authorization)
  expect(signed).toEqual(await reference.signAuthorization(authorization))
  const { address, ...rest } = authorization
  expect(await own.signAuthorization({ ...rest, contractAddress: address })).toEqual(signed)
  const blobs = { blobVersionedHashes: [`0x01${'00'.repeat(31)}`], maxFeePerBlobGas: 1n } as const
  const transactions = [
    { ...common, type: 'legacy', gasPrice: 10n ** 9n },
    { ...common, type: 'eip2930', gasPrice: 10n ** 9n, accessList: [{ address: to, storageKeys: [] }] },
    { ...common, type: 'eip1559', ...fees },
    { ...common, type: 'eip7702', ...fees, authorizationList: [signed] },
    { ...common, type: 'eip4844', ...fees, ...blobs },
  ] as const
  for (const transaction of transactions)
    expect(await own.signTransaction(transaction), transaction.type).toBe(await reference.signTransaction(transaction))
})

it.each([new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31).fill(1)])('refuses what is no key', (bytes) => {
  expect(() => keyAccount(bytes)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }))
})
