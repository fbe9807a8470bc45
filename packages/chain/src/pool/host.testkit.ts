import { createBlock } from '@ethereumjs/block'
import { type Address, devAccount, hexToBytes } from '@opengradient/protocol'
import { parseGwei, type TransactionSerializable } from 'viem'
import { signing } from '../../test/signing.testkit.ts'
import type { ChainBlock, PoolHost, SenderAccount, Transaction } from '../chain.ts'
import { loadCrypto } from '../crypto/crypto.ts'
import { decodeTransaction } from '../executor/decode.ts'
import { chainCommon } from '../executor/rules.ts'
import { authoritiesOf } from '../executor/transaction/authorizations.ts'
import { eachAuthorization } from '../executor/transaction/fields.ts'
import { wholeBlock } from '../ledger/chainBlock.ts'
import { NO_ACCOUNT } from './rules.ts'

export const CHAIN_ID = 10_740n
const crypto = await loadCrypto()
export const common = chainCommon({ chainId: CHAIN_ID }, crypto)

/** A signer with a known address, the n-th of the development accounts. */
export function signer(index: number) {
  const { address, signTransaction, account } = signing(devAccount(CHAIN_ID, index).privateKey)
  return { address, sign: signTransaction, authorize: account.signAuthorization }
}
export type Signer = ReturnType<typeof signer>

/** A signed transfer; fees in gwei. Raw bytes as a client would send them. */
export async function transfer(
  from: Signer,
  nonce: number,
  fees: { max?: string; tip?: string } = {},
  more: Partial<TransactionSerializable> = {},
) {
  const signed = await from.sign({
    type: 'eip1559',
    chainId: Number(CHAIN_ID),
    nonce,
    to: '0x00000000000000000000000000000000000000aa',
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: parseGwei(fees.max ?? '10'),
    maxPriorityFeePerGas: parseGwei(fees.tip ?? '1'),
    ...more,
  } as TransactionSerializable)
  return hexToBytes(signed)
}

/**
 * The chain as the pool sees it, with accounts that the test sets. A port with a table behind it, not an executor: what the
 * executor does with the picked transactions is tested on the real chain.
 */
export function testHost(options: { blockGasLimit?: bigint; baseFee?: bigint } = {}) {
  const accounts = new Map<Address, SenderAccount>()
  let head = blockAt(1n, 1_000n, [])
  let baseFee = options.baseFee ?? parseGwei('1')

  const host: PoolHost = {
    chainId: CHAIN_ID,
    common,
    blockGasLimit: options.blockGasLimit ?? 30_000_000n,
    minBaseFee: common.minBaseFee,
    head: () => head,
    account: (address) => accounts.get(address),
    nextBaseFee: () => baseFee,
    decode,
    authorities: ({ raw }) => authoritiesOf(eachAuthorization(raw), CHAIN_ID, crypto, async (work) => work()),
  }
  return {
    host,
    fund: (address: Address, balance: bigint, nonce = 0n) => accounts.set(address, { ...NO_ACCOUNT, nonce, balance }),
    giveCode: (address: Address, code: Uint8Array) => accounts.set(address, { ...(accounts.get(address) ?? NO_ACCOUNT), code }),
    setBaseFee: (value: bigint) => {
      baseFee = value
    },
    /** Commits a block with these transactions: their senders' nonces move on. */
    commit: (raws: readonly Uint8Array[], time = head.block.header.timestamp + 1n): ChainBlock => {
      const transactions = raws.map(decode)
      for (const { sender, nonce } of transactions) accounts.set(sender, { ...(accounts.get(sender) ?? NO_ACCOUNT), nonce: nonce + 1n })
      head = blockAt(head.height + 1n, time, transactions)
      return head
    },
  }
}

const decode = (raw: Uint8Array): Transaction => decodeTransaction(raw, common, crypto)

function blockAt(height: bigint, timestamp: bigint, transactions: readonly Transaction[]): ChainBlock {
  const block = createBlock(
    { header: { number: height, timestamp, gasLimit: 30_000_000n }, transactions: transactions.map(({ inner }) => inner) },
    { common },
  )
  return wholeBlock(block)
}
