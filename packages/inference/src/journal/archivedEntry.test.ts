import { bytesToHex, type Hex } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { archived } from './archive.ts'
import { isPacked, packBatch, packEntry, packedBatchTime, unpackBatch, unpackEntry } from './archivedEntry.ts'
import { type CommittedBatch, type Entry, STATES } from './entry.ts'

const hex = (length: number): fc.Arbitrary<Hex> => fc.uint8Array({ minLength: length, maxLength: length }).map(bytesToHex)
const bytes: fc.Arbitrary<Hex> = fc.uint8Array({ maxLength: 300 }).map(bytesToHex)
const number = fc.nat({ max: 2 ** 48 - 1 })
const integer = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const word = hex(32)

const reservation: fc.Arbitrary<NonNullable<Entry['reservation']>> = fc.record(
  {
    requestId: word,
    requestHash: word,
    modelId: word,
    paymentId: word,
    payer: hex(20),
    value: integer,
    nonce: word,
    validAfter: integer,
    validBefore: integer,
    signature: bytes,
    settleFirst: fc.constant(true as const),
  },
  {
    requiredKeys: ['requestId', 'requestHash', 'modelId', 'paymentId', 'payer', 'value', 'nonce', 'validAfter', 'validBefore', 'signature'],
  },
)

const entry: fc.Arbitrary<Entry> = fc
  .record(
    {
      requestId: word,
      requestHash: word,
      state: fc.constantFrom(...STATES),
      reservation,
      answer: fc.record({ at: fc.record({ segment: number, offset: number, length: number }), receiptHash: word, price: integer }),
      sequence: integer,
      anchoredAt: number,
      settlement: fc.record({ tx: word, block: number }),
      proveUntil: number,
      reason: fc.string({ unit: 'grapheme', maxLength: 2_000 }),
      segment: number,
    },
    { requiredKeys: ['requestId', 'requestHash', 'state', 'segment'] },
  )
  .map((each) => {
    const { requestId, requestHash } = each
    return each.reservation ? { ...each, reservation: { ...each.reservation, requestId, requestHash } } : each
  })

const batch: fc.Arbitrary<CommittedBatch> = fc.record({
  batch: fc.record({ node: hex(20), root: word, count: number, total: integer, sequence: integer }),
  requestIds: fc.array(word),
  receiptHashes: fc.array(word),
  commit: fc.record({ signature: bytes, tx: word, block: number, at: number }),
})

test('every entry comes back as it was, after whatever was laid out before', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const packed = entries.map(packEntry)
      expect(packed.every(isPacked)).toBe(true)
      expect(packed.map((value, i) => unpackEntry(entries[i]!.requestId, value))).toEqual(entries.map(archived))
    }),
  )
})

test('every batch comes back as it was, and its time without the rest', () => {
  fc.assert(
    fc.property(batch, (one) => {
      const packed = packBatch(one)
      expect(unpackBatch(packed)).toEqual(one)
      expect(packedBatchTime(packed)).toBe(one.commit.at)
    }),
  )
})

test('bytes that were cut off are not taken for an entry', () => {
  fc.assert(
    fc.property(entry, fc.nat(), (one, cut) => {
      const packed = packEntry(one)
      expect(() => unpackEntry(one.requestId, packed.subarray(0, cut % packed.length))).toThrow(RangeError)
    }),
  )
})
