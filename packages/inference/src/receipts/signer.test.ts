import { randomBytes } from 'node:crypto'
import {
  addressOf,
  type Batch,
  batchHash,
  bytesToHex,
  decodeReceiptHeader,
  type ExecutionRecord,
  encodeExecution,
  encodeReceiptHeader,
  type Receipt,
  receiptHash,
  recoverAddress,
  requestHashOf,
  sha256,
  signDigest,
} from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { executionBytes } from './executionBytes.ts'
import { randomPool } from './randomPool.ts'
import { requestHash, requestHead } from './requestHash.ts'
import { ReceiptSigner, sha256Hex } from './signer.ts'

const KEY = new Uint8Array(32).fill(9)
const DOMAIN = { chainId: 7_000_000_000n, settlement: `0x${'4f'.repeat(20)}` } as const

beforeAll(installFastCrypto)

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((b) => bytesToHex(b))
const receipts: fc.Arbitrary<Receipt> = fc.record({
  requestId: bytes(32),
  paymentId: bytes(32),
  modelId: bytes(32),
  requestHash: bytes(32),
  responseHash: bytes(32),
  executionHash: bytes(32),
  proofRef: bytes(32),
  level: fc.constantFrom(0, 1, 2, 129),
  node: bytes(20),
  payer: bytes(20),
  price: fc.bigInt(0n, 2n ** 256n - 1n),
  issuedAt: fc.bigInt(0n, 2n ** 64n - 1n),
})

test('hash, signature and header are those of the protocol package', () => {
  const signer = new ReceiptSigner(KEY, DOMAIN)
  fc.assert(
    fc.property(receipts, (receipt) => {
      const signed = signer.receipt(receipt)
      expect(signed.receiptHash).toBe(receiptHash(receipt, DOMAIN))
      expect(signed.signature).toBe(signDigest(signed.receiptHash, KEY))
      expect(signed.header).toBe(encodeReceiptHeader(receipt, signed.signature))
      expect(decodeReceiptHeader(signed.header)).toEqual({ receipt, signature: signed.signature })
      expect(recoverAddress(signed.receiptHash, signed.signature)).toBe(signer.address)
    }),
    { numRuns: 200 },
  )
})

test('what receipts have in common with the one before is that of this one, also behind one that cannot be', () => {
  const signer = new ReceiptSigner(KEY, DOMAIN)
  const members = fc.subarray(['requestId', 'paymentId', 'proofRef', 'level', 'node', 'payer', 'price', 'issuedAt'] as const)
  let receipt: Receipt | undefined
  fc.assert(
    fc.property(receipts, members, fc.boolean(), (other, changed, broken) => {
      if (receipt && broken) expect(() => signer.receipt({ ...other, issuedAt: -1n })).toThrow(RangeError)
      receipt = { ...(receipt ?? other), ...Object.fromEntries(changed.map((name) => [name, other[name]])) }
      const signed = signer.receipt(receipt)
      expect(signed.receiptHash).toBe(receiptHash(receipt, DOMAIN))
      expect(signed.header).toBe(encodeReceiptHeader(receipt, signed.signature))
    }),
    { numRuns: 300 },
  )
})

test('no member of one receipt stays in the next, whichever of them differ', () => {
  const signer = new ReceiptSigner(KEY, DOMAIN)
  fc.assert(
    fc.property(receipts, receipts, (one, other) => {
      const names = Object.keys(one) as (keyof Receipt)[]
      for (const receipt of [one, ...names.flatMap((name) => [{ ...one, [name]: other[name] }, one]), other, one])
        expect(signer.receipt(receipt).receiptHash).toBe(receiptHash(receipt, DOMAIN))
    }),
    { numRuns: 10 },
  )
})

test('a batch is signed by the same key', () => {
  const signer = new ReceiptSigner(KEY, DOMAIN)
  const batch: Batch = { node: `0x${'aa'.repeat(20)}`, root: `0x${'bb'.repeat(32)}`, count: 3, total: 5n, sequence: 9n }
  expect(recoverAddress(batchHash(batch, DOMAIN), signer.batch(batch))).toBe(addressOf(KEY))
})

