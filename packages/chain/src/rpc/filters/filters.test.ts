import type { Hex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { Chain, Transaction } from '../../chain.ts'
import type { RpcError } from '../codec/error.ts'
import { Filters, SHARED_OWNER } from './filters.ts'

/** The two things that filters ask of a chain: its head's height, and word of new transactions. */
function setUp(limits = { maxFilters: 2, filterSeconds: 60 }) {
  let now = 1_000
  let ids = 0
  const listeners = new Set<(transaction: Transaction) => void>()
  const chain = {
    head: () => ({ height: 7n }),
    pool: {
      onTransaction: (listener: (transaction: Transaction) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  } as unknown as Chain
  const filters = new Filters(
    chain,
    limits,
    () => now,
    () => `0x${(++ids).toString(16)}` as Hex,
  )
  return {
    filters,
    listeners,
    pass: (seconds: number) => {
      now += seconds
    },
    send: (hash: Hex) => {
      for (const listener of listeners) listener({ hash } as Transaction)
    },
  }
}

const code = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return (error as RpcError).code
  }
  return undefined
}

describe('filters', () => {
  it('begin at the head', () => {
    const { filters } = setUp()
    expect(filters.poll(filters.add('a', { kind: 'blocks' })).seen).toBe(7n)
  })

  it('are forgotten when nobody polls them, and kept by polling', () => {
    const { filters, pass } = setUp()
    const [polled, left] = [filters.add('a', { kind: 'blocks' }), filters.add('a', { kind: 'blocks' })]
    pass(60)
    filters.poll(polled)
    pass(60)
    filters.poll(polled)
    expect(code(() => filters.poll(left))).toBe(-32000)
  })

  it('are limited for each owner, and expired ones do not count', () => {
    const { filters, pass } = setUp()
    for (let count = 0; count < 2; count += 1) filters.add('a', { kind: 'blocks' })
    expect(code(() => filters.add('a', { kind: 'blocks' }))).toBe(-32005)
    filters.add('b', { kind: 'blocks' })
    for (let count = 0; count < 20; count += 1) filters.add(SHARED_OWNER, { kind: 'blocks' })
    expect(code(() => filters.add(SHARED_OWNER, { kind: 'blocks' }))).toBe(-32005)
    pass(61)
    filters.add('a', { kind: 'blocks' })
  })

  it('end with their connection, and when they are removed', () => {
    const { filters } = setUp()
    const [mine, yours] = [filters.add('a', { kind: 'blocks' }), filters.add('b', { kind: 'blocks' })]
    filters.removeOwner('a')
    expect(code(() => filters.poll(mine))).toBe(-32000)
    expect([filters.remove(yours), filters.remove(yours)]).toEqual([true, false])
  })

  it('of transactions answer each hash once, and ten thousand at most', () => {
    const { filters, send } = setUp()
    send('0xaa')
    const id = filters.add('a', { kind: 'transactions' })
    const fresh = () => filters.freshTransactions(filters.poll(id))
    expect(fresh()).toEqual([])
    send('0xbb')
    const late = filters.add('b', { kind: 'transactions' })
    send('0xcc')
    expect([fresh(), fresh()]).toEqual([['0xbb', '0xcc'], []])
    expect(filters.freshTransactions(filters.poll(late))).toEqual(['0xcc'])
    for (const count of [1, 9_999, 10_001, 10_001, 25_000]) {
      for (let index = 0; index < count; index += 1) send(`0x${index.toString(16)}`)
      const hashes = fresh()
      expect([hashes.length, hashes.at(-1)]).toEqual([Math.min(count, 10_000), `0x${(count - 1).toString(16)}`])
    }
  })

  it('stop listening when the server closes', () => {
    const { filters, listeners } = setUp()
    filters.close()
    expect(listeners.size).toBe(0)
  })
})
