import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  batchSlots,
  decodeBatch,
  decodeKey,
  decodeModel,
  decodeNode,
  decodePolicy,
  decodePrice,
  decodeRegistration,
  decodeRevocations,
  decodeStanding,
  keySlot,
  modelSlots,
  nodeSlots,
  policySlots,
  priceSlots,
  type RegistrationRecord,
  registrationSlots,
  revocationsSlot,
  revokedAtSlot,
  settledSlot,
  standingSlots,
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

export function writeRegistration(ledger: Ledger, node: Address, digest: Hex, record: RegistrationRecord): void {
  const { signer, from, level, tcbStatus, notBefore, until, evaluation, policy, revocations } = record
  const words = [
    BigInt(signer) | (from << 160n) | (BigInt(level) << 224n) | (BigInt(tcbStatus) << 232n),
    notBefore | (until << 64n) | (BigInt(evaluation) << 128n) | (BigInt(policy) << 160n) | (BigInt(revocations) << 192n),
    ...[record.measurement, record.mainMeasurement, record.platformId, record.evidenceHash, record.marks].map(BigInt),
  ]
  same(decodeRegistration(words), record)
  write(ledger, ADDRESSES.attestations, registrationSlots(node, digest), words)
}

export function writeStanding(ledger: Ledger, node: Address, standing: { current: Hex; leftAt: bigint }): void {
  const words = [BigInt(standing.current), standing.leftAt]
  same(decodeStanding(words), standing)
  write(ledger, ADDRESSES.attestations, standingSlots(node), words)
}

export function writePolicy(ledger: Ledger, number: number, policy: { data: Address; until: bigint; hash: Hex }): void {
  const words = [BigInt(policy.data) | (policy.until << 160n), BigInt(policy.hash)]
  same(decodePolicy(words), policy)
  write(ledger, ADDRESSES.attestations, policySlots(number), words)
}

export function writeRevocations(ledger: Ledger, found: { revocations: number; developmentRoots: Address }, revoked: readonly Hex[]): void {
  const word = BigInt(found.revocations) | (BigInt(found.developmentRoots) << 32n)
  same(decodeRevocations(word), found)
  write(ledger, ADDRESSES.attestations, [revocationsSlot], [word])
  for (const mark of revoked) write(ledger, ADDRESSES.attestations, [revokedAtSlot(mark)], [1n])
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
