import { encodeReceiptHeader, type Receipt, ZERO_HASH } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { Answer } from './entry.ts'
import { decodeRecord, encodeRecord, fromJson, type JournalRecord, toJson } from './record.ts'

const NODE = `0x${'aa'.repeat(20)}` as const
const RECEIPT: Receipt = {
  requestId: `0x${'01'.repeat(32)}`,
  paymentId: ZERO_HASH,
  modelId: ZERO_HASH,
  requestHash: ZERO_HASH,
  responseHash: ZERO_HASH,
  executionHash: ZERO_HASH,
  proofRef: ZERO_HASH,
  level: 0,
  node: NODE,
  payer: NODE,
  price: 5n,
  issuedAt: 1_790_000_000n,
}
const SIGNATURE = `0x${'11'.repeat(64)}1b` as const

function answered(contentType: string, headers: Answer['headers'], sealed?: number): JournalRecord {
  const parts = { receipt: RECEIPT, receiptHash: ZERO_HASH, signature: SIGNATURE, contentType, headers }
  const bytes = { execution: Uint8Array.of(1, 2), body: Uint8Array.of(3) }
  const answer = { ...parts, header: encodeReceiptHeader(RECEIPT, SIGNATURE), ...bytes, ...(sealed !== undefined && { sealed }) }
  return { type: 'answer', requestId: RECEIPT.requestId, requestHash: ZERO_HASH, answer }
}

const bytesOf = (record: JournalRecord): Buffer =>
  Buffer.concat(encodeRecord(record).map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))

const NONE = Object.freeze({})
const changing: Record<string, string> = { 'x-name': 'a' }

test('answers of any kind, one after the other, are read back as they were', () => {
  const records = [
    answered('application/json', NONE),
    answered('application/octet-stream', NONE),
    answered('application/json', NONE, 7),
    answered('application/json', Object.freeze({ 'og-seal': 'v1' })),
    answered('application/json', NONE),
    answered('text/é"\\', NONE),
    answered('application/json', Object.freeze({ 'x-name': '✓' })),
  ]
  for (const record of [...records, ...records]) expect(decodeRecord(bytesOf(record))).toEqual(record)
})

test('headers that were changed since the answer before are written as they are', () => {
  for (const name of ['a', 'b']) {
    changing['x-name'] = name
    const read = decodeRecord(bytesOf(answered('application/json', changing)))
    expect(read).toMatchObject({ answer: { headers: { 'x-name': name } } })
  }
})

test('JSON keeps bigints, wherever they are, and lists of whatever', () => {
  const value = { a: 1n, b: [2n, 'x', null, { c: -3n }], d: ['y', 'z'], e: { f: 2n ** 200n }, g: [], h: [['i', 4n]], j: true }
  expect(fromJson(toJson(value))).toEqual(value)
  expect(toJson({ a: undefined, b: 5n })).toBe('{"b":{"$n":"5"}}')
})
