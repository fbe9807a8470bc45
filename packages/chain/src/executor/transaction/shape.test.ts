import { concatBytes, decodeRlp, isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Encodable, encodeRlp } from '../../trie/encode.ts'
import { MAX_TRANSACTION_BYTES } from '../rules.ts'
import { layoutOf, typeOf } from './layout.ts'
import { shapeOf } from './shape.ts'
import { strictItemAt } from './strictRlp.ts'

const refusal = (act: () => unknown): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    if (isOgError(error, 'RLP_MALFORMED')) return error.message
    throw error
  }
}

describe('an RLP item', () => {
  const { list } = fc.letrec<{ list: Encodable; item: Encodable }>((tie) => ({
    list: fc.array(tie('item'), { maxLength: 4 }),
    item: fc.oneof({ depthSize: 'small' }, fc.uint8Array({ maxLength: 70 }), tie('list')),
  }))

  it('is found where the decoder of the protocol finds it, and refused where that refuses it, whichever byte is changed', () => {
    fc.assert(
      fc.property(list, fc.nat(), fc.nat({ max: 255 }), (item, place, byte) => {
        const raw = encodeRlp(item)
        const changed = raw.with(place % raw.length, byte)
        for (const bytes of [raw, changed]) {
          const strict = refusal(() => walk(bytes))
          expect(strict === undefined, strict).toBe(refusal(() => decodeRlp(bytes)) === undefined)
        }
      }),
      { numRuns: 500 },
    )
  })

  /** Every item of what should be one item, down to the leaves. */
  function walk(bytes: Uint8Array): void {
    const stop = walkAt(bytes, 0, bytes.length)
    // As of an item that is not there.
    if (stop !== bytes.length) strictItemAt(bytes, stop, stop)
  }

  function walkAt(bytes: Uint8Array, at: number, end: number): number {
    const { list, start, end: stop } = strictItemAt(bytes, at, end)
    if (list) for (let next = start; next < stop; ) next = walkAt(bytes, next, stop)
    return stop
  }
})

describe('what nobody signed', () => {
  const before = [1n, 0n, 1n, 1n, 60_000_000n, new Uint8Array(20), 0n, new Uint8Array()]
  const typed = (items: readonly Encodable[]) => concatBytes(Uint8Array.of(2), encodeRlp(items))
  const many = Array.from({ length: 500_000 }, () => new Uint8Array())
  const reads = (raw: Uint8Array) => {
    let count = 0
    const counted = new Proxy(raw, {
      get(bytes, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) count++
        const value = Reflect.get(bytes, key, bytes) as unknown
        return typeof value === 'function' ? (value as () => unknown).bind(bytes) : value
      },
    })
    return { why: refusal(() => shapeOf(counted, typeOf(raw)!, layoutOf(typeOf(raw)!)!)), count }
  }

  it.each<[string, Uint8Array, RegExp]>([
    ['half a million items', typed(many), /access list: expected a list/],
    ['half a million items where type 0 has none', encodeRlp(many), /more than 9 items/],
    ['bytes for half a million entries', typed([...before, many, 0n, 1n, 1n]), /access list, entry: expected a list/],
    ['half a million empty entries', typed([...before, many.map(() => []), 0n, 1n, 1n]), /expected 2 fields in an entry, got 0/],
    ['half a million items in an entry', typed([...before, [many], 0n, 1n, 1n]), /address: expected 20 bytes/],
    ['half a million slots', typed([...before, [[new Uint8Array(20), many]], 0n, 1n, 1n]), /slot: expected 32 bytes, got 0/],
  ])('is refused at the first fault, however much comes behind it: %s', (_, raw, why) => {
    expect(raw.length).toBeLessThan(MAX_TRANSACTION_BYTES)
    const found = reads(raw)
    expect(found.why).toMatch(why)
    expect(found.count).toBeLessThan(200)
  })
})
