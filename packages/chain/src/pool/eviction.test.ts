import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Address } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Evictions, isWorse, type Weighed } from './eviction.ts'
import { tipOf } from './order.ts'
import { SenderQueue } from './sender.ts'
import type { PoolTransaction } from './transaction.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const address = (index: number): Address => `0x${index.toString(16).padStart(40, '0')}`

/** What of these is given up first, found the long way: what can run is worth the least of its sender's that run before it, and its own. */
function worst(senders: Iterable<SenderQueue>, baseFee: bigint): Weighed | undefined {
  const all = [...senders].flatMap((sender): Weighed[] => {
    const transaction = sender.last()
    if (!transaction) return []
    const queued = sender.queued().includes(transaction)
    const tips = (queued ? [transaction] : sender.executable()).map((one) => tipOf(one, baseFee))
    return [{ transaction, queued, tip: tips.reduce((least, tip) => (tip < least ? tip : least)) }]
  })
  return all.reduce<Weighed | undefined>((found, next) => (!found || isWorse(next, found) ? next : found), undefined)
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), sender: fc.nat(150), nonce: fc.nat(6), fee: fc.nat(30) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('evict' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), sender: fc.nat(150), nonce: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), sender: fc.nat(150), nonce: fc.nat(6), baseFee: fc.nat(20) }) },
)

it('a full pool gives up the worst of all, however many came and went since it looked', () => {
  let evicted = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 200, maxLength: 600 }), (steps) => {
      const senders = new Map<Address, SenderQueue>()
      const evictions = new Evictions(senders, 16)
      let baseFee = 7n
      for (const [arrival, one] of steps.entries()) {
        if (one.do === 'evict') {
          const victim = evictions.next(baseFee)
          expect(victim).toEqual(worst(senders.values(), baseFee))
          if (!victim) continue
          evicted++
          const { sender, nonce } = victim.transaction
          senders.get(sender)!.remove(nonce)
          if (senders.get(sender)!.size === 0) senders.delete(sender)
          evictions.changed(sender)
          continue
        }
        const sender = address(one.sender)
        const queue = senders.get(sender) ?? new SenderQueue(0n)
        if (one.do === 'put') {
          if (one.nonce < queue.nonce) continue // refused by the pool: it has been used
          const fee = BigInt(one.fee)
          queue.put({
            sender,
            nonce: BigInt(one.nonce),
            maxFeePerGas: fee,
            maxPriorityFeePerGas: fee,
            maxCost: 1n,
            arrival,
          } as PoolTransaction)
          senders.set(sender, queue)
        } else if (one.do === 'remove') queue.remove(BigInt(one.nonce))
        else {
          queue.moveTo(BigInt(one.nonce))
          baseFee = BigInt(one.baseFee)
          evictions.forget()
        }
        if (queue.size === 0) senders.delete(sender)
        evictions.changed(sender)
      }
    }),
    { numRuns: 200 },
  )
  expect(evicted).toBeGreaterThan(1_000)
})

it('transactions that the pool has given up are not held any longer: replaced ones, and what a block has taken', async () => {
  const senders = new Map<Address, SenderQueue>()
  const evictions = new Evictions(senders)
  const given: WeakRef<PoolTransaction>[] = []
  const put = (index: number, fee: bigint) => {
    const sender = address(index)
    const queue = senders.get(sender) ?? new SenderQueue(0n)
    const transaction = { sender, nonce: 0n, maxFeePerGas: fee, maxPriorityFeePerGas: fee, maxCost: 1n, arrival: index } as PoolTransaction
    given.push(new WeakRef(transaction))
    queue.put(transaction)
    senders.set(sender, queue)
    evictions.changed(sender)
  }
  const held = async () => {
    for (let i = 0; i < 5; i++) {
      await setTimeout(20)
      collect()
    }
    return given.filter((one) => one.deref()).length
  }
  for (let index = 0; index < 100; index++) put(index, 10n)
  evictions.next(7n)
  for (let fee = 11n; fee < 15n; fee++) for (let index = 0; index < 100; index++) put(index, fee)
  expect(await held()).toBe(100)
  senders.clear()
  evictions.forget()
  expect(await held()).toBe(0)
})
