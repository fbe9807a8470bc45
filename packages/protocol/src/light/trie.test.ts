import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256, keccak256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { decodeRlp, encodeRlp, type RlpItem } from './rlp.ts'
import { EMPTY_TRIE_ROOT, verifyTrieProof } from './trie.ts'

type Entry = [key: Uint8Array, value: Uint8Array]

/** A trie of EthereumJS over `entries`, and a function that proves a key in the form of `eth_getProof`. */
async function trieOf(entries: readonly Entry[]): Promise<{ root: Hex; prove: (key: Uint8Array) => Promise<Hex[]> }> {
  const trie = await createMPT()
  for (const [key, value] of entries) await trie.put(key, value)
  return {
    root: bytesToHex(trie.root()),
    prove: async (key) => {
      const nodes = await createMerkleProof(trie, key)
      // EthereumJS lists the nodes that stand inside their parents once more; eth_getProof does not.
      return nodes.filter((node, i) => i === 0 || node.length >= 32).map((node) => bytesToHex(node))
    },
  }
}

const values = fc.uint8Array({ minLength: 1, maxLength: 60 })
/** Keys of one length that share prefixes often, so that extensions and embedded nodes occur. */
const shortKeys = fc.uint8Array({ minLength: 3, maxLength: 3 }).map((bytes) => bytes.map((byte) => byte & 0x33))
const hashedKeys = fc.uint8Array({ minLength: 32, maxLength: 32 })

const triesOf = (keys: fc.Arbitrary<Uint8Array>): fc.Arbitrary<{ entries: Entry[]; other: Uint8Array }> =>
  fc.record({
    entries: fc.uniqueArray(fc.tuple(keys, values), { minLength: 1, maxLength: 24, selector: ([key]) => bytesToHex(key) }),
    other: keys,
  })

describe.each([
  ['short keys with shared prefixes', shortKeys],
  ['keys of 32 bytes', hashedKeys],
])('proofs of EthereumJS tries with %s', (_, keys) => {
  it('show the value of every key', async () => {
    await fc.assert(
      fc.asyncProperty(triesOf(keys), async ({ entries }) => {
        const { root, prove } = await trieOf(entries)
        for (const [key, value] of entries) expect(verifyTrieProof(root, key, await prove(key))).toEqual(value)
      }),
    )
  })

  it('show that other keys are absent', async () => {
    await fc.assert(
      fc.asyncProperty(triesOf(keys), async ({ entries, other }) => {
        const present = entries.find(([key]) => bytesToHex(key) === bytesToHex(other))
        const { root, prove } = await trieOf(entries)
        expect(verifyTrieProof(root, other, await prove(other))).toEqual(present?.[1])
      }),
    )
  })

  it('are refused with any byte changed, a node missing, repeated, added or out of order', async () => {
    await fc.assert(
      fc.asyncProperty(
        triesOf(keys),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async ({ entries, other }, pickNode, pickByte, flip) => {
          const { root, prove } = await trieOf(entries)
          for (const key of [entries[0]![0], other]) {
            const proof = await prove(key)
            const at = pickNode % proof.length
            const bytes = hexToBytes(proof[at]!)
            bytes[pickByte % bytes.length]! ^= flip
            refusal(() => verifyTrieProof(root, key, proof.with(at, bytesToHex(bytes))), 'PROOF_MISMATCH')
            refusal(() => verifyTrieProof(root, key, proof.toSpliced(at, 1)), 'PROOF_MISMATCH', 'PROOF_MALFORMED')
            refusal(() => verifyTrieProof(root, key, proof.toSpliced(at, 0, proof[at]!)), 'PROOF_MISMATCH', 'PROOF_MALFORMED')
            refusal(() => verifyTrieProof(root, key, [...proof, hashOf('extra')]), 'PROOF_MALFORMED')
            if (proof.length > 1) refusal(() => verifyTrieProof(root, key, proof.toReversed()), 'PROOF_MISMATCH')
          }
        },
      ),
    )
  })

  it('never show another value or absence for a key that is there', async () => {
    await fc.assert(
      fc.asyncProperty(triesOf(keys), async ({ entries }) => {
        const { root, prove } = await trieOf(entries)
        const [key, value] = entries[0]!
        for (const [otherKey] of entries.slice(1)) {
          const proof = await prove(otherKey)
          try {
            expect(verifyTrieProof(root, key, proof)).toEqual(value)
          } catch (error) {
            if (!(error instanceof OgError)) throw error
          }
        }
      }),
    )
  })
})

