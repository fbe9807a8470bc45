import { fastKeccak256 } from '@opengradient/protocol/node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteKey, keyBytes } from '../state/store.ts'
import type { NodeSink } from './node.ts'
import { SortedTrie } from './sorted.ts'
import { EMPTY_ROOT, updateTrie } from './update.ts'

const keccak = await fastKeccak256()

type Entries = readonly (readonly [key: Uint8Array, value: Uint8Array])[]

/** The root and nodes by each way of building a trie. */
function both(entries: Entries) {
  const expected = new Map<string, string>()
  const found = new Map<string, string>()
  const into =
    (nodes: Map<string, string>): NodeSink =>
    (hash, rlp) =>
      void nodes.set(byteKey(hash), byteKey(rlp))
  const changes = entries.map(([key, value]) => ({ key, value }))
  const load = () => {
    throw new Error('a trie built from nothing loads no nodes')
  }
  const root = updateTrie(EMPTY_ROOT, changes, { keccak, load, store: into(expected) })
  const trie = new SortedTrie(keccak, into(found))
  for (const [key, value] of [...entries].sort(([a], [b]) => Buffer.compare(a, b))) trie.add(key, value)
  return { root, sorted: trie.root(), expected, found }
}

const unique = (entries: Entries): Entries =>
  [...new Map(entries.map(([key, value]) => [byteKey(key), value]))].map(([key, value]) => [keyBytes(key), value])

describe('a trie built from sorted entries', () => {
  it('has the root and the nodes of one that was built in any other way', () => {
    // Few nibbles: long common paths, extensions, and nodes that are shorter than their hash.
    const nibble = fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff)
    const key = fc.oneof(
      fc.uint8Array({ minLength: 3, maxLength: 3 }),
      fc.array(nibble, { minLength: 3, maxLength: 3 }).map((bytes) => Uint8Array.from(bytes)),
    )
    const value = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 2 }), fc.uint8Array({ minLength: 1, maxLength: 80 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 60 }).map(unique), (entries) => {
        const { root, sorted, expected, found } = both(entries)
        expect(sorted).toEqual(root)
        expect(found).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('agrees on a thousand hashed keys', () => {
    const entries = Array.from({ length: 1_000 }, (_, i) => [keccak(Uint8Array.of(i & 255, i >> 8)), Uint8Array.of(1 + (i % 200))] as const)
    const { root, sorted, expected, found } = both(entries)
    expect(sorted).toEqual(root)
    expect(found).toEqual(expected)
  })

  it('without entries has the empty root', () => {
    expect(both([])).toMatchObject({ sorted: EMPTY_ROOT, found: new Map() })
  })

  it('refuses keys that do not increase, or where one begins another', () => {
    const value = Uint8Array.of(1)
    for (const [first, second] of [
      [
        [1, 2],
        [1, 2],
      ],
      [
        [1, 2],
        [1, 1],
      ],
      [
        [1, 2],
        [0, 9],
      ],
      [
        [1, 2],
        [1, 2, 3],
      ],
    ] as const) {
      const trie = new SortedTrie(keccak, () => {})
      trie.add(Uint8Array.from(first), value)
      expect(() => trie.add(Uint8Array.from(second), value)).toThrow('must increase')
    }
  })
})
