import type { EVM } from '@ethereumjs/evm'
import { createAddressFromString, hexToBytes } from '@ethereumjs/util'
import type { VM } from '@ethereumjs/vm'
import type { Roots } from '@opengradient/attestation'
import { ADDRESSES, PRECOMPILES } from '@opengradient/contracts'
import { type Address, bytesToHex, type Domain, type Hex, uintBytes } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import { loadCrypto } from '../../src/crypto/crypto.ts'
import { environmentBlock } from '../../src/executor/environment.ts'
import { vmOn } from '../../src/executor/execute.ts'
import { chainCommon } from '../../src/executor/rules.ts'
import { settle } from '../../src/executor/systemCalls.ts'
import type { GenesisAttestation } from '../../src/genesis/attestation.ts'
import { buildGenesis } from '../../src/genesis/build.ts'
import type { Beneficiaries, GenesisParameters } from '../../src/genesis/genesis.ts'
import { evidenceUnder } from '../../src/precompiles/evidence/evidence.ts'
import { lookUpPrecompiles } from '../../src/simulate/precompiles.ts'
import { toBigint } from '../../src/state/account.ts'
import { FlatBase } from '../../src/state/base.ts'
import { HashedStore } from '../../src/state/nodes.ts'
import { Overlay } from '../../src/state/overlay.ts'
import { memoryStore, type Write } from '../../src/state/store.ts'

/**
 * The genesis of the chain, on the executor's EVM and state, without blocks, fees or transactions: a call is one message, and time
 * is what the test says.
 */
export interface World {
  readonly chainId: bigint
  readonly domain: Domain
  /** Block time, unix seconds, and how to move it. */
  now(): bigint
  advance(seconds: bigint | number): void
  /** Block number, and how to move it. */
  height(): bigint
  mine(blocks?: bigint): void
  /** What blocks ask from now on for a gas, OPG wei; nobody pays it. None at first. */
  setBaseFee(wei: bigint): void
  /** One message; its effects stay unless it fails. */
  send(message: Message): Promise<Outcome>
  /** One message whose effects are thrown away. */
  peek(message: Message): Promise<Outcome>
  balance(account: Address): Promise<bigint>
  storage(account: Address, slot: Hex): Promise<bigint>
  /** Writes a slot behind the contract's back: to begin with what would take it many calls. */
  setStorage(account: Address, slot: Hex, value: bigint): Promise<void>
  code(account: Address): Promise<Hex>
  /** Puts runtime code at an address: a payer's contract wallet, an attacker's contract. */
  setCode(account: Address, code: Hex): Promise<void>
  /** Runs `attempt` and takes back whatever it did. */
  undoing<T>(attempt: () => Promise<T>): Promise<T>
}

export interface Message {
  readonly from: Address
  /** Absent: creates a contract. */
  readonly to?: Address
  readonly data?: Hex
  readonly value?: bigint
  readonly gas?: bigint
  /** OPG wei a gas, for code that asks; nobody pays it. */
  readonly gasPrice?: bigint
}

export interface Outcome {
  readonly ok: boolean
  /** What the call returned, or the data it reverted with. */
  readonly data: Hex
  /** Gas of the execution, refunds subtracted; intrinsic and calldata gas not included. */
  readonly gas: bigint
  readonly logs: readonly { readonly address: Address; readonly topics: readonly Hex[]; readonly data: Hex }[]
  readonly created: Address | undefined
  /** EVM exception, like `revert` or `out of gas`. */
  readonly exception: string | undefined
}

export interface WorldOptions {
  readonly chainId?: bigint
  /** Unix seconds of the genesis. */
  readonly time?: bigint
  /** Who has native OPG from the start, out of the ecosystem share. */
  readonly faucets?: readonly { readonly address: Address; readonly amount: bigint }[]
  readonly beneficiaries?: Beneficiaries
  readonly attestation?: GenesisAttestation
  /** Roots that stand for those of the vendors, so that evidence of a test can be of real hardware. */
  readonly hardware?: Roots
}

/** Beneficiaries that no test confuses with anybody else: 0x00…be00 to 0x00…be06. */
export const BENEFICIARIES: Beneficiaries = [
  '0x000000000000000000000000000000000000be00',
  '0x000000000000000000000000000000000000be01',
  '0x000000000000000000000000000000000000be02',
  '0x000000000000000000000000000000000000be03',
  '0x000000000000000000000000000000000000be04',
  '0x000000000000000000000000000000000000be05',
  '0x000000000000000000000000000000000000be06',
]

const BLOCK_GAS = 100_000_000n

/** The hash that stands for a block's. */
export const blockHashOf = (height: bigint): Uint8Array => fast.keccak(uintBytes(height, 32))

