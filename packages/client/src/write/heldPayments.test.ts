import { decodeZkProofInput, hexToBytes, type Receipt, type ZkProofInput } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { challengeDeposit, heldPaymentCalls, MAX_ON_CHAIN_PROOF_INPUT, penaltyOf } from './heldPayments.ts'

const hash = `0x${'ab'.repeat(32)}` as const
const account = `0x${'cd'.repeat(20)}` as const
const receipt: Receipt = {
  ...{ requestId: hash, paymentId: hash, modelId: hash, requestHash: hash, responseHash: hash, executionHash: hash, proofRef: hash },
  ...{ level: 2, node: account, payer: account, price: 1n, issuedAt: 1n },
}
const none = new Uint8Array()
const input: ZkProofInput = {
  zkModelId: new Uint8Array(32),
  manifest: none,
  ir: none,
  weights: none,
  x: none,
  y: none,
  ctx: none,
  proof: none,
}

test('the largest input fits into a transaction with its receipt, fees and signature', () => {
  const head = 32 * 15
  const full = { ...input, proof: new Uint8Array(MAX_ON_CHAIN_PROOF_INPUT - head) }
  const { data } = heldPaymentCalls.prove(receipt, full)
  expect(hexToBytes(data!).length + 200).toBeLessThanOrEqual(512 * 1024)
  // Selector, receipt, offset and length stand before the input.
  const bytes = hexToBytes(data!).subarray(4 + 32 * 14)
  expect(decodeZkProofInput(bytes.subarray(0, MAX_ON_CHAIN_PROOF_INPUT)).proof).toHaveLength(full.proof.length)
})

test('a deposit is enough for a base fee that doubles, and is there without one', () => {
  const least = (baseFee: bigint) => 60_000_000n * (2n * baseFee + 10n ** 9n)
  for (const baseFeePerGas of [0n, 7n, 10n ** 9n, 10n ** 12n])
    expect(challengeDeposit({ baseFeePerGas })).toBeGreaterThanOrEqual(least(2n * baseFeePerGas))
  expect(challengeDeposit({})).toBe(least(0n))
})

test('ten times a price answers for it, and what makes the smallest worth its gas', () => {
  expect([0n, 10n ** 16n, 10n ** 16n + 1n].map(penaltyOf)).toEqual([10n ** 17n, 10n ** 17n, 10n ** 17n + 10n])
})
