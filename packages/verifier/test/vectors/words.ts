import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  batchSlots,
  decodeBatch,
  decodeKey,
  decodeModel,
  decodeNode,
  decodePrice,
  keySlot,
  modelSlots,
  nodeSlots,
  priceSlots,
  settledSlot,
} from '@opengradient/contracts/slots'
import { type Address, BILLING_UNITS, type BillingUnit, type Hex, modelIdFromHash } from '@opengradient/protocol'
import type { Ledger } from './ledger.ts'

/**
 * What the contracts write for one fact. The words are packed here by hand and read back through the contracts' own
 * decoders, so that a change of the storage layout is noticed instead of followed.
 */
export function writeNode(
  ledger: Ledger,
  node: Address,
  facts: { bond: bigint; registeredAt: bigint; unbondingAt: bigint; receiptKey: Address },
): void {
  const words = [facts.bond | (facts.registeredAt << 128n) | (facts.unbondingAt << 192n), 1n | (BigInt(facts.receiptKey) << 8n)]
  same(decodeNode(words), { ...facts, roles: 1, slashedAt: 0n })
  write(ledger, ADDRESSES.nodes, nodeSlots(node), words)
}

export function writeKey(ledger: Ledger, node: Address, key: Address, interval: { from: bigint; until: bigint }): void {
  const word = interval.from | (interval.until << 64n)
  same(decodeKey(word), interval)
  write(ledger, ADDRESSES.nodes, [keySlot(node, key)], [word])
}

export function writePrice(
  ledger: Ledger,
  node: Address,
  modelId: Hex,
  unit: BillingUnit,
  price: { amount: bigint; since: bigint; previous: bigint },
): void {
  const words = [price.amount | (price.since << 128n) | (1n << 192n), price.previous]
  same(decodePrice(words), { ...price, active: true })
  write(ledger, ADDRESSES.nodes, priceSlots(node, modelId, BILLING_UNITS.indexOf(unit)), words)
}

export function writeModel(ledger: Ledger, author: Address, manifestHash: Hex, publishedAt: bigint): void {
  const words = [BigInt(author) | (500n << 160n) | (publishedAt << 192n), BigInt(manifestHash), 10n ** 12n, 0n]
  const parent: Hex = `0x${'0'.repeat(64)}`
  same(decodeModel(words), { author, royaltyBps: 500, parentShareBps: 0, publishedAt, manifestHash, minRoyalty: 10n ** 12n, parent })
  write(ledger, ADDRESSES.models, modelSlots(modelIdFromHash(author, manifestHash)), words)
}

export function writeSettled(ledger: Ledger, paymentId: Hex, receiptHash: Hex): void {
  write(ledger, ADDRESSES.settlement, [settledSlot(paymentId)], [BigInt(receiptHash)])
}

export function writeBatch(
  ledger: Ledger,
  node: Address,
  sequence: bigint,
  batch: { root: Hex; anchoredAt: bigint; count: number; total: bigint },
): void {
  const words = [BigInt(batch.root), batch.anchoredAt | (BigInt(batch.count) << 64n) | (batch.total << 96n)]
  same(decodeBatch(words), batch)
  write(ledger, ADDRESSES.settlement, batchSlots(node, sequence), words)
}

function write(ledger: Ledger, address: Address, slots: readonly Hex[], words: readonly bigint[]): void {
  for (const [i, word] of words.entries()) ledger.set(address, slots[i]!, word)
}

function same(decoded: object, meant: object): void {
  const text = (value: object): string =>
    JSON.stringify(
      Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)),
      (_, part) => (typeof part === 'bigint' ? `${part}` : part),
    )
  if (text(decoded) !== text(meant)) throw new Error(`the contracts read ${text(decoded)} where ${text(meant)} was written`)
}