const VALIDATOR: Address = '0x000000000000000000000000000000000000fa1d'
const fast = await loadCrypto()
await installFastCrypto()

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const chainId = options.chainId ?? 2n ** 40n + 7n
  let time = options.time ?? 1_900_000_000n
  let height = 1n
  let baseFee = 0n
  const common = chainCommon({ chainId }, fast)
  const store = memoryStore()
  await store.write(
    await genesisOf({
      chainId,
      time,
      validator: VALIDATOR,
      faucets: options.faucets ?? [],
      beneficiaries: options.beneficiaries ?? BENEFICIARIES,
      ...(options.attestation && { attestation: options.attestation }),
    }),
  )
  const state = new Overlay(new FlatBase(store, new HashedStore(store, fast.keccak)), fast.keccak)
  const vm = await vmOn(state, common, blockHashOf)
  if (options.hardware) trustHardware(vm, options.hardware)
  let block = makeBlock()
  function makeBlock() {
    const nothing = new Uint8Array(32)
    const env = {
      number: height,
      parentHash: nothing,
      time,
      coinbase: hexToBytes(VALIDATOR),
      baseFee,
      gasLimit: BLOCK_GAS,
      mixHash: nothing,
    }
    return environmentBlock(env, common)
  }

  // Tests ask about the same places again and again.
  const at = remembering(createAddressFromString)
  const bytesOf = remembering(hexToBytes)

  async function send({ from, to, data = '0x', value = 0n, gas = BLOCK_GAS, gasPrice = 0n }: Message): Promise<Outcome> {
    const { execResult, createdAddress } = await vm.evm.runCall({
      block,
      caller: at(from),
      origin: at(from),
      ...(to === undefined ? {} : { to: at(to) }),
      data: hexToBytes(data),
      value,
      gasLimit: gas,
      gasPrice,
    })
    await settle(vm)
    const refund = execResult.gasRefund ?? 0n
    const most = execResult.executionGasUsed / 5n
    return {
      ok: execResult.exceptionError === undefined,
      data: bytesToHex(execResult.returnValue),
      gas: execResult.executionGasUsed - (refund < most ? refund : most),
      logs: (execResult.exceptionError ? [] : (execResult.logs ?? [])).map(([address, topics, body]) => ({
        address: bytesToHex(address),
        topics: topics.map(bytesToHex),
        data: bytesToHex(body),
      })),
      created: createdAddress?.toString() as Address | undefined,
      exception: execResult.exceptionError?.error,
    }
  }

  async function undoing<T>(attempt: () => Promise<T>): Promise<T> {
    await state.checkpoint()
    try {
      return await attempt()
    } finally {
      await state.revert()
    }
  }

  return {
    chainId,
    domain: { chainId, settlement: ADDRESSES.settlement },
    now: () => time,
    advance(seconds) {
      time += BigInt(seconds)
      block = makeBlock()
    },
    height: () => height,
    mine(blocks = 1n) {
      height += blocks
      block = makeBlock()
    },
    setBaseFee(wei) {
      baseFee = wei
      block = makeBlock()
    },
    send,
    peek: (message) => undoing(() => send(message)),
    balance: async (account) => state.record(at(account).bytes)?.balance ?? 0n,
    storage: async (account, slot) => toBigint(state.slot(at(account).bytes, bytesOf(slot))),
    setStorage: (account, slot, value) => state.putStorage(at(account), hexToBytes(slot), uintBytes(value, 32)),
    code: async (account) => bytesToHex(await state.getCode(at(account))),
    setCode: (account, code) => state.putCode(at(account), hexToBytes(code)),
    undoing,
  }
}

/** Computes what it gives for a text once. */
function remembering<T>(compute: (text: Hex) => T): (text: Hex) => T {
  const known = new Map<Hex, T>()
  return (text) => {
    let value = known.get(text)
    if (value === undefined) {
      value = compute(text)
      known.set(text, value)
    }
    return value
  }
}

/** Lets the precompile of evidence trust these roots instead of the vendors'. */
function trustHardware({ evm }: VM, roots: Roots): void {
  const precompiles = new Map((evm as EVM).precompiles)
  precompiles.set(PRECOMPILES.evidence.slice(2), evidenceUnder(roots))
  lookUpPrecompiles(evm, () => precompiles)
}

const genesisWrites = new Map<string, Promise<readonly Write[]>>()

/** The state of a genesis, made once: most tests begin with the same. */
function genesisOf(parameters: GenesisParameters): Promise<readonly Write[]> {
  const key = JSON.stringify(parameters, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  const known = genesisWrites.get(key) ?? buildGenesis(parameters, fast).then(({ transition }) => transition.writes)
  genesisWrites.set(key, known)
  return known
}
