import { expect, test } from 'vitest'
import { PayerReads } from './payerReads.ts'

const PAYER = `0x${'12'.repeat(20)}` as const
const NONCE = `0x${'34'.repeat(32)}` as const

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
  const asked = reads.facts(PAYER, NONCE, false).then((found) => {
    facts = found
  })
  await soon(20)
  expect(facts).toBeUndefined()
  node.answer(5n)
  await asked
  expect(facts).toEqual({ balance: 5n, nonce: { is: 'fresh' } })
})

test('a known payer is waited for a moment; then the balance last seen counts, and the nonce is known later', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 5 })
  const first = reads.facts(PAYER, NONCE, true)
  node.answer(7n)
  expect((await first).balance).toBe(7n)
  const second = await reads.facts(PAYER, NONCE, true)
  expect(second).toEqual({ balance: 7n, nonce: { is: 'unknown' } })
  node.answer(1n, true)
  await soon(1)
  expect(second.nonce.is).toBe('used')
})

test('an answer in time is used', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 1000 })
  const first = reads.facts(PAYER, NONCE, true)
  node.answer(7n)
  await first
  const second = reads.facts(PAYER, NONCE, true)
  node.answer(3n, true)
  expect(await second).toEqual({ balance: 3n, nonce: { is: 'used' } })
})

test('a balance that is too old is not used', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 1, balanceMs: 5 })
  const first = reads.facts(PAYER, NONCE, true)
  node.answer(7n)
  await first
  await soon(10)
  const second = reads.facts(PAYER, NONCE, true)
  await soon(10)
  node.answer(2n)
  expect((await second).balance).toBe(2n)
})

test('a full node that fails is an error for who waits for it, and none for who does not', async () => {
  const node = slowNode()
  const reads = new PayerReads({ read: node.read, patienceMs: 2 })
  const waiting = reads.facts(PAYER, NONCE, false)
  node.fail()
  await expect(waiting).rejects.toThrow('no')
  const first = reads.facts(PAYER, NONCE, true)
  node.answer(7n)
  await first
  const second = await reads.facts(PAYER, NONCE, true)
  node.fail()
  await soon(2)
  expect(second.nonce.is).toBe('unknown')
})