describe('tries where one key is the beginning of another', () => {
  const entries: Entry[] = [
    [Uint8Array.of(0x12), Uint8Array.of(1)],
    [Uint8Array.of(0x12, 0x34), new Uint8Array(40).fill(2)],
    [Uint8Array.of(0x12, 0x35), Uint8Array.of(3)],
  ]

  it('keep values in branches', async () => {
    const { root, prove } = await trieOf(entries)
    for (const [key, value] of entries) expect(verifyTrieProof(root, key, await prove(key))).toEqual(value)
    const longer = Uint8Array.of(0x12, 0x34, 0x56)
    expect(verifyTrieProof(root, longer, await prove(longer))).toBeUndefined()
    const shorter = new Uint8Array()
    expect(verifyTrieProof(root, shorter, await prove(shorter))).toBeUndefined()
  })
})

it('a key that ends at a branch without value is absent', async () => {
  const { root, prove } = await trieOf([
    [Uint8Array.of(0x12, 0x34), new Uint8Array(40).fill(1)],
    [Uint8Array.of(0x12, 0x44), new Uint8Array(40).fill(2)],
  ])
  const key = Uint8Array.of(0x12)
  expect(verifyTrieProof(root, key, await prove(key))).toBeUndefined()
})

describe('the empty trie', () => {
  it('has the root that Ethereum knows', () => {
    expect(EMPTY_TRIE_ROOT).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
  })

  it('holds nothing, proved by no node or by the empty one', () => {
    expect(verifyTrieProof(EMPTY_TRIE_ROOT, Uint8Array.of(1), [])).toBeUndefined()
    expect(verifyTrieProof(EMPTY_TRIE_ROOT, Uint8Array.of(1), ['0x80'])).toBeUndefined()
  })

  it('is not proved by anything else', () => {
    refusal(() => verifyTrieProof(EMPTY_TRIE_ROOT, Uint8Array.of(1), ['0x80', '0x80']), 'PROOF_MALFORMED')
    refusal(() => verifyTrieProof(EMPTY_TRIE_ROOT, Uint8Array.of(1), ['0xc0']), 'PROOF_MISMATCH')
  })

  it('is the only one that needs no proof', () => {
    refusal(() => verifyTrieProof(hashOf('root'), Uint8Array.of(1), []), 'PROOF_MALFORMED')
  })
})

