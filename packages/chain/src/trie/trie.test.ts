import { createMPT, createMPTFromProof, MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { KECCAK256_RLP } from '@ethereumjs/util'
import { fastKeccak256 } from '@opengradient/protocol/node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listRoot } from './list.ts'
import type { NodeSource } from './node.ts'
import { proveTrie, readTrie } from './read.ts'
import { type Change, EMPTY_ROOT, updateTrie } from './update.ts'

const keccak = await fastKeccak256()
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Nodes in memory that check what the real store checks: a node is read only by the hash of its bytes. */
function memory() {
  const nodes = new Map<string, Uint8Array>()
  const load: NodeSource = (hash) => {
    const rlp = nodes.get(hex(hash))
    if (!rlp) throw new Error(`missing node ${hex(hash)}`)
    return rlp
  }
  return { nodes, load, keccak, store: (hash: Uint8Array, rlp: Uint8Array) => void nodes.set(hex(hash), rlp) }
}

/** Keys of one length that share long prefixes often, so that every shape of split and merge happens. */
const key = fc.array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), { minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes))
const value = fc.uint8Array({ minLength: 1, maxLength: 40 })
const batch = fc.uniqueArray(fc.record({ key, value: fc.option(value, { nil: undefined, freq: 2 }) }), {
  selector: (c) => hex(c.key),
  maxLength: 30,
})

describe('a trie updated in batches', () => {
  it('has the roots of EthereumJS after every batch of writes and deletions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches: Change[][]) => {
        const io = memory()
        const reference = await createMPT()
        const model = new Map<string, Uint8Array>()
        let root: Uint8Array = EMPTY_ROOT
        for (const changes of batches) {
          root = updateTrie(root, changes, io)
          for (const change of changes) {
            if (change.value) model.set(hex(change.key), change.value)
            else model.delete(hex(change.key))
            await (change.value ? reference.put(change.key, change.value) : reference.del(change.key))
          }
          expect(hex(root)).toBe(hex(reference.root()))
        }
        for (const change of batches.flat()) {
          const found = readTrie(root, change.key, io.load)
          expect(found && hex(found)).toBe(model.has(hex(change.key)) ? hex(model.get(hex(change.key))!) : undefined)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('returns to the empty root when everything is deleted', () => {
    const io = memory()
    const changes = Array.from({ length: 500 }, (_, i) => ({ key: keccak(Uint8Array.of(i & 255, i >> 8)), value: Uint8Array.of(1) }))
    const full = updateTrie(EMPTY_ROOT, changes, io)
    expect(
      updateTrie(
        full,
        changes.map(({ key }) => ({ key, value: undefined })),
        io,
      ),
    ).toEqual(EMPTY_ROOT)
    expect(hex(EMPTY_ROOT)).toBe(hex(KECCAK256_RLP))
  })

  it('keeps old roots readable', () => {
    const io = memory()
    const at = keccak(Uint8Array.of(7))
    const first = updateTrie(EMPTY_ROOT, [{ key: at, value: Uint8Array.of(1) }], io)
    const second = updateTrie(first, [{ key: at, value: Uint8Array.of(2) }], io)
    expect(readTrie(first, at, io.load)).toEqual(Uint8Array.of(1))
    expect(readTrie(second, at, io.load)).toEqual(Uint8Array.of(2))
  })

  it('stores one node for each that changed, not one for each key', () => {
    const io = memory()
    const keys = Array.from({ length: 1000 }, (_, i) => keccak(Uint8Array.of(i & 255, i >> 8)))
    updateTrie(
      EMPTY_ROOT,
      keys.map((k) => ({ key: k, value: Uint8Array.of(1) })),
      io,
    )
    expect(io.nodes.size).toBeLessThan(1400)
  })
})

describe('a proof', () => {
  it('convinces EthereumJS of the value, or of its absence', async () => {
    await fc.assert(
      fc.asyncProperty(batch, key, async (changes, asked) => {
        const io = memory()
        const root = updateTrie(EMPTY_ROOT, changes, io)
        const nodes = proveTrie(root, asked, io.load)
        const expected = changes.find((change) => hex(change.key) === hex(asked))?.value
        if (nodes.length === 0) {
          expect(hex(root)).toBe(hex(EMPTY_ROOT))
        } else {
          const trie = await createMPTFromProof(nodes, { root })
          expect(hex(trie.root())).toBe(hex(root))
          const found = await trie.get(asked)
          expect(found && hex(found)).toBe(expected ? hex(expected) : null)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a list root', () => {
  it('equals the one of EthereumJS for every length up to 300', async () => {
    const items: Uint8Array[] = []
    const reference = new MerklePatriciaTrie()
    for (let i = 0; i < 300; i++) {
      expect(hex(listRoot(items, keccak))).toBe(hex(reference.root()))
      const item = Uint8Array.from({ length: ((i * 7) % 60) + 1 }, (_, j) => (i + j) & 255)
      items.push(item)
      await reference.put(RLP.encode(i), item)
    }
  })
})
