import type { Address, Hex } from '@opengradient/protocol'
import { bytesToHex, keccak256, utf8 } from '@opengradient/protocol'
import { layout } from './generated/layout.ts'
import { arrayStart, asAddress, base, decodeString, member, nested, run, stringSlots, toSlot } from './storage.ts'

export * from './attestationSlots.ts'
export * from './stakeSlots.ts'
/**
 * Where the protocol's facts lie in storage, for `eth_getProof`, and what their words mean.
 * Each `…Slots` gives the slots of one fact in order; its `decode…` takes the words found there in the same order
 * (0n for a slot that is proven to be empty). All times are unix seconds, all amounts OPG wei.
 */
export { decodeString, stringSlots }

const models = layout.Models
const nodes = layout.Nodes
const settlement = layout.Settlement
const staking = layout.Staking
const heldPayments = layout.HeldPayments

const textKey = (text: string): bigint => BigInt(bytesToHex(keccak256(utf8(text))))

/** Models: three slots (author and terms, manifest hash, royalty floor) and the parent. Empty first word: no such model. */
export function modelSlots(modelId: Hex): Hex[] {
  return run(nested(base(models.variables._models), BigInt(modelId)), 4)
}

/** A model. Shares in 1/10,000, `publishedAt` in unix seconds, `minRoyalty` in OPG wei; `parent` zero: none. */
export interface ModelRecord {
  author: Address
  royaltyBps: number
  parentShareBps: number
  publishedAt: bigint
  manifestHash: Hex
  minRoyalty: bigint
  parent: Hex
}

/** The words of `modelSlots`. */
export function decodeModel([terms = 0n, manifestHash = 0n, minRoyalty = 0n, parent = 0n]: readonly bigint[]): ModelRecord {
  const at = models.structs.Model
  return {
    author: asAddress(member(terms, at.author)),
    royaltyBps: Number(member(terms, at.royaltyBps)),
    parentShareBps: Number(member(terms, at.parentShareBps)),
    publishedAt: member(terms, at.publishedAt),
    manifestHash: toSlot(manifestHash),
    minRoyalty: member(minRoyalty, at.minRoyalty),
    parent: toSlot(parent),
  }
}

/** The zkModelId that the author committed a model to, as the word itself; 0n: none. */
export function zkModelSlot(modelId: Hex): Hex {
  return toSlot(nested(base(models.variables.zkModelOf), BigInt(modelId)))
}

/** Number of versions of `owner/name`, as the word itself. */
export function versionCountSlot(name: string): Hex {
  return toSlot(nested(base(models.variables._versions), textKey(name)))
}

/** Version `version` (from 1) of `owner/name`: its modelId as the first word, 1n in the second if it was withdrawn. */
export function versionSlots(name: string, version: number): Hex[] {
  const list = nested(base(models.variables._versions), textKey(name))
  return run(arrayStart(list) + BigInt(version - 1) * 2n, 2)
}

/** The words of `versionSlots`. */
export function decodeVersion([modelId = 0n, withdrawn = 0n]: readonly bigint[]): { modelId: Hex; withdrawn: boolean } {
  return { modelId: toSlot(modelId), withdrawn: member(withdrawn, models.structs.Version.withdrawn) === 1n }
}

/** A node: bond and times, roles and key, head of the endpoint string (then `stringSlots(slot, head)`). */
export function nodeSlots(node: Address): Hex[] {
  return run(nested(base(nodes.variables._nodes), BigInt(node)), 3)
}

/** A node. `bond` in OPG wei, times in unix seconds; `unbondingAt` and `slashedAt` 0: not. */
export interface NodeRecord {
  bond: bigint
  registeredAt: bigint
  unbondingAt: bigint
  roles: number
  receiptKey: Address
  slashedAt: bigint
}

/** The words of `nodeSlots`. */
export function decodeNode([bond = 0n, key = 0n]: readonly bigint[]): NodeRecord {
  const at = nodes.structs.Node
  return {
    bond: member(bond, at.bond),
    registeredAt: member(bond, at.registeredAt),
    unbondingAt: member(bond, at.unbondingAt),
    roles: Number(member(key, at.roles)),
    receiptKey: asAddress(member(key, at.receiptKey)),
    slashedAt: member(key, at.slashedAt),
  }
}

/** The interval of a receipt key of a node. */
export function keySlot(node: Address, key: Address): Hex {
  return toSlot(nested(base(nodes.variables._keys), BigInt(node), BigInt(key)))
}

/** `from` 0: never a key of this node; `until` 0: live. */
export function decodeKey(interval: bigint): { from: bigint; until: bigint } {
  const at = nodes.structs.Key
  return { from: member(interval, at.from), until: member(interval, at.until) }
}

/** What a node asks for one unit of a model: amount, since and active, then the previous amount. */
export function priceSlots(node: Address, modelId: Hex, unit: number): Hex[] {
  const prices = base(nodes.variables._offers) + base(nodes.structs.Book.prices)
  return run(nested(prices, BigInt(node), BigInt(modelId), BigInt(unit)), 2)
}

/** A price in OPG wei since a time in unix seconds, and the one before it. */
export interface PriceRecord {
  amount: bigint
  since: bigint
  active: boolean
  previous: bigint
}

/** The words of `priceSlots`. */
export function decodePrice([current = 0n, previous = 0n]: readonly bigint[]): PriceRecord {
  const at = nodes.structs.Price
  return {
    amount: member(current, at.amount),
    since: member(current, at.since),
    active: member(current, at.active) === 1n,
    previous: member(previous, at.previous),
  }
}

/** Number of nodes that offer a model, as the word itself. */
export function servingCountSlot(modelId: Hex): Hex {
  return toSlot(servingList(modelId))
}