describe('nodes that no trie has, though their hash is the root', () => {
  const KEY = Uint8Array.of(0x12, 0x34)
  const hash = hexToBytes(hashOf('child'))
  const empty = new Uint8Array()
  /** A leaf whose RLP has `length` bytes. */
  const nodeOf = (length: number): RlpItem[] => [Uint8Array.of(0x20, 0x34), new Uint8Array(length - 5).fill(1)]
  const branch = (changes: Record<number, RlpItem>): RlpItem[] => Array.from({ length: 17 }, (_, i) => changes[i] ?? empty)

  it.each<[string, RlpItem]>([
    ['two bytes', Uint8Array.of(0x20, 0x12)],
    ['seventeen bytes', new Uint8Array(17)],
    ['an empty list', []],
    ['a list of three', [empty, empty, empty]],
    ['a leaf with something behind it', [Uint8Array.of(0x20, 0x12, 0x34), Uint8Array.of(1), empty]],
    ['a list of eighteen', [...branch({}), empty]],
    ['a path that is a list', [[], Uint8Array.of(1)]],
    ['a path that is a list of flags', [[Uint8Array.of(0x20)], Uint8Array.of(1)]],
    ['a path without flags', [empty, Uint8Array.of(1)]],
    ['unknown path flags', [Uint8Array.of(0x40), Uint8Array.of(1)]],
    ['padding that is not zero', [Uint8Array.of(0x2f), Uint8Array.of(1)]],
    ['a leaf without value', [Uint8Array.of(0x20, 0x12, 0x34), empty]],
    ['a leaf with a list as value', [Uint8Array.of(0x20, 0x12, 0x34), [Uint8Array.of(1)]]],
    ['an extension with an empty path', [Uint8Array.of(0x00), branch({ 5: nodeOf(6), 6: nodeOf(6) })]],
    ['an extension to nothing', [Uint8Array.of(0x00, 0x99), empty]],
    ['an extension to an empty list', [Uint8Array.of(0x00, 0x99), []]],
    ['an extension to a short hash', [Uint8Array.of(0x00, 0x99), hash.subarray(1)]],
    ['an extension to a leaf', [Uint8Array.of(0x00, 0x12), [Uint8Array.of(0x20, 0x34), Uint8Array.of(1)]]],
    ['a branch without ways', branch({})],
    ['a branch with one way', branch({ 5: hash })],
    ['a branch with a short hash', branch({ 5: hash.subarray(1), 6: hash })],
    ['a branch with a list as value', branch({ 5: hash, 6: hash, 16: [] })],
    ['a branch with a node of 32 bytes inside', branch({ 5: nodeOf(32), 6: hash })],
    ['a branch with an empty list inside', branch({ 5: [], 6: hash })],
  ])('%s', (_, node) => {
    const bytes = encodeRlp(node)
    refusal(() => verifyTrieProof(keccak256Hex(bytes), KEY, [bytesToHex(bytes)]), 'PROOF_MALFORMED')
  })

  it('saying which part is missing, and how many nodes are too many', () => {
    const problem = (node: RlpItem, ...more: Hex[]) => {
      const bytes = encodeRlp(node)
      return refusal(() => verifyTrieProof(keccak256Hex(bytes), KEY, [bytesToHex(bytes), ...more]), 'PROOF_MALFORMED').message
    }
    for (const path of [[], [Uint8Array.of(0x20)], empty]) expect(problem([path, Uint8Array.of(1)])).toMatch('a path is missing')
    expect(problem([Uint8Array.of(0x20, 0x12, 0x34), Uint8Array.of(1)], '0x80', '0x80')).toMatch(' 2 nodes are not needed')
  })

  it('while ways that are right, off the path, change nothing', () => {
    expect(encodeRlp(nodeOf(31))).toHaveLength(31)
    expect(encodeRlp(nodeOf(32))).toHaveLength(32)
    const bytes = encodeRlp(branch({ 5: nodeOf(31), 6: hash }))
    expect(verifyTrieProof(keccak256Hex(bytes), KEY, [bytesToHex(bytes)])).toBeUndefined()
  })

  it('RLP that is not canonical', () => {
    const bytes = Uint8Array.of(0xc2, 0x81, 0x01)
    refusal(() => verifyTrieProof(keccak256Hex(bytes), KEY, [bytesToHex(bytes)]), 'RLP_MALFORMED')
  })

  it('a node of more than 64 KiB', () => {
    const node = (length: number): Hex => `0x${'00'.repeat(length)}`
    refusal(() => verifyTrieProof(hashOf('root'), KEY, [node(65_536)]), 'PROOF_MISMATCH')
    refusal(() => verifyTrieProof(hashOf('root'), KEY, [node(65_537)]), 'PROOF_MALFORMED')
  })

  it('a node of a megabyte', () => {
    const bytes = encodeRlp([Uint8Array.of(0x20, 0x12, 0x34), new Uint8Array(1_000_000)])
    refusal(() => verifyTrieProof(keccak256Hex(bytes), KEY, [bytesToHex(bytes)]), 'PROOF_MALFORMED')
  })

  it('hex that is none', () => {
    refusal(() => verifyTrieProof(hashOf('root'), KEY, ['0xZZ']), 'HEX_MALFORMED')
  })
})

it('a leaf for a key that only begins alike shows absence', () => {
  const leaf = encodeRlp([Uint8Array.of(0x20, 0x12, 0x34), Uint8Array.of(1)])
  const root = keccak256Hex(leaf)
  expect(verifyTrieProof(root, Uint8Array.of(0x12, 0x34), [bytesToHex(leaf)])).toEqual(Uint8Array.of(1))
  for (const key of [Uint8Array.of(0x12), Uint8Array.of(0x12, 0x34, 0x56), Uint8Array.of(0x12, 0x35), new Uint8Array()]) {
    expect(verifyTrieProof(root, key, [bytesToHex(leaf)])).toBeUndefined()
  }
})

it('gives values that are the caller’s own, decoded once', () => {
  const value = encodeRlp([Uint8Array.of(1)])
  const leaf = encodeRlp([Uint8Array.of(0x20, 0x12), value])
  expect(decodeRlp(verifyTrieProof(bytesToHex(keccak256(leaf)), Uint8Array.of(0x12), [bytesToHex(leaf)])!)).toEqual([Uint8Array.of(1)])
})
