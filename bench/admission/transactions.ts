import { bytesToHex, devAccount, type Hex, hexToBytes } from '@opengradient/protocol'
import { serializeTransaction, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { CHAIN_ID } from '../measure/wallet.ts'

type Request = Parameters<ReturnType<typeof privateKeyToAccount>['signTransaction']>[0]

/** Bytes of the largest transaction, and room for what is neither data nor a list. */
const MOST = 512 * 1024
const REST = 400

/** Has never had any money. */
const stranger = privateKeyToAccount(bytesToHex(devAccount(CHAIN_ID, 9_999).privateKey))
const TO = '0x00000000000000000000000000000000000000aa'
const word = (n: number): Hex => `0x${(n + 1).toString(16).padStart(64, '5')}`
const address = (n: number): Hex => `0x${(n + 1).toString(16).padStart(40, 'b')}`
const many = <T>(bytesOfOne: number, make: (n: number) => T): T[] =>
  Array.from({ length: Math.floor((MOST - REST) / bytesOfOne) }, (_, n) => make(n))
const data = (byte: string, length = MOST - REST): Hex => `0x${byte.repeat(length)}`

const COMMON = { chainId: Number(CHAIN_ID), nonce: 0, to: TO, value: 0n, gas: 60_000_000n } as const
const FEES = { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 1n } as const
const ENTRIES = many(24, (n) => ({ address: address(n), storageKeys: [] }))
const SLOTS = [{ address: address(0), storageKeys: many(33, word) }]
const AUTHORIZATIONS = many(102, (n) => ({ chainId: Number(CHAIN_ID), address: address(n), nonce: n, r: word(n), s: word(n), yParity: 1 }))

/** The largest of each type, of what is dearest to look at. Nobody can pay for them. */
const REQUESTS: Readonly<Record<string, Request>> = {
  'type 2, a transfer': { ...COMMON, ...FEES, type: 'eip1559' },
  'type 0, data': { ...COMMON, type: 'legacy', gasPrice: 10n ** 9n, data: data('ab') },
  'type 1, an entry for each address': { ...COMMON, type: 'eip2930', gasPrice: 10n ** 9n, accessList: ENTRIES },
  'type 1, slots': { ...COMMON, type: 'eip2930', gasPrice: 10n ** 9n, accessList: SLOTS },
  'type 2, data': { ...COMMON, ...FEES, type: 'eip1559', data: data('ab') },
  'type 2, data of zeros': { ...COMMON, ...FEES, type: 'eip1559', data: data('00') },
  'type 2, init code': { ...COMMON, ...FEES, type: 'eip1559', to: null, data: data('5b', 49_152) },
  'type 2, an entry for each address': { ...COMMON, ...FEES, type: 'eip1559', accessList: ENTRIES },
  'type 2, slots': { ...COMMON, ...FEES, type: 'eip1559', accessList: SLOTS },
  'type 4, authorizations': { ...COMMON, ...FEES, type: 'eip7702', authorizationList: AUTHORIZATIONS },
  'type 4, an entry for each address': {
    ...COMMON,
    ...FEES,
    type: 'eip7702',
    accessList: ENTRIES.slice(8),
    authorizationList: AUTHORIZATIONS.slice(0, 1),
  },
}

/** Transactions of who has no money, by what they are full of; some that the chain refuses of anybody. */
export async function transactions(): Promise<Readonly<Record<string, Uint8Array>>> {
  const found: Record<string, Uint8Array> = {}
  for (const [name, request] of Object.entries(REQUESTS)) found[name] = hexToBytes(await stranger.signTransaction(request))
  const listed = 'type 2, an entry for each address'
  const nobody = { r: `0x${'f'.repeat(64)}`, s: word(0).replace('5', '4') as Hex, yParity: 0 } as const
  return {
    ...found,
    'the same, signed by nobody': hexToBytes(serializeTransaction(REQUESTS[listed] as TransactionSerializable, nobody)),
    'the same, its last byte missing': found[listed]!.subarray(0, -1),
    'type 3, its first byte': found[listed]!.with(0, 3),
  }
}
