import { createEVM, type EVM } from '@ethereumjs/evm'
import { Account, Address } from '@ethereumjs/util'
import { loadCrypto } from '../../crypto/crypto.ts'
import { FlatBase } from '../../state/base.ts'
import { HashedStore } from '../../state/nodes.ts'
import { Overlay } from '../../state/overlay.ts'
import { memoryStore } from '../../state/store.ts'
import { environmentBlock } from '../environment.ts'
import { BLOCK_GAS_LIMIT, chainCommon } from '../rules.ts'
import { makeQuick } from './install.ts'
import { FIRST } from './programs.testkit.ts'

export const crypto = await loadCrypto()
export const common = chainCommon({ chainId: 1n }, crypto)
/** The account of which only the last byte is not zero. */
export const at = (last: number) => new Address(Uint8Array.from({ length: 20 }, (_, i) => (i === 19 ? last : 0)))
export const CALLER = at(0xee)
export const BLOCK = environmentBlock(
  {
    number: 300n,
    parentHash: new Uint8Array(32),
    time: 1_700_000_000n,
    coinbase: at(0xcb).bytes,
    baseFee: 7n,
    gasLimit: BLOCK_GAS_LIMIT,
    mixHash: new Uint8Array(32),
  },
  common,
)

export interface Machine {
  readonly evm: EVM
  readonly state: Overlay
  readonly base: FlatBase
}

async function machine(quick: boolean): Promise<Machine> {
  const store = memoryStore()
  const base = new FlatBase(store, new HashedStore(store, crypto.keccak))
  const state = new Overlay(base, crypto.keccak)
  const blockchain = { getBlock: async (height: number) => ({ hash: () => new Uint8Array(32).fill(height) }) } as never
  const evm = await createEVM({ common: common.detached(), stateManager: state, blockchain })
  if (quick) await makeQuick(evm, state, common)
  return { evm, state, base }
}

/** EVMs that run code as blocks do, and as EthereumJS does by itself. */
export const [ours, theirs] = [await machine(true), await machine(false)]

/** What a call of the first contract does: everything that can be seen of it. */
export async function run({ evm, state, base }: Machine, codes: readonly Uint8Array[], data: Uint8Array, gasLimit: bigint, steps = false) {
  state.reset(base)
  await state.putAccount(CALLER, new Account(1n, 1_000_000n))
  for (const [i, code] of codes.entries()) {
    await state.putAccount(at(FIRST + i), new Account(1n, BigInt(i)))
    await state.putCode(at(FIRST + i), code)
    for (const slot of [1, 2]) await state.putStorage(at(FIRST + i), new Uint8Array(32).fill(slot, 31), Uint8Array.of(slot))
  }
  let seen = 0
  if (steps) evm.events.on('step', () => void seen++)
  const { execResult, createdAddress } = await evm.runCall({ block: BLOCK, caller: CALLER, to: at(FIRST), data, value: 3n, gasLimit })
  evm.events.removeAllListeners()
  evm.journal.cleanJournal()
  state.originalStorageCache.clear()
  const { exceptionError, executionGasUsed, gasRefund, returnValue, logs, selfdestruct } = execResult
  const { accounts, slots, cleared } = state.changes()
  return { seen, exceptionError, executionGasUsed, gasRefund, returnValue, logs, selfdestruct, createdAddress, accounts, slots, cleared }
}
