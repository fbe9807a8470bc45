import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type BatchRecord,
  batchSlots,
  decodeBatch,
  decodeKey,
  decodeNode,
  decodePolicy,
  decodePrice,
  decodeRegistration,
  decodeRevocations,
  decodeStanding,
  keySlot,
  modelSlots,
  nodeSlots,
  type PriceRecord,
  policySlots,
  priceSlots,
  type RegistrationRecord,
  registrationSlots,
  revocationsSlot,
  revokedAtSlot,
  settledSlot,
  standingSlots,
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
  /** A keyset as the node registered it, and when it ends; `undefined` if it never did. */
  keyset(node: Address, digest: Hex): KeysetFact | undefined
  /** Whether anything that a registration rests on was revoked since. `marks`: what its evidence shows. */
  revoked(keyset: KeysetFact, marks: readonly Hex[]): boolean
  /** Where the development roots of the network are kept; zero if it has none. */
  developmentRoots(): Address
}

/** A keyset in `Attestations`. */
export interface KeysetFact extends RegistrationRecord {
  /** When it stops to count, exclusive, unix seconds: by itself, by another policy, or because the node left. */
  readonly end: bigint
  /** keccak256 of the policy that its evidence was judged by. */
  readonly policyHash: Hex
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
    keyset(node, digest) {
      const record = decodeRegistration(words(ADDRESSES.attestations, registrationSlots(node, digest)))
      if (record.from === 0n) return undefined
      const { leftAt } = decodeStanding(words(ADDRESSES.attestations, standingSlots(node)))
      const policy = decodePolicy(words(ADDRESSES.attestations, policySlots(record.policy)))
      const ends = [record.until, ...(policy.until === 0n ? [] : [policy.until]), ...(leftAt < record.from ? [] : [leftAt])]
      return { ...record, end: ends.reduce((a, b) => (a < b ? a : b)), policyHash: policy.hash }
    },
    revoked({ revocations }, marks) {
      if (decodeRevocations(state.word(ADDRESSES.attestations, revocationsSlot)).revocations === revocations) return false
      return words(ADDRESSES.attestations, marks.map(revokedAtSlot)).some((time) => time !== 0n)
    },
    developmentRoots: () => decodeRevocations(state.word(ADDRESSES.attestations, revocationsSlot)).developmentRoots,
  }
}

const toHash = (word: bigint): Hex => `0x${word.toString(16).padStart(64, '0')}`
