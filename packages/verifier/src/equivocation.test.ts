import { type Receipt, receiptHash, type SignedReceipt, signDigest } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { aReceipt, DOMAIN, hashOf, receiptKey } from '../../protocol/src/testkit/samples.testkit.ts'
import { isEquivocation, type NodeKeys, whyNoEquivocation } from './equivocation.ts'

const WEEK = 604_800n
const UNTIL = 1_790_000_000n
const signed = (receipt: Receipt): SignedReceipt => ({
  receipt,
  signature: signDigest(receiptHash(receipt, DOMAIN), receiptKey.privateKey),
})
const first = signed(aReceipt())
const second = signed(aReceipt({ responseHash: hashOf('another answer') }))
const keys = (now: bigint, from = 1n, until = UNTIL): NodeKeys => ({ domain: DOMAIN, now, keyInterval: () => ({ from, until }) })

test('a retired key answers for another seven days, and the reason says until when', () => {
  expect(isEquivocation(first, second, keys(UNTIL + WEEK - 1n))).toBe(true)
  expect(whyNoEquivocation(first, second, keys(UNTIL + WEEK))).toMatch(
    /^the first is signed by 0x.* answered until 2026-09-28 14:13:20 UTC$/,
  )
})

test('a signature that no key can have made is told from one of a stranger', () => {
  const garbage = { ...second, signature: `0x${'ff'.repeat(65)}` } as const
  expect(whyNoEquivocation(first, garbage, keys(UNTIL))).toBe('no key can have made the signature of the second')
  expect(whyNoEquivocation(first, second, keys(UNTIL, 0n))).toMatch(/^the first is signed by 0x.*, which never was a key of node/)
})
