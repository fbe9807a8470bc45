import type { Block } from '@ethereumjs/block'
import type { ExecResult } from '@ethereumjs/evm'
import { type Address, createAddressFromString } from '@ethereumjs/util'
import type { VM } from '@ethereumjs/vm'
import { ADDRESSES, SYSTEM_CALLER } from '@opengradient/contracts/addresses'
import { memberCountSlot } from '@opengradient/contracts/slots'
import { hexToBytes, keccak256, OgError, utf8 } from '@opengradient/protocol'
import type { ValidatorUpdate } from '../consensus/report.ts'
import { decodeUpdates, END_BLOCK } from './stakingCalls.ts'

/**
 * Gas of one system call; it counts against no limit and nobody pays it. EIP-4788 and EIP-2935 say 30 million, which only an endless loop
 * would notice; but a call that runs out of it halts the chain, and the 1 MiB of evidence that may be in a block can slash for 500 million.
 */
const SYSTEM_GAS = 1_000_000_000n

export const SYSTEM = createAddressFromString(SYSTEM_CALLER)

/** A call that the chain itself makes, as 0xff…fe. */
export interface SystemCall {
  readonly name: string
  readonly to: Address
  readonly data: Uint8Array
}

/** EIP-4788: the contract with the consensus blocks' hashes by time. */
export const BEACON_ROOTS = createAddressFromString('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')
/** EIP-2935: the contract with the last 8,191 block hashes. */
export const BLOCK_HASHES = createAddressFromString('0x0000f90827f1c53a10cb7a02335b175320002935')
const HISTORY = createAddressFromString(ADDRESSES.history)
const STAKING = createAddressFromString(ADDRESSES.staking)
const REWARDS = createAddressFromString(ADDRESSES.rewards)
const MEMBER_COUNT = hexToBytes(memberCountSlot)
const APPEND = keccak256(utf8('append(bytes32)')).subarray(0, 4)

/** Pays those who stake, then asks what has changed in the validator set. */
const BLOCK_END: readonly SystemCall[] = [
  { name: 'Rewards', to: REWARDS, data: END_BLOCK },
  { name: 'Staking', to: STAKING, data: END_BLOCK },
]

/** The system calls at the start of a block, in order. `report` is the data of `Staking.beginBlock`, if there is something to report. */
export function blockStart(block: Block, report?: Uint8Array): readonly SystemCall[] {
  const { parentHash, parentBeaconBlockRoot } = block.header
  return [
    { name: 'EIP-4788', to: BEACON_ROOTS, data: parentBeaconBlockRoot! },
    { name: 'EIP-2935', to: BLOCK_HASHES, data: parentHash },
    { name: 'History', to: HISTORY, data: Uint8Array.of(...APPEND, ...parentHash) },
    ...(report ? [{ name: 'Staking', to: STAKING, data: report }] : []),
  ]
}

/** Runs a system call; throws `CHAIN_BLOCK_INVALID` when the contract is missing or refuses, because no block may follow then. */
export async function systemCall(vm: VM, block: Block, call: SystemCall): Promise<Uint8Array> {
  const code = await vm.stateManager.getCode(call.to)
  if (code.length === 0) throw failed(call, 'there is no contract')
  const { exceptionError, returnValue } = await run(vm, block, call)
  if (exceptionError) throw failed(call, exceptionError.error)
  await settle(vm)
  return returnValue
}

/** The end of a block: none of its calls are made while nobody is in the validator set, as on most embedded networks. */
export async function blockEnd(vm: VM, block: Block): Promise<readonly ValidatorUpdate[]> {
  let returned: Uint8Array | undefined
  for (const call of await endCalls(vm)) returned = await systemCall(vm, block, call)
  return returned ? decodeUpdates(returned) : []
}

async function endCalls(vm: VM): Promise<readonly SystemCall[]> {
  const members = await vm.stateManager.getStorage(STAKING, MEMBER_COUNT)
  return members.some((byte) => byte !== 0) ? BLOCK_END : []
}

async function run(vm: VM, block: Block, { to, data }: SystemCall): Promise<ExecResult> {
  const { execResult } = await vm.evm.runCall({
    block,
    caller: SYSTEM,
    origin: SYSTEM,
    to,
    data,
    gasLimit: SYSTEM_GAS,
    skipNonceIncrement: true,
  })
  return execResult
}

/**
 * Begins a block that will not be kept (simulated, or run again to be traced): like a real one, but a contract that is not there or
 * refuses is passed over, because overrides may have changed it.
 */
export async function startBlock(vm: VM, block: Block, report?: Uint8Array): Promise<void> {
  // Only Ethereum's blocks of older forks name none; they begin with no calls.
  if (!block.header.parentBeaconBlockRoot) return
  await runLeniently(vm, block, blockStart(block, report))
}

/** Ends such a block. */
export async function finishBlock(vm: VM, block: Block): Promise<void> {
  await runLeniently(vm, block, await endCalls(vm))
}

async function runLeniently(vm: VM, block: Block, calls: readonly SystemCall[]): Promise<void> {
  for (const call of calls) {
    if ((await vm.stateManager.getCode(call.to)).length === 0) continue
    await run(vm, block, call)
    await settle(vm)
  }
}

/** Ends what counts as one transaction for the EVM: touched empty accounts go, original slots and warm addresses are forgotten. */
export async function settle(vm: VM): Promise<void> {
  await vm.evm.journal.cleanup()
  vm.stateManager.originalStorageCache.clear()
}

const failed = ({ name, to }: SystemCall, why: string) =>
  new OgError('CHAIN_BLOCK_INVALID', `The system call ${name} to ${to} failed: ${why}. No block can follow.`)
