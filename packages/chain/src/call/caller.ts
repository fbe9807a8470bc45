import type { Block } from '@ethereumjs/block'
import type { VM } from '@ethereumjs/vm'
import { hexToBytes } from '@opengradient/protocol'
import type { BlockOverride, CallOptions, CallRequest, CallResult, ChainHeader, Sandbox } from '../chain.ts'
import type { Crypto } from '../crypto/crypto.ts'
import type { FixedCommon } from '../executor/common.ts'
import { type Environment, environmentBlock, environmentOf, nextEnvironment } from '../executor/environment.ts'
import { type BlockHashes, vmOn } from '../executor/execute.ts'
import { type StateBase, trieBase } from '../state/base.ts'
import type { HashedStore } from '../state/nodes.ts'
import { CallState } from './callState.ts'
import { estimate } from './estimate.ts'
import { runMessage } from './message.ts'

export interface CallerParts {
  readonly common: FixedCommon
  readonly crypto: Crypto
  readonly hashed: HashedStore
  readonly blockHash: BlockHashes
}

/** EVMs kept for the next call; making one takes half a millisecond. */
const SPARE = 2

/** A throw-away EVM and the state it works on. */
export interface Machine {
  readonly vm: VM
  readonly state: CallState
}

/** Runs messages on committed states without keeping what they do. Any number at once. */
export class Caller {
  readonly #parts: CallerParts
  readonly #spare: Machine[] = []

  constructor(parts: CallerParts) {
    this.#parts = parts
  }

  async sandbox(at: ChainHeader, options: CallOptions = {}): Promise<Sandbox> {
    const { vm, state } = await this.#machine(this.#base(at))
    if (options.overrides) await state.override(options.overrides)
    return { vm, block: this.#block(at, options, true) }
  }

  call(request: CallRequest, at: ChainHeader, options: CallOptions = {}): Promise<CallResult> {
    return this.#with(at, request, options, (run) => run(request))
  }

  estimateGas(request: CallRequest, at: ChainHeader, options: CallOptions = {}): Promise<CallResult> {
    return this.#with(at, request, options, (run) => estimate(request, run))
  }

  /** Runs a message as `call` does, on an EVM that `watch` has seen before. */
  async watchedCall(
    request: CallRequest,
    at: ChainHeader,
    options: CallOptions,
    watch: (machine: Machine, block: Block) => void,
  ): Promise<CallResult> {
    const machine = await this.#machine(this.#base(at))
    if (options.overrides) await machine.state.override(options.overrides)
    const block = this.#block(at, options, namesFee(request))
    watch(machine, block)
    return runMessage(machine, block, request, false)
  }

  /** An EVM on the state after `at`, for running the transactions of the next block again. */
  replay(at: ChainHeader): Promise<Machine> {
    return this.#machine(this.#base(at))
  }

  /** Lends an EVM to `use`, whose function runs one message after the other, each on the same state. */
  async #with<T>(
    at: ChainHeader,
    request: CallRequest,
    options: CallOptions,
    use: (run: (request: CallRequest) => Promise<CallResult>) => Promise<T>,
  ): Promise<T> {
    const base = this.#base(at)
    const machine = this.#spare.pop() ?? (await this.#machine(base))
    const block = this.#block(at, options, namesFee(request))
    const result = await use(async (message) => {
      machine.state.reset(base)
      if (options.overrides) await machine.state.override(options.overrides)
      return runMessage(machine, block, message, options.accessList === true)
    })
    machine.state.reset(base)
    // After an error nobody knows what it has been left in the middle of.
    if (this.#spare.length < SPARE) this.#spare.push(machine)
    return result
  }

  #base(at: ChainHeader): StateBase {
    return trieBase(at.header.stateRoot, this.#parts.hashed, this.#parts.crypto.keccak)
  }

  async #machine(base: StateBase): Promise<Machine> {
    const { common, crypto, blockHash } = this.#parts
    const state = new CallState(base, crypto.keccak)
    return { vm: await vmOn(state, common, blockHash), state }
  }

  /** The block that code sees. A call that offers no fee sees no base fee, as in geth: it could not pay it. */
  #block(at: ChainHeader, { block, sameBlock }: CallOptions, fees: boolean): Block {
    const { header } = at
    const env = sameBlock
      ? environmentOf(header)
      : nextEnvironment(header, this.#parts.common, header.timestamp + 1n, header.coinbase.bytes)
    return environmentBlock(overridden(fees ? env : { ...env, baseFee: 0n }, block), this.#parts.common)
  }
}

const namesFee = ({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: CallRequest) =>
  (gasPrice ?? 0n) > 0n || (maxFeePerGas ?? 0n) > 0n || (maxPriorityFeePerGas ?? 0n) > 0n

function overridden(env: Environment, override: BlockOverride = {}): Environment {
  return {
    ...env,
    number: override.number ?? env.number,
    time: override.time ?? env.time,
    gasLimit: override.gasLimit ?? env.gasLimit,
    coinbase: override.feeRecipient ? hexToBytes(override.feeRecipient) : env.coinbase,
    mixHash: override.prevRandao ? hexToBytes(override.prevRandao) : env.mixHash,
    baseFee: override.baseFeePerGas ?? env.baseFee,
  }
}
