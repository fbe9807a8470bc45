import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Encodable, encodeRlp } from './encode.ts'

const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 250, maxLength: 260 }))
const number = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 256n - 1n))
const { item } = fc.letrec<{ item: Encodable }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, bytes, number, fc.array(tie('item'), { maxLength: 8 })),
}))

describe('RLP', () => {
  it('is that of EthereumJS, for anything', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(encodeRlp(value)).toEqual(RLP.encode(value as never))
      }),
      { numRuns: 2_000 },
    )
  })

  it('has the lengths of the yellow paper where they get another byte', () => {
    for (const length of [0, 1, 55, 56, 255, 256, 65_535, 65_536]) {
      const value = new Uint8Array(length).fill(0x80)
      expect(encodeRlp(value)).toEqual(RLP.encode(value))
      expect(encodeRlp([value, [value]])).toEqual(RLP.encode([value, [value]]))
    }
  })
})
