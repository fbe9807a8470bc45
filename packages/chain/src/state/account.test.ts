import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY_ROOT } from '../trie/update.ts'
import { decodeAccount, EMPTY_CODE_HASH, encodeAccount, readAccount } from './account.ts'

const hash = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(EMPTY_ROOT, EMPTY_CODE_HASH, new Uint8Array(32)))
const record = fc.record({
  nonce: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n)),
  balance: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 256n - 1n)),
  storageRoot: hash,
  codeHash: hash,
})

describe('an account', () => {
  it('is the same after it was stored, however it is read', () => {
    fc.assert(
      fc.property(record, (account) => {
        const rlp = encodeAccount(account)
        expect(decodeAccount(rlp)).toEqual(account)
        expect(readAccount(rlp)).toEqual(account)
      }),
    )
  })

  it('holds nothing of the bytes that it was read from', () => {
    const filled = { nonce: 1n, balance: 2n, storageRoot: new Uint8Array(32).fill(3), codeHash: new Uint8Array(32).fill(4) }
    const rlp = encodeAccount(filled)
    const read = readAccount(rlp)
    rlp.fill(0)
    expect(read).toEqual(filled)
  })
})
