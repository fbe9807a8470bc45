import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import { eip712Domain } from '../receipt/domain.ts'
import { address20, hash32, uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { DOMAIN, hashOf } from '../testkit/samples.testkit.ts'
import { BATCH_TYPES, type Batch, batchHash, batchToJson, parseBatch } from './batch.ts'

const batches: fc.Arbitrary<Batch> = fc.record({
  node: address20,
  root: hash32,
  count: fc.integer({ min: 1, max: 0xffffffff }),
  total: uintOf(256),
  sequence: uintOf(64),
})

const batch: Batch = { node: `0x${'ab'.repeat(20)}`, root: hashOf('root'), count: 2, total: 5n, sequence: 0n }

describe('a batch', () => {
  it('has the digest that a wallet library computes from BATCH_TYPES', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const expected = hashTypedData({ domain: eip712Domain(DOMAIN), types: BATCH_TYPES, primaryType: 'Batch', message: batch })
        expect(batchHash(batch, DOMAIN)).toBe(expected)
      }),
    )
  })

  it('comes back from JSON as it was', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        expect(parseBatch(JSON.parse(JSON.stringify(batchToJson(batch))))).toEqual(batch)
      }),
    )
  })

  it('has another digest for another chain, and for every changed field', () => {
    const changes: Partial<Batch>[] = [
      {},
      { node: `0x${'ac'.repeat(20)}` },
      { root: hashOf('other') },
      { count: 3 },
      { total: 6n },
      { sequence: 1n },
    ]
    const hashes = changes.map((change) => batchHash({ ...batch, ...change }, DOMAIN))
    hashes.push(batchHash(batch, { ...DOMAIN, chainId: 1n }))
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it.each([
    ['no leaves', { count: 0 }],
    ['a count that is no whole number', { count: 1.5 }],
    ['a count beyond 32 bits', { count: 2 ** 32 }],
    ['a count as text', { count: '2' }],
    ['a total as number', { total: 5 }],
    ['a negative total', { total: '-5' }],
    ['a sequence beyond 64 bits', { sequence: (1n << 64n).toString() }],
    ['a short root', { root: '0xab' }],
    ['an unknown field', { extra: true }],
    ['a missing field', { node: undefined }],
  ])('is refused with %s', (_, change) => {
    refusal(() => parseBatch(JSON.parse(JSON.stringify({ ...batchToJson(batch), ...change }))), 'BATCH_MALFORMED')
  })
})
