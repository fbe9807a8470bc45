import { expect, test } from 'vitest'
import { leftOf, PayerReads } from './payerReads.ts'

const PAYER = `0x${'12'.repeat(20)}` as const
const NONCE = `0x${'34'.repeat(32)}` as const

/** Has paid 3 here before. */
const KNOWN = { settled: () => 3n, need: () => 1n, trusted: true }

/** A full node that answers when it is told to. */
function slowNode() {
  const waiting: ((answer: { balance: bigint; nonceUsed: boolean }) => void)[] = []
  const failing: ((error: Error) => void)[] = []
  const read = () =>
    new Promise<{ balance: bigint; nonceUsed: boolean }>((resolve, reject) => {
      waiting.push(resolve)
      failing.push(reject)
    })
  const next = () => [waiting.shift()!, failing.shift()!] as const
  return { read, answer: (balance: bigint, nonceUsed = false) => next()[0]({ balance, nonceUsed }), fail: () => next()[1](new Error('no')) }
}

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a new payer is waited for, however long it takes', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 1 })
  let facts: unknown
  const asked = reads.facts(PAYER, NONCE, { ...KNOWN, trusted: false }).then((found) => {
    facts = found
  })
  await soon(20)
  expect(facts).toBeUndefined()
  node.answer(5n)
  await asked
  expect(facts).toEqual({ balance: 5n, settled: 3n, nonce: { is: 'fresh' } })
})

test('a known payer is waited for a moment; then the balance last seen counts, and the nonce is known later', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 5 })
  const first = reads.facts(PAYER, NONCE, KNOWN)
  node.answer(7n)
  expect((await first).balance).toBe(7n)
  const second = await reads.facts(PAYER, NONCE, KNOWN)
  expect(second).toEqual({ balance: 7n, settled: 3n, nonce: { is: 'unknown' } })
  node.answer(1n, true)
  await soon(1)
  expect(second.nonce.is).toBe('used')
})

test('an answer in time is used', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 1000 })
  const first = reads.facts(PAYER, NONCE, KNOWN)
  node.answer(7n)
  await first
  const second = reads.facts(PAYER, NONCE, KNOWN)
  node.answer(3n, true)
  expect(await second).toEqual({ balance: 3n, settled: 3n, nonce: { is: 'used' } })
})

test('a balance that is too old is not used', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 1, balanceMs: 5 })
  const first = reads.facts(PAYER, NONCE, KNOWN)
  node.answer(7n)
  await first
  await soon(10)
  const second = reads.facts(PAYER, NONCE, KNOWN)
  await soon(10)
  node.answer(2n)
  expect((await second).balance).toBe(2n)
})

test('a full node that fails is an error for who waits for it, and none for who does not', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 2 })
  const waiting = reads.facts(PAYER, NONCE, { ...KNOWN, trusted: false })
  node.fail()
  await expect(waiting).rejects.toThrow('no')
  const first = reads.facts(PAYER, NONCE, KNOWN)
  node.answer(7n)
  await first
  const second = await reads.facts(PAYER, NONCE, KNOWN)
  node.fail()
  await soon(2)
  expect(second.nonce.is).toBe('unknown')
})

test('what was collected since a balance was seen is gone from it, and who has little left is waited for', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 1 })
  let settled = 3n
  const here = { ...KNOWN, settled: () => settled, need: () => 2n }
  const first = reads.facts(PAYER, NONCE, here)
  settled = 4n
  node.answer(7n)
  expect(leftOf(await first, settled)).toBe(6n)
  settled = 8n
  const second = await reads.facts(PAYER, NONCE, here)
  expect(leftOf(second, settled)).toBe(2n)
  node.answer(2n)
  settled = 9n
  const third = reads.facts(PAYER, NONCE, here)
  node.answer(1n)
  expect(await third).toEqual({ balance: 1n, settled: 9n, nonce: { is: 'fresh' } })
  settled = 11n
  expect(leftOf(await third, settled)).toBe(0n)
})
