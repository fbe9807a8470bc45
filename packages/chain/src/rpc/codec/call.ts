import type { Address, Hex } from '@opengradient/protocol'
import type { AccountOverride, BlockOverride, CallRequest } from '../../chain.ts'
import { invalidParams } from './error.ts'
import { address, bytes, type Decoder, hash, listOf, member, record, storageKey, uint64, uint256 } from './params.ts'

/** What `eth_call` and its kin take: a message, with the chain the caller believes to be on. */
export type CallParam = CallRequest & { readonly data: Uint8Array; readonly chainId?: bigint }

type AccessEntry = NonNullable<CallRequest['accessList']>[number]
type Authorization = NonNullable<CallRequest['authorizationList']>[number]

const MAX_ACCESS_ENTRIES = 10_000
const MAX_AUTHORIZATIONS = 1_000

const accessEntry: Decoder<AccessEntry> = (value, where) => {
  const object = record(value, where)
  const account = member(object, 'address', address, where)
  if (account === undefined) throw invalidParams(`invalid ${where}: address is missing`)
  return { address: account, storageKeys: member(object, 'storageKeys', listOf(hash, MAX_ACCESS_ENTRIES), where) ?? [] }
}

const authorization: Decoder<Authorization> = (value, where) => {
  const object = record(value, where)
  const need = <T>(name: string, decode: Decoder<T>): T => {
    const found = member(object, name, decode, where)
    if (found === undefined) throw invalidParams(`invalid ${where}: ${name} is missing`)
    return found
  }
  return {
    chainId: need('chainId', uint256),
    address: need('address', address),
    nonce: need('nonce', uint64),
    yParity: need('yParity', uint64),
    r: need('r', uint256),
    s: need('s', uint256),
  }
}

/**
 * Reads a call request. The nonce and members it does not know are ignored, as in geth; blobs are refused because this chain
 * has none.
 */
export const callRequest: Decoder<CallParam> = (value, where) => {
  const object = record(value, where)
  const read = <T>(name: string, decode: Decoder<T>): T | undefined => member(object, name, decode, where)
  if ((read('blobVersionedHashes', listOf(hash, 64)) ?? []).length > 0)
    throw invalidParams('blob transactions are not supported on this chain')
  const request = {
    from: read('from', address),
    to: read('to', address),
    gas: read('gas', uint64),
    gasPrice: read('gasPrice', uint256),
    maxFeePerGas: read('maxFeePerGas', uint256),
    maxPriorityFeePerGas: read('maxPriorityFeePerGas', uint256),
    value: read('value', uint256),
    chainId: read('chainId', uint256),
    accessList: read('accessList', listOf(accessEntry, MAX_ACCESS_ENTRIES)),
    authorizationList: read('authorizationList', listOf(authorization, MAX_AUTHORIZATIONS)),
    data: callData(read('input', bytes), read('data', bytes)),
  }
  read('nonce', uint64)
  if (request.gasPrice !== undefined && (request.maxFeePerGas !== undefined || request.maxPriorityFeePerGas !== undefined)) {
    throw invalidParams('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  if (request.maxFeePerGas !== undefined && (request.maxPriorityFeePerGas ?? 0n) > request.maxFeePerGas) {
    throw invalidParams(`maxPriorityFeePerGas (${request.maxPriorityFeePerGas}) > maxFeePerGas (${request.maxFeePerGas})`)
  }
  return withoutUndefined(request)
}

function callData(input: Uint8Array | undefined, data: Uint8Array | undefined): Uint8Array {
  if (input && data && Buffer.compare(input, data) !== 0) {
    throw invalidParams('both "data" and "input" are set and not equal. Please use "input" to pass transaction call data')
  }
  return input ?? data ?? new Uint8Array()
}

const MAX_OVERRIDES = 10_000

const slots: Decoder<Map<Hex, Hex>> = (value, where) => {
  const entries = Object.entries(record(value, where))
  if (entries.length > MAX_OVERRIDES) throw invalidParams(`invalid ${where}: more than ${MAX_OVERRIDES} slots`)
  return new Map(entries.map(([slot, content]) => [storageKey(slot, where), hash(content, `${where}.${slot}`)]))
}

/** Changes to accounts for the time of a simulation, geth's "state overrides". */
export const movableStateOverride: Decoder<Map<Address, AccountOverride>> = (value, where) => {
  const entries = Object.entries(record(value, where))
  if (entries.length > MAX_OVERRIDES) throw invalidParams(`invalid ${where}: more than ${MAX_OVERRIDES} accounts`)
  return new Map(entries.map(([account, change]) => [address(account, where), accountOverride(change, `${where}.${account}`)]))
}

/** The same for a call, which cannot move precompiles. */
export const stateOverride: Decoder<Map<Address, AccountOverride>> = (value, where) => {
  const overrides = movableStateOverride(value, where)
  for (const [account, { movePrecompileTo }] of overrides) {
    if (movePrecompileTo) throw invalidParams(`invalid ${where}.${account}: movePrecompileToAddress is only for eth_simulateV1`)
  }
  return overrides
}

const accountOverride: Decoder<AccountOverride> = (value, where) => {
  const object = record(value, where)
  const read = <T>(name: string, decode: Decoder<T>): T | undefined => member(object, name, decode, where)
  const override = {
    balance: read('balance', uint256),
    nonce: read('nonce', uint64),
    code: read('code', bytes),
    state: read('state', slots),
    stateDiff: read('stateDiff', slots),
    movePrecompileTo: read('movePrecompileToAddress', address),
  }
  if (override.state && override.stateDiff) throw invalidParams(`invalid ${where}: both 'state' and 'stateDiff'`)
  return withoutUndefined(override)
}

/** Changes to the block environment for the time of a call, under geth's names and those of the specification. */
export const blockOverride: Decoder<BlockOverride> = (value, where) => {
  const object = record(value, where)
  const read = <T>(name: string, decode: Decoder<T>): T | undefined => member(object, name, decode, where)
  return withoutUndefined({
    number: read('number', uint256),
    time: read('time', uint64),
    gasLimit: read('gasLimit', uint64),
    feeRecipient: read('feeRecipient', address) ?? read('coinbase', address),
    prevRandao: read('prevRandao', hash) ?? read('random', hash),
    baseFeePerGas: read('baseFeePerGas', uint256) ?? read('baseFee', uint256),
  })
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Absent members stay absent instead of being `undefined`, so that spreading an object never overwrites a default. */
function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>
}
