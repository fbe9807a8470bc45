import { ADDRESSES, settlementAbi, wopgAbi } from '@opengradient/contracts'
import {
  BATCH_TYPES,
  type Batch,
  batchHash,
  bytesToHex,
  eip712Domain,
  type Hex,
  RECEIPT_TYPES,
  type Receipt,
  receiptHash,
} from '@opengradient/protocol'
import fc from 'fast-check'
import { domainSeparator, hashTypedData } from 'viem'
import { beforeEach, expect, test } from 'vitest'
import { read } from './calls.ts'
import { createWorld, type World } from './harness.ts'
import { AUTHORISATION_TYPES, hashOf, wopgDigest, wopgDomain } from './scenario.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const

const bytes = (length: number): fc.Arbitrary<Hex> => fc.uint8Array({ minLength: length, maxLength: length }).map(bytesToHex)
const receipts: fc.Arbitrary<Receipt> = fc.record({
  requestId: bytes(32),
  paymentId: bytes(32),
  modelId: bytes(32),
  requestHash: bytes(32),
  responseHash: bytes(32),
  executionHash: bytes(32),
  proofRef: bytes(32),
  level: fc.constantFrom(0 as const, 1 as const, 2 as const, 129 as const),
  node: bytes(20),
  payer: bytes(20),
  price: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  issuedAt: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})
const batches: fc.Arbitrary<Batch> = fc.record({
  node: bytes(20),
  root: bytes(32),
  count: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  total: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})

test('Settlement, the protocol package and viem hash every receipt alike', async () => {
  await fc.assert(
    fc.asyncProperty(receipts, async (message) => {
      const onChain = await read(world, { ...settlement, name: 'hashReceipt', args: [message] })
      expect(onChain).toBe(receiptHash(message, world.domain))
      expect(onChain).toBe(hashTypedData({ domain: eip712Domain(world.domain), types: RECEIPT_TYPES, primaryType: 'Receipt', message }))
    }),
    { numRuns: 100 },
  )
})

test('Settlement, the protocol package and viem hash every batch alike', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (message) => {
      const onChain = await read(world, { ...settlement, name: 'hashBatch', args: [message] })
      expect(onChain).toBe(batchHash(message, world.domain))
      expect(onChain).toBe(hashTypedData({ domain: eip712Domain(world.domain), types: BATCH_TYPES, primaryType: 'Batch', message }))
    }),
    { numRuns: 100 },
  )
})

test('the authorisations of these tests are the ones that viem signs', () => {
  const message = {
    from: `0x${'11'.repeat(20)}`,
    to: `0x${'22'.repeat(20)}`,
    value: 5n,
    validAfter: 0n,
    validBefore: 9n,
    nonce: hashOf('nonce'),
  } as const
  for (const primaryType of ['TransferWithAuthorization', 'ReceiveWithAuthorization'] as const) {
    const viems = hashTypedData({ domain: wopgDomain(world.chainId), types: AUTHORISATION_TYPES, primaryType, message })
    expect(wopgDigest(world.chainId, primaryType, message)).toBe(viems)
  }
})

test('the domains are the ones that wallets are shown', async () => {
  expect(await read(world, { ...settlement, name: 'domainSeparator', args: [] })).toBe(
    domainSeparator({ domain: eip712Domain(world.domain) }),
  )
  expect(await read(world, { abi: wopgAbi, to: ADDRESSES.wopg, name: 'DOMAIN_SEPARATOR', args: [] })).toBe(
    domainSeparator({ domain: wopgDomain(world.chainId) }),
  )
})
