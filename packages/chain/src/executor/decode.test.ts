import { RLP } from '@ethereumjs/rlp'
import { concatBytes, isOgError, uintBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { CHAIN_ID, common } from '../pool/host.testkit.ts'
import { decodeTransaction } from './decode.ts'

type Items = readonly (Uint8Array | Items)[]

const crypto = await loadCrypto()
const NOTHING = new Uint8Array()
const ONE = Uint8Array.of(1)
const chainId = uintBytes(CHAIN_ID, 4).filter((byte, at, all) => byte !== 0 || all.subarray(0, at).some((before) => before !== 0))
const address = new Uint8Array(20).fill(0x22)
const slot = new Uint8Array(32).fill(0x33)
const authorization: Items = [ONE, address, ONE, NOTHING, slot, slot]

/** A transaction of type 4; whoever signed it, some key has. */
function transaction({ accessList = [], authorizations = [authorization], data = NOTHING }: { [item: string]: Items | Uint8Array }) {
  const gas = uintBytes(1_000_000n, 3)
  const before = [chainId, NOTHING, ONE, ONE, gas, address, NOTHING, data, accessList, authorizations]
  for (let r = 1; r < 100; r++) {
    const raw = concatBytes(Uint8Array.of(4), RLP.encode([...before, NOTHING, Uint8Array.of(r), ONE] as never))
    if (!/signature is wrong/.test(refusalOf(raw) ?? '')) return raw
  }
  throw new Error('no r is on the curve')
}

/** Why a transaction is refused; undefined when it is not. */
function refusalOf(raw: Uint8Array): string | undefined {
  try {
    decodeTransaction(raw, common, crypto)
    return undefined
  } catch (error) {
    if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
    return error.message
  }
}

/** A list of items that are encoded already. */
function list(...items: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...items)
  const { length } = body
  if (length < 56) return concatBytes(Uint8Array.of(0xc0 + length), body)
  const size = uintBytes(length, length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3)
  return concatBytes(Uint8Array.of(0xf7 + size.length), size, body)
}

describe('the lists of a transaction', () => {
  it('are taken with addresses, slots and authorizations as they should be', () => {
    const { fields } = decodeTransaction(transaction({ accessList: [[address, [slot, slot]]] }), common, crypto)
    expect(fields.accessList).toEqual([{ address, slots: [slot, slot] }])
    expect(fields.authorizations).toHaveLength(1)
  })

  it.each<[string, { [item: string]: Items | Uint8Array }]>([
    ['an address that is a list of 20 items', { accessList: [[Array(20).fill(ONE), []]] }],
    ['a slot that is a list of 32 items', { accessList: [[address, [Array(32).fill([])]]] }],
    ['no slots at all', { accessList: [[address]] }],
    ['bytes for slots', { accessList: [[address, NOTHING]] }],
    ['three fields in an entry', { accessList: [[address, [], NOTHING]] }],
    ['bytes for an entry', { accessList: [address] }],
    ['bytes for the access list', { accessList: NOTHING }],
    ['bytes for the authorizations', { authorizations: NOTHING }],
    ['a seventh field in an authorization', { authorizations: [[...authorization, NOTHING]] }],
    ['an authorization with a number of 33 bytes', { authorizations: [authorization.with(4, new Uint8Array(33).fill(1))] }],
    ['an authorization with a leading zero', { authorizations: [authorization.with(4, slot.with(0, 0))] }],
    ['an authorization with a nonce of 9 bytes', { authorizations: [authorization.with(2, new Uint8Array(9).fill(1))] }],
    ['an authorization with a parity of 2 bytes', { authorizations: [authorization.with(3, Uint8Array.of(1, 1))] }],
    ['a list for data', { data: [] }],
  ])('are refused with %s', (_, items) => {
    expect(refusalOf(transaction(items))).toMatch(/RLP/)
  })

  it('are not followed as deep as the stack goes, which is not the same everywhere', () => {
    const before = [chainId, NOTHING, ONE, ONE, ONE, address, NOTHING, NOTHING].map((item) => RLP.encode(item))
    for (const depth of [65, 10_000]) {
      let nested = list()
      for (let at = 1; at < depth; at++) nested = list(nested)
      const raw = concatBytes(Uint8Array.of(2), list(...before, nested, NOTHING, ONE, ONE))
      expect(refusalOf(raw)).toMatch(/access list, address: expected bytes, got a list/)
    }
  })
})
