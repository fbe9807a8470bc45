import { createBlock } from '@ethereumjs/block'
import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import type { TransactionSerializable } from 'viem'
import { expect, it } from 'vitest'
import type { ChainBlock } from '../../chain.ts'
import { loadCrypto } from '../../crypto/crypto.ts'
import { decodeTransaction } from '../../executor/decode.ts'
import { lazyBlock, wholeBlock } from '../../ledger/chainBlock.ts'
import { CHAIN_ID, common, signer } from '../../pool/host.testkit.ts'
import { foreignTransactionJson, minedTransactionText } from './transaction.ts'

const crypto = await loadCrypto()
const TO = '0x00000000000000000000000000000000000000aa'
const chainId = Number(CHAIN_ID)
const word = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`
const REST = { chainId, nonce: 7, to: TO, value: 1_000n, gas: 21_000n } as const
const FEES = { maxFeePerGas: 2_000n, maxPriorityFeePerGas: 300n } as const
const accessList = [{ address: TO, storageKeys: [word('11'), word('00')] }] as const
const authorizationList = [{ chainId: 0, address: TO, nonce: 0, r: word('33'), s: word('04'), yParity: 0 }] as const

it.each<[string, TransactionSerializable]>([
  ['a legacy one', { ...REST, type: 'legacy', gasPrice: 2_000n, data: '0x1234' }],
  ['one of EIP-2930', { ...REST, type: 'eip2930', gasPrice: 2_000n, accessList }],
  ['one of EIP-1559', { ...REST, ...FEES, type: 'eip1559' }],
  ['one that pays all that it offers', { ...REST, type: 'eip1559', maxFeePerGas: 1_100n, maxPriorityFeePerGas: 1_100n }],
  ['a creation', { ...REST, ...FEES, to: undefined, type: 'eip1559', data: '0x00', accessList }],
  ['one of EIP-7702', { ...REST, ...FEES, type: 'eip7702', accessList, authorizationList }],
])('a transaction of a block is told as EthereumJS reads it: %s', async (_, request) => {
  const raw = hexToBytes(await signer(1).sign(request))
  const inner = createTxFromRLP(raw, { common })
  const theirs = createBlock({ header: { number: 5n, baseFeePerGas: 1_000n }, transactions: [inner] }, { common })
  const hash = bytesToHex(theirs.hash())
  const ours = lazyBlock(theirs.header, hash, [decodeTransaction(raw, common, crypto)], common)
  const told = (block: ChainBlock) => JSON.parse([...minedTransactionText(block, 0)!].join('')) as object
  expect(told(ours)).toEqual(told(wholeBlock(theirs)))
  expect(told(ours)).toEqual(foreignTransactionJson(wholeBlock(theirs), 0))
  expect([minedTransactionText(ours, 1), minedTransactionText(wholeBlock(theirs), 1)]).toEqual([undefined, undefined])
})
