import { type Address, DEV_ACCOUNTS, devAccount, type Hex, hexToBytes } from '@opengradient/protocol'
import { parseGwei, type TransactionSerializable } from 'viem'
import type { Chain, ChainReceipt } from '../src/chain.ts'
import { type ChainOptions, createChain } from '../src/create.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import { signing } from './signing.testkit.ts'

export const CHAIN_ID = 2n ** 40n + 77n
export const OPG = 10n ** 18n
/** The time of the test genesis, unix seconds. */
export const GENESIS_TIME = 1_780_000_000n
export const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)

/** A signer among the development accounts, the n-th; those from 100 on are for tests that need many. */
export function signer(index: number) {
  const { privateKey } = devAccount(CHAIN_ID, index)
  const wallet = signing(privateKey)
  const sign = async (request: Partial<TransactionSerializable>): Promise<Uint8Array> =>
    hexToBytes(
      await wallet.signTransaction({
        type: 'eip1559',
        chainId: Number(CHAIN_ID),
        gas: 21_000n,
        maxFeePerGas: parseGwei('100'),
        maxPriorityFeePerGas: parseGwei('1'),
        ...request,
      } as TransactionSerializable),
    )
  return Object.assign(wallet, { privateKey, sign })
}
export type Signer = ReturnType<typeof signer>

/** The genesis of the tests: signers 0..4 and `more` have a million OPG each. */
export function testGenesis(more: readonly Address[] = [], amount = 1_000_000n * OPG): Promise<Genesis> {
  const funded = [0, 1, 2, 3, 4].map((index) => signer(index).address)
  return makeGenesis({
    chainId: CHAIN_ID,
    validator: validator.address,
    time: GENESIS_TIME,
    faucets: [...funded.map((address) => ({ address, amount: 1_000_000n * OPG })), ...more.map((address) => ({ address, amount }))],
  })
}

/** A clock that stands still, so that only `mine` makes blocks. */
export const stoppedClock = { now: () => Number(GENESIS_TIME) * 1_000, after: () => () => {} }

/** A chain in memory that makes a block only when told. */
export async function testChain(options: Partial<ChainOptions> & { genesis?: Genesis } = {}): Promise<Chain> {
  const genesis = options.genesis ?? (await testGenesis())
  return createChain({ memory: true, validatorKey: validator.privateKey, clock: stoppedClock, ...options, genesis } as ChainOptions)
}

/** Sends transactions, makes a block, and answers their receipts. */
export async function include(chain: Chain, ...raws: readonly Uint8Array[]): Promise<ChainReceipt[]> {
  const hashes: Hex[] = []
  for (const raw of raws) hashes.push(await chain.submit(raw))
  const block = await chain.mine!()
  return hashes.map((hash) => chain.receipts(block.height)!.find((receipt) => receipt.transactionHash === hash)!)
}
