import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes, ZERO_HASH } from '../bytes/hex.ts'
import { keccak256, keccak256Hex } from '../crypto/hash.ts'
import { address20, hash32, uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { encodeRlp } from './rlp.ts'
import { type Account, accountAt, storageAt } from './state.ts'
import { EMPTY_TRIE_ROOT } from './trie.ts'

/** Big-endian bytes without leading zeros, as RLP wants integers. */
const minimal = (value: bigint): Uint8Array => {
  const hex = value === 0n ? '' : value.toString(16)
  return hexToBytes(`0x${hex.length % 2 ? '0' : ''}${hex}`)
}

const rlpOf = (account: Account): Uint8Array =>
  encodeRlp([minimal(account.nonce), minimal(account.balance), hexToBytes(account.storageRoot), hexToBytes(account.codeHash)])

/** A secure trie (keys hashed) over `entries` and proofs from it. */
async function secureTrie(entries: readonly (readonly [Hex, Uint8Array])[]): Promise<{ root: Hex; prove: (key: Hex) => Promise<Hex[]> }> {
  const trie = await createMPT()
  for (const [key, value] of entries) await trie.put(keccak256(hexToBytes(key)), value)
  return {
    root: bytesToHex(trie.root()),
    prove: async (key) => (await createMerkleProof(trie, keccak256(hexToBytes(key)))).map((node) => bytesToHex(node)),
  }
}

/** A trie of one leaf for `key`, so that any bytes can be put in place of a value. */
function oneLeaf(key: Hex, value: Uint8Array): { root: Hex; proof: Hex[] } {
  const leaf = encodeRlp([Uint8Array.of(0x20, ...keccak256(hexToBytes(key))), value])
  return { root: keccak256Hex(leaf), proof: [bytesToHex(leaf)] }
}

const accounts: fc.Arbitrary<Account> = fc.record({ nonce: uintOf(64), balance: uintOf(256), storageRoot: hash32, codeHash: hash32 })

describe('accountAt', () => {
  it('reads every account of a state trie, and sees that others are absent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(address20, accounts), { minLength: 1, maxLength: 12, selector: ([address]) => address }),
        address20,
        async (state, other) => {
          const { root, prove } = await secureTrie(state.map(([address, account]) => [address, rlpOf(account)]))
          for (const [address, account] of state) expect(accountAt(root, address, await prove(address))).toEqual(account)
          expect(accountAt(root, other, await prove(other))).toEqual(state.find(([address]) => address === other)?.[1])
        },
      ),
      { numRuns: 50 },
    )
  })

  const address = `0x${'ab'.repeat(20)}` as const
  const root32 = hexToBytes(EMPTY_TRIE_ROOT)
  const nothing = new Uint8Array()

  it.each([
    ['three fields', [nothing, nothing, root32]],
    ['five fields', [nothing, nothing, root32, root32, nothing]],
    ['a nonce with a leading zero', [Uint8Array.of(0, 1), nothing, root32, root32]],
    ['a nonce beyond 64 bits', [new Uint8Array(9).fill(1), nothing, root32, root32]],
    ['a balance beyond 256 bits', [nothing, new Uint8Array(33).fill(1), root32, root32]],
    ['a short storage root', [nothing, nothing, root32.subarray(1), root32]],
    ['a short code hash', [nothing, nothing, root32, root32.subarray(1)]],
    ['a list as balance', [nothing, [], root32, root32]],
  ])('refuses an account with %s', (_, fields) => {
    const { root, proof } = oneLeaf(address, encodeRlp(fields))
    refusal(() => accountAt(root, address, proof), 'RLP_MALFORMED', 'PROOF_MALFORMED')
  })

  it('refuses a proof for another address', () => {
    const { root, proof } = oneLeaf(address, rlpOf({ nonce: 1n, balance: 2n, storageRoot: EMPTY_TRIE_ROOT, codeHash: ZERO_HASH }))
    expect(accountAt(root, address, proof)?.balance).toBe(2n)
    expect(accountAt(root, `0x${'cd'.repeat(20)}`, proof)).toBeUndefined()
    refusal(() => accountAt(hashOf('other root'), address, proof), 'PROOF_MISMATCH')
  })
})

describe('storageAt', () => {
  it('reads every slot as 32 bytes, and zero where nothing is stored', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.tuple(
            hash32,
            uintOf(256).filter((word) => word > 0n),
          ),
          { minLength: 1, maxLength: 12, selector: ([slot]) => slot },
        ),
        hash32,
        async (storage, other) => {
          const { root, prove } = await secureTrie(storage.map(([slot, word]) => [slot, encodeRlp(minimal(word))]))
          for (const [slot, word] of storage)
            expect(storageAt(root, slot, await prove(slot))).toBe(`0x${word.toString(16).padStart(64, '0')}`)
          if (!storage.some(([slot]) => slot === other)) expect(storageAt(root, other, await prove(other))).toBe(ZERO_HASH)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('reads zero from storage that is empty', () => {
    expect(storageAt(EMPTY_TRIE_ROOT, hashOf('slot'), [])).toBe(ZERO_HASH)
  })

  it('refuses a slot or an address of another length', () => {
    refusal(() => storageAt(EMPTY_TRIE_ROOT, '0x01', []), 'HEX_MALFORMED')
    refusal(() => accountAt(EMPTY_TRIE_ROOT, hashOf('no address'), []), 'HEX_MALFORMED')
  })

  it.each([
    ['a word with leading zeros', encodeRlp(Uint8Array.of(0, 1))],
    ['a word of 33 bytes', encodeRlp(new Uint8Array(33).fill(1))],
    ['a word of zero', encodeRlp(new Uint8Array())],
    ['a list', encodeRlp([])],
    ['bytes that are no RLP', Uint8Array.of(0x81, 0x01)],
  ])('refuses %s', (_, value) => {
    const { root, proof } = oneLeaf(hashOf('slot'), value)
    refusal(() => storageAt(root, hashOf('slot'), proof), 'RLP_MALFORMED', 'PROOF_MALFORMED')
  })
})
