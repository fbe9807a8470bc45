import fc from 'fast-check'
import { type Address, bytesToHex, type Hex, type Receipt, type RlpItem } from '../index.ts'

/** Hex of exactly `length` bytes. */
export const hexOf = (length: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => bytesToHex(bytes))

export const hash32: fc.Arbitrary<Hex> = hexOf(32)
export const address20: fc.Arbitrary<Address> = hexOf(20)

/** Unsigned integers below 2^bits, small ones and those at the edge often. */
export const uintOf = (bits: number): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }),
    fc.bigInt({ min: 0n, max: 255n }),
    fc.constant((1n << BigInt(bits)) - 1n),
  )

/** Receipts of any content; the fields need not agree with each other. */
export const receipts: fc.Arbitrary<Receipt> = fc.record({
  requestId: hash32,
  paymentId: hash32,
  modelId: hash32,
  requestHash: hash32,
  responseHash: hash32,
  executionHash: hash32,
  proofRef: hash32,
  level: fc.constantFrom(0 as const, 1 as const, 2 as const, 129 as const),
  node: address20,
  payer: address20,
  price: uintOf(256),
  issuedAt: uintOf(64),
})

/** RLP items, nested a few levels. */
export const rlpItems: fc.Arbitrary<RlpItem> = fc.letrec<{ item: RlpItem; list: RlpItem[] }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 80 }), tie('list')),
  list: fc.array(tie('item'), { maxLength: 6 }),
})).item
