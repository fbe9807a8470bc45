import { createTx, TransactionType, type TypedTransaction } from '@ethereumjs/tx'
import { createAddressFromString, type Address as EvmAddress } from '@ethereumjs/util'
import { authorizationFields } from '../call/message.ts'
import type { Keccak } from '../crypto/keccak.ts'
import type { FixedCommon } from '../executor/common.ts'
import { reasonOf } from '../executor/decode.ts'
import type { AccountRecord } from '../state/account.ts'
import { SimulationRefusal } from './refusal.ts'
import type { SimulatedMessage } from './request.ts'

/** Largest code that creates a contract, bytes (EIP-3860). */
const MAX_INIT_CODE = 49_152
/** Nonces are 64-bit numbers. */
export const MAX_NONCE = 2n ** 64n - 1n

/** A message with everything filled in that it left open. */
export type ReadyMessage = SimulatedMessage & Required<Pick<SimulatedMessage, 'gas' | 'nonce'>>

/** The room that is left for a message. */
export interface Room {
  /** Gas that the block still has. */
  readonly block: bigint
  /** Gas that the whole simulation still has. */
  readonly budget: bigint
}

/** The message with its gas and nonce: as much gas as there is room for, and the sender's next nonce. */
export function ready(message: SimulatedMessage, sender: AccountRecord, room: Room): ReadyMessage {
  const wanted = message.gas ?? room.block
  if (wanted > room.block) {
    throw new SimulationRefusal('block-full', `block gas limit reached: the call wants ${wanted} gas, the block has ${room.block} left`)
  }
  if (room.budget <= 0n) throw new SimulationRefusal('limit', 'the simulation has used all the gas that one request may use')
  return { ...message, gas: wanted < room.budget ? wanted : room.budget, nonce: message.nonce ?? sender.nonce }
}

/** Most wei per gas that the sender pays. */
const feeCap = ({ gasPrice, maxFeePerGas }: SimulatedMessage): bigint => gasPrice ?? maxFeePerGas ?? 0n

/** No fee is offered: without validation such a message pays none, whatever the base fee. */
export const isFree = (message: SimulatedMessage): boolean => feeCap(message) === 0n && (message.maxPriorityFeePerGas ?? 0n) === 0n

/** Refuses, in the order in which a node looks, what could not begin. */
export function check(message: ReadyMessage, sender: AccountRecord, baseFee: bigint, validation: boolean): void {
  const refuse = (reason: ConstructorParameters<typeof SimulationRefusal>[0], why: string): never => {
    throw new SimulationRefusal(reason, `${why}: address ${message.from ?? 'zero'} (supplied gas ${message.gas})`)
  }
  if (validation) {
    if (message.nonce < sender.nonce) refuse('nonce-too-low', `nonce too low: next nonce ${sender.nonce}, tx nonce ${message.nonce}`)
    if (message.nonce > sender.nonce) refuse('nonce-too-high', `nonce too high: next nonce ${sender.nonce}, tx nonce ${message.nonce}`)
    if (message.nonce === MAX_NONCE) refuse('nonce-exhausted', 'nonce has max value')
  }
  const cap = feeCap(message)
  if (validation || !isFree(message)) {
    if (cap < baseFee) refuse('fee-too-low', `max fee per gas less than block base fee: maxFeePerGas: ${cap}, baseFee: ${baseFee}`)
  }
  const cost = message.gas * cap + (message.value ?? 0n)
  if (sender.balance < cost) {
    refuse('funds-too-low', `insufficient funds for gas * price + value: have ${sender.balance} want ${cost}`)
  }
  if (!message.to && (message.data?.length ?? 0) > MAX_INIT_CODE) {
    refuse('init-code-too-large', `max initcode size exceeded: ${message.data!.length}, limit ${MAX_INIT_CODE}`)
  }
}

/** The unsigned transaction that the message would be. It knows its sender, and its hash as if the signature were zeros. */
export function transactionOf(message: ReadyMessage, from: EvmAddress, common: FixedCommon, keccak: Keccak): TypedTransaction {
  const tx = build(message, common)
  // EthereumJS builds none with the last nonce, which simulations may name.
  if (message.nonce === MAX_NONCE) Object.assign(tx, { nonce: MAX_NONCE })
  tx.getSenderAddress = () => from
  const hash = keccak(tx.serialize())
  tx.hash = () => hash
  return tx
}

function build(message: ReadyMessage, common: FixedCommon): TypedTransaction {
  const { gas, nonce, value = 0n, data = new Uint8Array(), gasPrice, accessList = [], authorizationList } = message
  const fields = {
    nonce: nonce === MAX_NONCE ? 0n : nonce,
    gasLimit: gas,
    value,
    data,
    ...(message.to && { to: createAddressFromString(message.to) }),
  }
  const fees = { maxFeePerGas: message.maxFeePerGas ?? 0n, maxPriorityFeePerGas: message.maxPriorityFeePerGas ?? 0n }
  const lists = {
    chainId: common.chainId(),
    accessList: accessList.map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys] })),
  }
  const options = { common, freeze: false }
  try {
    if (gasPrice !== undefined) return createTx({ ...fields, type: TransactionType.Legacy, gasPrice }, options)
    if (!authorizationList) return createTx({ ...fields, ...fees, ...lists, type: TransactionType.FeeMarketEIP1559 }, options)
    const authorized = { ...fields, ...fees, ...lists, authorizationList: authorizationList.map(authorizationFields) }
    return createTx({ ...authorized, type: TransactionType.EOACodeEIP7702 }, options)
  } catch (error) {
    throw new SimulationRefusal('message', reasonOf(error))
  }
}
