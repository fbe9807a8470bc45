import { createTx } from '@ethereumjs/tx'
import { type Address, createAddressFromPrivateKey, createAddressFromString, eoaCode7702SignAuthorization } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import { bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import { loadCrypto } from '../../crypto/crypto.ts'
import { FlatBase } from '../../state/base.ts'
import { HashedStore } from '../../state/nodes.ts'
import { Overlay } from '../../state/overlay.ts'
import type { StateParts } from '../../state/root.ts'
import { memoryStore } from '../../state/store.ts'
import { reasonOf } from '../decode.ts'
import { environmentBlock } from '../environment.ts'
import { vmOn } from '../execute.ts'
import { BLOCK_GAS_LIMIT, chainCommon } from '../rules.ts'
import { readFields } from './fields.ts'
import { InvalidTransaction, runTransaction } from './run.ts'

const crypto = await loadCrypto()
const common = chainCommon({ chainId: 1n }, crypto)
const BASE_FEE = 7n
export const COINBASE = '0x00000000000000000000000000000000000000cb'
const BLOCK = environmentBlock(
  {
    number: 300n,
    parentHash: new Uint8Array(32),
    time: 1_700_000_000n,
    coinbase: hexToBytes(COINBASE),
    baseFee: BASE_FEE,
    gasLimit: BLOCK_GAS_LIMIT,
    mixHash: new Uint8Array(32),
  },
  common,
)

const KEYS = [1, 2, 3, 4].map((last) => new Uint8Array(32).fill(last))
export const PEOPLE = KEYS.map((key) => createAddressFromPrivateKey(key))
export const contractAt = (index: number): Address => createAddressFromString(`0x${(0xa0 + index).toString(16).padStart(40, '0')}`)

/** A state, and an EVM on it. */
export interface World {
  readonly state: Overlay
  readonly vm: VM
  readonly parts: StateParts
}

async function world(makeVm: (state: Overlay) => Promise<VM>): Promise<World> {
  const store = memoryStore()
  const hashed = new HashedStore(store, crypto.keccak)
  const base = new FlatBase(store, hashed)
  const state = new Overlay(base, crypto.keccak)
  return { state, vm: await makeVm(state), parts: { store, base, hashed, keccak: crypto.keccak } }
}

/** Runs transactions as blocks do, and as EthereumJS does by itself. */
export const ours = await world((state) => vmOn(state, common, () => undefined))
export const theirs = await world((stateManager) => createVM({ common: common.detached(), stateManager }))
/** Like ours, but somebody watches each step, as traces do. */
export const watched = await world((state) => vmOn(state, common, () => undefined))
watched.vm.evm.events!.on('step', () => {})

/** People with money, and contracts with these codes, each with 50 wei and something in three slots. */
export async function begin({ state, parts }: World, codes: readonly Uint8Array[]): Promise<void> {
  state.reset(parts.base)
  for (const [i, person] of PEOPLE.entries()) state.credit(person.bytes, i === 3 ? 900_000n : 10n ** 18n)
  // One has lent itself to a contract, one is a contract although somebody has its key.
  await state.putCode(PEOPLE[1]!, Uint8Array.of(0xef, 1, 0, ...contractAt(3).bytes))
  await state.putCode(PEOPLE[2]!, Uint8Array.of(0))
  for (const [i, code] of codes.entries()) {
    await state.modifyAccountFields(contractAt(i), { nonce: 1n, balance: 50n })
    await state.putCode(contractAt(i), code)
    for (let slot = 0; slot < 3; slot++) await state.putStorage(contractAt(i), new Uint8Array(32).fill(slot, 31), Uint8Array.of(9))
  }
}

/** A transaction; the price of its gas is that of the block and `tip`, less one. */
export interface Asked {
  readonly type: number
  readonly from: number
  readonly to: Address | undefined
  readonly nonce: bigint
  readonly gasLimit: bigint
  readonly tip: bigint
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: { address: Hex; storageKeys: Hex[] }[]
  readonly authorizations: { chainId: bigint; address: Hex; nonce: bigint; signer: number; spoilt: 'no' | 'parity' | 's' | 'r' }[]
}

/** Signing takes long, and the same is signed again and again. */
const signatures = new Map<string, readonly Uint8Array[]>()

function signedBy(signer: number, wish: { readonly chainId: Hex; readonly address: Hex; readonly nonce: Hex }): readonly Uint8Array[] {
  const id = JSON.stringify([signer, wish])
  const signature = signatures.get(id) ?? eoaCode7702SignAuthorization(wish, KEYS[signer]!)
  signatures.set(id, signature)
  return signature
}

export function transactionOf(asked: Asked) {
  const { type, from, to, tip, nonce, gasLimit, value, data, accessList } = asked
  const authorizationList = (type === 4 ? asked.authorizations : []).map(({ chainId, address, nonce: at, signer, spoilt }) => {
    const quantity = (number: bigint): Hex => `0x${number.toString(16)}`
    const signed = signedBy(signer, { chainId: quantity(chainId), address, nonce: quantity(at) })
    const [, , , yParity, r, s] = signed.map((bytes) => BigInt(bytes.length === 0 ? '0x0' : bytesToHex(bytes))) as bigint[]
    return {
      chainId: quantity(chainId),
      address,
      nonce: quantity(at),
      yParity: quantity(spoilt === 'parity' ? 2n : yParity!),
      r: quantity(spoilt === 'r' ? 0n : r!),
      s: quantity(spoilt === 's' ? 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n - s! : s!),
    }
  })
  const price = BASE_FEE + tip - 1n
  const tx = createTx(
    {
      type,
      ...(type > 0 && { chainId: 1n, accessList }),
      nonce,
      gasLimit,
      value,
      data,
      ...(to && { to }),
      ...(type < 2 ? { gasPrice: price } : { maxFeePerGas: price, maxPriorityFeePerGas: tip < price ? tip : price }),
      ...(type === 4 && { authorizationList }),
    },
    { common, freeze: false },
  )
  tx.getSenderAddress = () => PEOPLE[from]!
  return tx
}

export type Done = { readonly gasUsed: bigint; readonly failed: boolean; readonly logs: unknown } | { readonly refused: string }

export async function runOurs(asked: Asked, on: World = ours): Promise<Done> {
  const { state, vm } = on
  const fields = readFields(transactionOf(asked).serialize())
  try {
    const { gasUsed, failed, logs } = await runTransaction({ evm: vm.evm, state, block: BLOCK, crypto }, fields, PEOPLE[asked.from]!.bytes)
    return { gasUsed, failed, logs }
  } catch (error) {
    // Whatever else is thrown would stop the node.
    if (!(error instanceof InvalidTransaction)) throw error
    return { refused: error.message }
  }
}

export async function runTheirs(asked: Asked): Promise<Done> {
  try {
    const { totalGasSpent, execResult } = await runTx(theirs.vm, { tx: transactionOf(asked), block: BLOCK })
    return { gasUsed: totalGasSpent, failed: execResult.exceptionError !== undefined, logs: execResult.logs ?? [] }
  } catch (error) {
    return { refused: reasonOf(error) }
  }
}
