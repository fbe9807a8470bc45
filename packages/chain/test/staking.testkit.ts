import { ADDRESSES, stakingAbi } from '@opengradient/contracts'
import { type Address, bytesToHex, type Hex, hexToBytes, sha256, utf8 } from '@opengradient/protocol'
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem'
import type { Chain, ChainReceipt } from '../src/chain.ts'
import type { FinalizedBlock } from '../src/consensus/port.ts'
import type { ConsensusReport, Vote } from '../src/consensus/report.ts'
import type { Core } from '../src/core.ts'
import { chainOf } from '../src/facade.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import type { GenesisValidator } from '../src/genesis/validators.ts'
import { decodeAccount, unseal } from '../src/state/account.ts'
import { KEY } from '../src/state/keys.ts'
import { memoryStore, type Store } from '../src/state/store.ts'
import { testApplication } from './application.testkit.ts'
import { CHAIN_ID, GENESIS_TIME, OPG, signer } from './chain.testkit.ts'

/** The consensus key of a validator of the tests; nobody signs with it here. */
export const keyOf = (name: string): Hex => bytesToHex(sha256(utf8(`consensus key ${name}`)))
/** CometBFT's address of it. */
export const idOf = (key: Hex): Hex => bytesToHex(sha256(hexToBytes(key)).slice(0, 20))

/** Signers 0..3 as validators with 10,000, 20,000, 30,000 and 40,000 OPG, the last with a commission of 10 %. */
export const VALIDATORS: readonly GenesisValidator[] = [0, 1, 2, 3].map((index) => ({
  account: signer(index).address,
  consensusKey: keyOf(`${index}`),
  bond: BigInt(index + 1) * 10_000n * OPG,
  commissionBps: index === 3 ? 1_000 : 0,
}))

/** The genesis of a network with CometBFT; signers 0..4 have a million OPG each, the validators less their bonds. */
export const stakedGenesis = (validators: readonly GenesisValidator[] = VALIDATORS, more: readonly Address[] = []) =>
  makeGenesis({
    chainId: CHAIN_ID,
    validator: validators[0]!.account,
    validators,
    time: GENESIS_TIME,
    faucets: [...[0, 1, 2, 3, 4].map((index) => signer(index).address), ...more].map((address) => ({ address, amount: 1_000_000n * OPG })),
  })

/** Everybody signed, but for the validators whose numbers are given. */
export const votesOf = (...absent: readonly number[]): Vote[] =>
  VALIDATORS.map(({ consensusKey, bond }, index) => ({
    validator: idOf(consensusKey),
    power: bond / OPG,
    signed: !absent.includes(index),
  }))

/** The first validator and these, each with the least bond and a commission of 5 %. */
export const leastValidators = (more: readonly Address[]): GenesisValidator[] =>
  [signer(0).address, ...more].map((account) => ({ account, consensusKey: keyOf(account), bond: 10_000n * OPG, commissionBps: 500 }))

/** All there is, from the flat state. */
export async function supplyOf(store: Store): Promise<bigint> {
  let sum = 0n
  for await (const [key, value] of store.scan(KEY.allAccounts)) sum += decodeAccount(unseal(key, value)).balance
  return sum
}

/** Not a validator, so that tips are not mistaken for rewards. */
export const PROPOSER: Address = '0x000000000000000000000000000000000000c0b0'

/** A network of which the test is CometBFT. */
export interface StakedChain extends Core {
  /** The same for everybody else. */
  readonly chain: Chain
  /** Makes a block with these transactions, a second after the last one unless told otherwise. */
  block(options?: { raws?: readonly Uint8Array[]; report?: ConsensusReport; seconds?: bigint }): Promise<FinalizedBlock & Made>
  read(abi: Abi, to: Address, name: string, args?: readonly unknown[]): Promise<unknown>
  balance(account: Address): Promise<bigint>
}

interface Made {
  readonly receipts: readonly ChainReceipt[]
}

export async function stakedChain(genesis = stakedGenesis(), store: Store = memoryStore()): Promise<StakedChain> {
  const core = await testApplication({ store, genesis: await genesis })
  const { application, ledger, caller, need } = core
  const chain = chainOf({
    core,
    genesis: await genesis,
    driver: { start: () => {}, wake: () => {}, stop: async () => {} },
    blockTime: undefined,
    listeners: new Set(),
    halted: () => undefined,
    close: async () => {},
  })
  return {
    ...core,
    chain,
    async block({ raws = [], report, seconds = 1n } = {}) {
      const { height, appHash, time } = application.info()
      const finalized = await application.finalize({
        height: height + 1n,
        parentHash: appHash,
        time: time + seconds,
        proposer: PROPOSER,
        transactions: raws,
        ...(report && { report }),
      })
      await application.commit(undefined)
      return { ...finalized, receipts: ledger.receipts(height + 1n)! }
    },
    async read(abi, to, functionName, args = []) {
      const { height } = ledger.head
      const { status, returnData } = await caller.call(
        { to, data: hexToBytes(encodeFunctionData({ abi, functionName, args })) },
        need(height),
      )
      if (status !== 'success') throw new Error(`${functionName}: ${status} ${bytesToHex(returnData)}`)
      return decodeFunctionResult({ abi, functionName, data: bytesToHex(returnData) })
    },
    balance: async (account) => (await chain.state(ledger.head.height).account(account))?.balance ?? 0n,
  }
}

/** A signed call of `Staking`. */
export function stakingCall(from: ReturnType<typeof signer>, nonce: number, functionName: string, args: readonly unknown[], value = 0n) {
  const data = encodeFunctionData({ abi: stakingAbi as Abi, functionName, args })
  return from.sign({ nonce, to: ADDRESSES.staking, data, value, gas: 1_000_000n })
}