/** Node number `index` of those that offer a model, as the word itself. */
export function servingSlot(modelId: Hex, index: number): Hex {
  return toSlot(arrayStart(servingList(modelId)) + BigInt(index))
}

function servingList(modelId: Hex): bigint {
  return nested(base(nodes.variables._offers) + base(nodes.structs.Book.serving), BigInt(modelId))
}

/** Hash of the receipt that consumed a payment, as the word itself. */
export function settledSlot(paymentId: Hex): Hex {
  return toSlot(nested(base(settlement.variables.settled), BigInt(paymentId)))
}

/** OPG wei that wait for an account, as the word itself. */
export function creditSlot(account: Address): Hex {
  return toSlot(nested(base(settlement.variables.credits), BigInt(account)))
}

/** A payment that waits for its proof, or has waited. */
export function heldSlot(paymentId: Hex): Hex {
  return toSlot(nested(base(heldPayments.variables._held), BigInt(paymentId)))
}

/** Where a held payment is; `released` and `failed` are for ever. */
export type HeldStatus = 'none' | 'held' | 'challenged' | 'released' | 'failed'
const HELD_STATUS: readonly HeldStatus[] = ['none', 'held', 'challenged', 'released', 'failed']

/** A held payment. */
export interface HeldRecord {
  /** Block of the settlement. */
  heldAt: bigint
  /** Block of the challenge; 0n if there was none. */
  challengedAt: bigint
  /** OPG wei deposited with the challenge. */
  deposit: bigint
  /** The protocol's part of the price when it was settled, in 1/10,000. */
  feeBps: number
  status: HeldStatus
  /** Its payer signed for one input (`zkNonce`). */
  bound: boolean
}

/** Status `none`: the payment was never held. */
export function decodeHeld(record: bigint): HeldRecord {
  const at = heldPayments.structs.HeldPayment
  return {
    heldAt: member(record, at.heldAt),
    challengedAt: member(record, at.challengedAt),
    deposit: member(record, at.deposit),
    feeBps: Number(member(record, at.feeBps)),
    status: HELD_STATUS[Number(member(record, at.status))] ?? 'none',
    bound: member(record, at.bound) !== 0n,
  }
}

/** OPG wei of a node's bond that answer for its held payments, as the word itself. */
export function penaltiesSlot(node: Address): Hex {
  return toSlot(nested(base(heldPayments.variables.penalties), BigInt(node)))
}

/** The number of a node's next batch, as the word itself. */
export function nextSequenceSlot(node: Address): Hex {
  return toSlot(nested(base(settlement.variables.nextSequence), BigInt(node)))
}

/** A batch as a node anchored it. */
export function batchSlots(node: Address, sequence: bigint): Hex[] {
  return run(nested(base(settlement.variables._batches), BigInt(node), sequence), 2)
}

/** A batch: its Merkle root, when it was anchored (unix seconds), receipts in it, and the sum of their prices in OPG wei. */
export interface BatchRecord {
  root: Hex
  anchoredAt: bigint
  count: number
  total: bigint
}

/** The words of `batchSlots`. */
export function decodeBatch([root = 0n, rest = 0n]: readonly bigint[]): BatchRecord {
  const at = settlement.structs.BatchRecord
  return {
    root: toSlot(root),
    anchoredAt: member(rest, at.anchoredAt),
    count: Number(member(rest, at.count)),
    total: member(rest, at.total),
  }
}

/** Number of blocks that `History` covers, as the word itself. */
export const historyCountSlot: Hex = toSlot(base(layout.History.variables.count))

/** Root of the full tree of 2^index leaves; stale unless bit `index` of the count is set. */
export function historyPeakSlot(index: number): Hex {
  return toSlot(base(layout.History.variables.peaks) + BigInt(index))
}

/** How many validators are in the set, as the word itself. */
export const memberCountSlot: Hex = toSlot(base(staking.variables._members))

/** Who ever used the consensus key with CometBFT's address `consensusAddress`, 20 bytes. */
export function keyOwnerSlot(consensusAddress: Hex): Hex {
  // Unlike addresses, `bytes20` keys of a mapping are padded on the right.
  return toSlot(nested(base(staking.variables._keys) + base(staking.structs.Book.keys), BigInt(consensusAddress) << 96n))
}

/** Undefined: nobody. */
export function decodeKeyOwner(word: bigint): Address | undefined {
  const owner = member(word, staking.structs.Key.owner)
  return owner === 0n ? undefined : asAddress(owner)
}

/** WOPG of an account, as the word itself. */
export function wopgBalanceSlot(account: Address): Hex {
  return toSlot(nested(base(layout.WOPG.variables._balances), BigInt(account)))
}

/** 1n if the account's EIP-3009 nonce was used or cancelled. */
export function wopgNonceSlot(account: Address, nonce: Hex): Hex {
  return toSlot(nested(base(layout.WOPG.variables._usedNonces), BigInt(account), BigInt(nonce)))
}

/** How many names were ever published, as the word itself. */
export const nameCountSlot: Hex = toSlot(base(models.variables._names))

/** Name number `index` in the order of first publication, from 0: head of the string (then `stringSlots(slot, head)`). */
export function nameSlot(index: number): Hex {
  return toSlot(arrayStart(base(models.variables._names)) + BigInt(index))
}

/** How many accounts ever registered as a node, as the word itself. */
export const nodeCountSlot: Hex = toSlot(base(nodes.variables._accounts))

/** Node account number `index` in the order of registration, from 0, as the word itself. */
export function nodeAtSlot(index: number): Hex {
  return toSlot(arrayStart(base(nodes.variables._accounts)) + BigInt(index))
}
