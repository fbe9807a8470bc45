import { Bloom } from '@ethereumjs/vm'
import { bytesToHex, type Hex, hexToBytes, keccak256, keccak256Hex, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogCriteria } from '../codec/filter.ts'
import { bloomTest } from './bloom.ts'
import { matches } from './match.ts'

const word = (name: string): Hex => keccak256Hex(utf8(name))
const account = (name: string): Hex => `0x${word(name).slice(26)}`
const bloomOf = (values: readonly Hex[]) => {
  const bloom = new Bloom()
  for (const value of values) bloom.add(hexToBytes(value))
  return bloom.bitvector
}

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const log = fc.record({
  address: fc.constantFrom(...names).map(account),
  topics: fc.array(fc.constantFrom(...names).map(word), { maxLength: 4 }),
  data: fc.constant<Hex>('0x'),
})
const setOf = (value: (name: string) => Hex, minLength: number) =>
  fc.array(fc.constantFrom(...names).map(value), { minLength, maxLength: 2 }).map((list) => new Set(list))
const criteria: fc.Arbitrary<LogCriteria> = fc.record({
  addresses: setOf(account, 0),
  topics: fc.array(fc.option(setOf(word, 1)), { maxLength: 4 }),
})

describe('the bloom test', () => {
  it('never skips a block that holds a matching log', () => {
    fc.assert(
      fc.property(log, fc.array(log, { maxLength: 5 }), criteria, (one, others, wanted) => {
        const logs = [one, ...others]
        const bloom = bloomOf(logs.flatMap(({ address, topics }) => [address, ...topics]))
        if (logs.some((item) => matches(item, wanted))) expect(bloomTest(wanted, keccak256)(bloom)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('skips blocks that hold something else, and blocks without logs', () => {
    const bloom = bloomOf([account('a'), word('x')])
    const wants = (addresses: string[], ...topics: (string | null)[]) =>
      bloomTest(
        { addresses: new Set(addresses.map(account)), topics: topics.map((name) => (name === null ? null : new Set([word(name)]))) },
        keccak256,
      )(bloom)
    expect(wants(['b'])).toBe(false)
    expect(wants(['a'], 'y')).toBe(false)
    expect(wants(['a'], null, 'y')).toBe(false)
    expect(wants(['a', 'b'], 'x')).toBe(true)
    expect(bloomTest({ addresses: new Set(), topics: [] }, keccak256)(new Uint8Array(256))).toBe(false)
    expect(bloomTest({ addresses: new Set(), topics: [] }, keccak256)(bloom)).toBe(true)
  })
})

describe('matching', () => {
  const emitted = { address: account('a'), topics: [word('x'), word('y')], data: '0x' as Hex }
  const fits = (addresses: string[], ...topics: (string[] | null)[]) =>
    matches(emitted, { addresses: new Set(addresses.map(account)), topics: topics.map((list) => list && new Set(list.map(word))) })

  it('wants one of the addresses and one of the topics at each position', () => {
    expect([fits([]), fits(['a']), fits(['b', 'a']), fits(['b'])]).toEqual([true, true, true, false])
    expect([fits([], ['x']), fits([], null, ['z', 'y']), fits([], ['y']), fits([], null, ['x'])]).toEqual([true, true, false, false])
  })

  it('asks for as many topics as it names, also where any will do', () => {
    expect([fits([], null, null), fits([], null, null, null)]).toEqual([true, false])
  })
})

it('agrees with the reference implementation bit for bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      const value = bytesToHex(bytes)
      const bloom = bloomOf([value])
      const test = bloomTest({ addresses: new Set([value]), topics: [] }, keccak256)
      expect(test(bloom)).toBe(true)
      for (let at = 0; at < bloom.length; at += 1) {
        const without = bloom.slice()
        for (const mask of [1, 2, 4, 8, 16, 32, 64, 128].filter((bit) => (bloom[at]! & bit) !== 0)) {
          without[at] = bloom[at]! & ~mask
          expect(test(without)).toBe(false)
        }
      }
    }),
    { numRuns: 50 },
  )
})
