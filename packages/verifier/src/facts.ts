import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type BatchRecord,
  batchSlots,
  decodeBatch,
  decodeKey,
  decodeNode,
  decodePrice,
  keySlot,
  modelSlots,
  nodeSlots,
  type PriceRecord,
  priceSlots,
  settledSlot,
} from '@opengradient/contracts/slots'
import { type Address, BILLING_UNITS, type BillingUnit, type Hex, ZERO_HASH } from '@opengradient/protocol'
import type { State } from './state.ts'

/** What the protocol's contracts said in one block. Each stops with absent where the bundle does not prove it. */
export interface Facts {
  /** A node's registration; `registeredAt` 0: never registered. Amounts in OPG wei, times in unix seconds. */
  node(node: Address): { readonly bond: bigint; readonly registeredAt: bigint; readonly unbondingAt: bigint }
  /** When a key was a receipt key of the node; `from` 0: never, `until` 0: still. */
  key(node: Address, key: Address): { readonly from: bigint; readonly until: bigint }
  /** What the node asks for one unit of a model. */
  price(node: Address, modelId: Hex, unit: BillingUnit): Pick<PriceRecord, 'amount' | 'since' | 'previous'>
  /** Hash of the receipt that a payment was settled for; `undefined` if it was not. */
  settled(paymentId: Hex): Hex | undefined
  /** The batch that the node recorded under a number; `undefined` if there is none. */
  batch(node: Address, sequence: bigint): BatchRecord | undefined
  /** Whether the model is published; `undefined` if the bundle does not say. */
  published(modelId: Hex): boolean | undefined
}

export function factsOf(state: State): Facts {
  const words = (address: Address, slots: readonly Hex[]): bigint[] => slots.map((slot) => state.word(address, slot))
  return {
    node: (node) => decodeNode([state.word(ADDRESSES.nodes, nodeSlots(node)[0]!)]),
    key: (node, key) => decodeKey(state.word(ADDRESSES.nodes, keySlot(node, key))),
    price: (node, modelId, unit) => decodePrice(words(ADDRESSES.nodes, priceSlots(node, modelId, BILLING_UNITS.indexOf(unit)))),
    settled(paymentId) {
      const hash = toHash(state.word(ADDRESSES.settlement, settledSlot(paymentId)))
      return hash === ZERO_HASH ? undefined : hash
    },
    batch(node, sequence) {
      const record = decodeBatch(words(ADDRESSES.settlement, batchSlots(node, sequence)))
      return record.anchoredAt === 0n ? undefined : record
    },
    published(modelId) {
      const terms = modelSlots(modelId)[0]!
      return state.offers(ADDRESSES.models, terms) ? state.word(ADDRESSES.models, terms) !== 0n : undefined
    },
  }
}

const toHash = (word: bigint): Hex => `0x${word.toString(16).padStart(64, '0')}`
