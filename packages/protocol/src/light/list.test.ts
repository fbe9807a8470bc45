import { createMPT } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { listRoot } from './list.ts'
import { encodeRlp } from './rlp.ts'
import { EMPTY_TRIE_ROOT } from './trie.ts'

const positionOf = (i: number): Uint8Array => encodeRlp(Uint8Array.from(i === 0 ? [] : i < 256 ? [i] : [i >> 8, i & 255]))

it('a list of nothing has the root of an empty trie', () => {
  expect(listRoot([])).toBe(EMPTY_TRIE_ROOT)
})

it('lists have the roots that EthereumJS gives them, short items and long ones, across each change of length of a position', async () => {
  const items = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(items, async (list) => {
      const trie = await createMPT()
      for (const [i, item] of list.entries()) await trie.put(positionOf(i), item)
      expect(listRoot(list)).toBe(bytesToHex(trie.root()))
    }),
    {
      numRuns: 40,
      examples: [1, 2, 127, 128, 129, 255, 256, 257].map((length) => [
        Array.from({ length }, (_, i) => Uint8Array.of(i & 255, 1)),
      ]) as never,
    },
  )
})
