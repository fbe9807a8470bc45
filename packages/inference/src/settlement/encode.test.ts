import { settlementAbi } from '@opengradient/contracts'
import { bytesToHex, type ReceiptLevel } from '@opengradient/protocol'
import fc from 'fast-check'
import { encodeFunctionData, getAbiItem, toFunctionSelector } from 'viem'
import { expect, test } from 'vitest'
import { ENTRY_BYTES, encodeSettleMany, type SettleEntry } from './encode.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((b) => bytesToHex(b))
const uint = (bits: bigint) => fc.bigInt(0n, 2n ** bits - 1n)
const entries: fc.Arbitrary<SettleEntry> = fc.record({
  receipt: fc.record({
    requestId: bytes(32),
    paymentId: bytes(32),
    modelId: bytes(32),
    requestHash: bytes(32),
    responseHash: bytes(32),
    executionHash: bytes(32),
    proofRef: bytes(32),
    level: fc.constantFrom<ReceiptLevel>(0, 1, 2, 129),
    node: bytes(20),
    payer: bytes(20),
    price: uint(256n),
    issuedAt: uint(64n),
  }),
  signature: bytes(65),
  payment: fc.record({ validAfter: uint(256n), validBefore: uint(256n), nonce: bytes(32), signature: bytes(65) }),
})

const SELECTOR = toFunctionSelector(getAbiItem({ abi: settlementAbi, name: 'settleMany' }))

test('call data is what viem encodes from the ABI', () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 6 }), (list) => {
      const args = [list.map((e) => e.receipt), list.map((e) => e.signature), list.map((e) => e.payment)] as const
      expect(bytesToHex(encodeSettleMany(SELECTOR, list))).toBe(
        encodeFunctionData({ abi: settlementAbi, functionName: 'settleMany', args }),
      )
    }),
  )
})

test('each further entry takes ENTRY_BYTES', () => {
  const list = fc.sample(entries, 3)
  expect(encodeSettleMany(SELECTOR, list).length - encodeSettleMany(SELECTOR, list.slice(0, 2)).length).toBe(ENTRY_BYTES)
})
