import type { Block } from '@ethereumjs/block'
import { CallState } from '../call/callState.ts'
import { Patience } from '../call/patience.ts'
import type { ChainHeader } from '../chain.ts'
import type { Crypto } from '../crypto/crypto.ts'
import type { FixedCommon } from '../executor/common.ts'
import { type Environment, nextBaseFee } from '../executor/environment.ts'
import { type BlockHashes, missingWei, vmOn } from '../executor/execute.ts'
import { type StateBase, trieBase } from '../state/base.ts'
import { HashedStore } from '../state/nodes.ts'
import { transition } from '../state/root.ts'
import type { Store } from '../state/store.ts'
import { type Machine, runBlock } from './block.ts'
import { CallLogs } from './logs.ts'
import { type PlannedBlock, planBlocks } from './plan.ts'
import { lookUpPrecompiles, movedPrecompiles } from './precompiles.ts'
import type { SimulatedBlock, SimulationLimits, SimulationRequest } from './request.ts'
import { scratchStore } from './scratch.ts'

export interface SimulatorParts {
  readonly common: FixedCommon
  readonly crypto: Crypto
  readonly store: Store
  readonly blockHash: BlockHashes
  /** Who gets the wei that leave circulation; undefined: they are burned, as on Ethereum. */
  readonly collector: Uint8Array | undefined
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  readonly pause: () => Promise<void>
}

/**
 * Simulates blocks after `base`: each begins with the state that the one before it left, takes its overrides, and runs its messages.
 * The roots and hashes are those that the blocks would have.
 */
export async function simulate(
  parts: SimulatorParts,
  base: ChainHeader,
  request: SimulationRequest,
  limits: SimulationLimits,
): Promise<SimulatedBlock[]> {
  const { crypto } = parts
  const planned = planBlocks(base.header, request.blocks)
  const store = scratchStore(parts.store)
  const hashed = new HashedStore(store, crypto.keccak)
  const baseAt = (root: Uint8Array): StateBase => trieBase(root, hashed, crypto.keccak)
  const done: SimulatedBlock[] = []
  const blockHash: BlockHashes = (height) => {
    const own = height - base.height
    return own > 0n ? done[Number(own) - 1]?.block.hash() : parts.blockHash(height)
  }

  let before = baseAt(base.header.stateRoot)
  const machine = await machineOn(new CallState(before, crypto.keccak), blockHash, parts, request, limits)
  const rules = machine.vm.evm.precompiles
  let precompiles: ReturnType<typeof movedPrecompiles> = rules
  lookUpPrecompiles(machine.vm.evm, () => precompiles)
  let parent: Block['header'] = base.header
  let budget = limits.gas
  for (const plan of planned) {
    await machine.patience.turn()
    machine.state.reset(before)
    precompiles = movedPrecompiles(rules, plan.overrides)
    await machine.state.override(plan.overrides)
    const given = missingWei(machine.state.changes(), { base: before })
    const ran = await runBlock(machine, environmentAfter(parent, plan, request.validation, parts.common), plan.calls, budget)
    budget -= ran.gasUsed
    const lost = missingWei(machine.state.changes(), { base: before }) - given
    if (parts.collector && lost > 0n) machine.state.credit(parts.collector, lost)
    const next = await transition(parent.stateRoot, machine.state.changes(), { base: before, store, hashed, keccak: crypto.keccak })
    await store.write(next.writes)
    const block = ran.seal(next.root)
    done.push({ block, calls: ran.calls })
    before = baseAt(next.root)
    parent = block.header
  }
  return done
}

async function machineOn(
  state: CallState,
  blockHash: BlockHashes,
  { common, crypto, now, pause }: SimulatorParts,
  { traceTransfers, validation }: SimulationRequest,
  { milliseconds }: SimulationLimits,
): Promise<Machine> {
  const vm = await vmOn(state, common, blockHash)
  const patience = new Patience({ milliseconds, now, pause })
  const logs = new CallLogs(vm.evm, state, traceTransfers, patience)
  const machine: Machine = { vm, state, common, crypto, validation, logs, patience, seen: undefined }
  const run = vm.evm.runCall.bind(vm.evm)
  vm.evm.runCall = (options) => run(options.block && machine.seen ? { ...options, block: machine.seen } : options)
  return machine
}

/** What the header says before anything has run. Without validation there is no base fee unless one is named. */
function environmentAfter(
  parent: Block['header'],
  { block, number, time }: PlannedBlock,
  validation: boolean,
  rules: FixedCommon,
): Environment {
  return {
    number,
    time,
    parentHash: parent.hash(),
    coinbase: block.feeRecipient ? Buffer.from(block.feeRecipient.slice(2), 'hex') : parent.coinbase.bytes,
    gasLimit: block.gasLimit ?? parent.gasLimit,
    mixHash: block.prevRandao ? Buffer.from(block.prevRandao.slice(2), 'hex') : new Uint8Array(32),
    baseFee: block.baseFeePerGas ?? (validation ? nextBaseFee(parent, rules) : 0n),
  }
}
