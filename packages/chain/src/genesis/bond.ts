import type { Block } from '@ethereumjs/block'
import { createAddressFromString } from '@ethereumjs/util'
import type { VM } from '@ethereumjs/vm'
import { stakingAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { bytesToHex, hexToBytes, OgError } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import { blockEnd, settle } from '../executor/systemCalls.ts'
import { type GenesisValidator, initialSet } from './validators.ts'

const STAKING = createAddressFromString(ADDRESSES.staking)
const GAS = 30_000_000n

/**
 * Registers and bonds the validators of a genesis, as each could do itself, and takes note of the set: `Staking` then reports only what
 * differs from it. Throws `CHAIN_GENESIS_INVALID` when `Staking` refuses one.
 */
export async function bondValidators(vm: VM, block: Block, validators: readonly GenesisValidator[]): Promise<void> {
  for (const validator of validators) await register(vm, block, validator)
  const told = (await blockEnd(vm, block)).map(({ key, power }) => `${bytesToHex(key)} ${power}`)
  const expected = initialSet(validators).map(({ key, power }) => `${bytesToHex(key)} ${power}`)
  if (told.join() !== expected.join()) throw invalid(`Staking begins with another set than the genesis: ${told.join(', ')}`)
}

async function register(vm: VM, block: Block, { account, consensusKey, bond, commissionBps }: GenesisValidator): Promise<void> {
  const caller = createAddressFromString(account)
  const { execResult } = await vm.evm.runCall({
    block,
    caller,
    origin: caller,
    to: STAKING,
    value: bond,
    data: hexToBytes(encodeFunctionData({ abi: stakingAbi, functionName: 'register', args: [consensusKey, commissionBps] })),
    gasLimit: GAS,
    skipNonceIncrement: true,
  })
  const { exceptionError, returnValue } = execResult
  if (exceptionError) throw invalid(`Staking refuses validator ${account} (${exceptionError.error}, ${bytesToHex(returnValue)})`)
  await settle(vm)
}

const invalid = (why: string) => new OgError('CHAIN_GENESIS_INVALID', `The genesis cannot be made: ${why}.`)
