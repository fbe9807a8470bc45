import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { byteKey } from '../state/store.ts'
import { isLeftPart } from './leftProof.ts'
import { proveTrie } from './read.ts'
import { SortedTrie } from './sorted.ts'

const { keccak } = await loadCrypto()

/** Few different bytes, so that paths fork early and late; short values, so that some nodes stand in others. */
const entries = fc
  .uniqueArray(
    fc.tuple(
      fc.array(fc.constantFrom(0x00, 0x01, 0x10, 0xff), { minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
    ),
    {
      selector: ([key]) => key.join(),
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((list) => list.map(([key, value]) => [Uint8Array.from(key), value] as const).sort(([a], [b]) => Buffer.compare(a, b)))

type Entries = readonly (readonly [Uint8Array, Uint8Array])[]

function trieOf(list: Entries) {
  const nodes = new Map<string, Uint8Array>()
  const trie = new SortedTrie(keccak, (hash, rlp) => nodes.set(byteKey(hash), rlp))
  for (const [key, value] of list) trie.add(key, value)
  return { root: trie.root(), load: (hash: Uint8Array) => nodes.get(byteKey(hash))! }
}

function partOf(list: Entries) {
  const trie = new SortedTrie(keccak, () => {})
  for (const [key, value] of list) trie.add(key, value)
  return trie
}

it('the first entries of a trie are its left part, and with one missing, added or changed they are not', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(), (all, end, at) => {
      const { root, load } = trieOf(all)
      const part = all.slice(0, (end % all.length) + 1)
      const proof = proveTrie(root, part.at(-1)![0], load)
      const is = (list: Entries, nodes = proof) => isLeftPart(partOf(list), root, nodes, keccak)
      expect(is(part)).toBe(true)
      const index = at % part.length
      const [key, value] = part[index]!
      expect(is(part.toSpliced(index, 1, [key, Uint8Array.of(...value, 1)]))).toBe(false)
      if (index + 1 < part.length) expect(is(part.toSpliced(index, 1))).toBe(false)
      const more = Uint8Array.of(...key.subarray(0, 3), key[3]! ^ 0x02)
      const wider = [...part, [more, value] as const].sort(([a], [b]) => Buffer.compare(a, b))
      expect(is(wider)).toBe(false)
      // Short entries stand in one node, which proves all of them.
      const other = proveTrie(root, key, load)
      if (Buffer.compare(Buffer.concat(other), Buffer.concat(proof)) !== 0) expect(is(part, other)).toBe(false)
      expect([is(part, proof.slice(0, -1)), is(part, [...proof, proof[0]!]), is([], proof)]).toEqual([false, false, false])
      const node = at % proof.length
      expect(is(part, proof.with(node, proof[node]!.with(-1, proof[node]!.at(-1)! ^ 1)))).toBe(false)
    }),
    { numRuns: 150 },
  )
})

it('nothing is the left part of any trie, and needs no proof', () => {
  const { root } = trieOf([[Uint8Array.of(1), Uint8Array.of(1)]])
  expect(isLeftPart(partOf([]), root, [], keccak)).toBe(true)
})