const names = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.constantFrom('10', '9', 'é', 'Z', 'a', '\u{1f600}'))
const records: fc.Arbitrary<ExecutionRecord> = fc.record({
  v: fc.constant(1 as const),
  endpoint: fc.constantFrom('/v2/models/a/infer', '/v2/models/%22/infer?x="1"\\'),
  contentType: fc.constantFrom('', 'application/json', 'application/json; charset="utf-8"'),
  model: fc.record({ modelId: bytes(32), files: fc.array(fc.record({ path: names, sha256: bytes(32) }), { maxLength: 2 }) }),
  engine: fc.record({ name: names, version: names, digest: bytes(32) }),
  environment: fc.record({ device: names, fingerprint: names }),
  class: fc.constantFrom('exact', 'exact-env', 'tolerance', 'attested-only'),
  parameters: fc.dictionary(
    names.filter((name) => name !== '__proto__'),
    fc.oneof(names, fc.integer(), fc.boolean()),
  ),
  added: fc.array(names, { maxLength: 3 }),
  dropped: fc.array(names, { maxLength: 3 }),
  usage: fc.constantFrom(
    [{ unit: 'request' as const, units: '1' }],
    [
      { unit: 'request' as const, units: '1' },
      { unit: 'byte' as const, units: '90071992547409921' },
    ],
  ),
  quote: fc.constantFrom([], [{ unit: 'request' as const, rate: '123', source: 'chain' as const }]),
  finish: fc.constantFrom('stop', 'length', 'error'),
  data: fc.array(bytes(32), { maxLength: 2 }),
  salt: bytes(32),
  startedAt: fc.nat().map(String),
  durationUs: fc.nat(),
})

test('execution records have the bytes of the protocol package', () => {
  fc.assert(
    fc.property(records, (record) => {
      const { v, quote, salt, ...facts } = record
      expect(executionBytes(facts, quote, salt).toString()).toBe(Buffer.from(encodeExecution(record)).toString())
    }),
  )
})

test('so have records of requests that share their frozen parts with others, in any order', () => {
  const two = fc.tuple(records, records).map((both) => both.map((record) => ({ ...frozen(record), added: [], dropped: [], data: [] })))
  const own = fc.record({ which: fc.nat(1), durationUs: fc.nat(), startedAt: fc.nat().map(String), salt: bytes(32), other: fc.nat(4) })
  fc.assert(
    fc.property(two, fc.array(own, { maxLength: 12 }), (shared, requests) => {
      for (const { which, other, ...rest } of requests) {
        const over = [{}, { endpoint: '/other' }, { contentType: 'text/other' }, { finish: 'error' as const }, { class: 'exact' as const }][
          other
        ]
        const record: ExecutionRecord = { ...shared[which]!, ...rest, ...over }
        const { v, quote, salt, ...facts } = record
        expect(executionBytes(facts, quote, salt).toString()).toBe(Buffer.from(encodeExecution(record)).toString())
      }
    }),
  )
})

/** The same, and nothing of it can be changed. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}

test('an execution record that is no proper Unicode is refused as the protocol package refuses it', () => {
  const [record] = fc.sample(records, 1)
  const broken = { ...record!, parameters: { text: 'half \ud800' } }
  expect(() => encodeExecution(broken)).toThrow()
  expect(() => executionBytes(broken, broken.quote, broken.salt)).toThrow()
})

test('request hashes are those of the protocol package, and a bad head is refused each time', () => {
  const heads = fc.record({
    method: fc.constantFrom('POST', 'GET'),
    path: fc.constantFrom('/v2/models/a/infer', '/x?y=z'),
    contentType: fc.constantFrom('', 'application/json'),
    body: fc.uint8Array({ maxLength: 300 }),
  })
  fc.assert(
    fc.property(heads, fc.option(fc.nat(1000), { nil: undefined }), (head, headerLength) => {
      const parts = { ...head, ...(headerLength !== undefined && { headerLength }) }
      expect(requestHash(requestHead(parts), parts.body)).toBe(requestHashOf(parts))
      expect(requestHash(requestHead(parts), parts.body)).toBe(requestHashOf(parts))
    }),
  )
  for (let i = 0; i < 2; i++) {
    expect(() => requestHead({ method: 'POST', path: '/a\nb', contentType: '' })).toThrow('path')
  }
})

test('the random pool hands nothing out twice', () => {
  let calls = 0
  const draw = randomPool((length) => {
    calls++
    return randomBytes(length)
  })
  const seen = new Set(Array.from({ length: 2000 }, () => draw()))
  expect(seen.size).toBe(2000)
  for (const drawn of seen) expect(drawn).toMatch(/^[0-9a-f]{64}$/)
  expect(calls).toBe(4)
})

test('sha256Hex is SHA-256', () => {
  expect(sha256Hex(Uint8Array.of(1, 2))).toBe(bytesToHex(sha256(Uint8Array.of(1, 2))))
})
