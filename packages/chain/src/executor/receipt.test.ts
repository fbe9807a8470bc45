import { bytesToHex, type Hex } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { encodeRlp } from '../trie/encode.ts'
import { packReceipts, type ReceiptRecord, unpackPayments, unpackReceipts } from './receipt.ts'

const { keccak } = await loadCrypto()
const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value): Hex => bytesToHex(value))
const log = fc.tuple(
  fc.uint8Array({ minLength: 20, maxLength: 20 }),
  fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 4 }),
  fc.uint8Array({ maxLength: 300 }),
)
const record = fc.record<ReceiptRecord>({
  transactionHash: hex(32),
  type: fc.constantFrom(0, 1, 2, 4),
  from: hex(20),
  to: fc.option(hex(20), { nil: undefined }),
  contractAddress: fc.option(hex(20), { nil: undefined }),
  status: fc.constantFrom<0 | 1>(0, 1),
  cumulativeGasUsed: fc.bigInt(21_000n, 60_000_000n),
  effectiveGasPrice: fc.bigInt(0n, 2n ** 256n - 1n),
  logs: fc.array(log, { maxLength: 5 }),
})

describe('what the transactions of a block paid', () => {
  it('is what their receipts say', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const packed = packReceipts(records)
        const said = unpackReceipts(packed, keccak).map(({ gasUsed, effectiveGasPrice }) => ({ gasUsed, effectiveGasPrice }))
        expect(unpackPayments(packed)).toEqual(said)
      }),
    )
  })

  it('is found without a look at their logs, of which a block may hold 160,000', () => {
    const noLog = Uint8Array.of(1)
    const packed = encodeRlp([[new Uint8Array(32), 2n, 1n, 21_000n, new Uint8Array(20), new Uint8Array(), new Uint8Array(), 7n, noLog]])
    expect(() => unpackReceipts(packed, keccak)).toThrow()
    expect(unpackPayments(packed)).toEqual([{ gasUsed: 21_000n, effectiveGasPrice: 7n }])
  })
})
