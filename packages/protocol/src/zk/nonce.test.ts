import fc from 'fast-check'
import { encodeAbiParameters, keccak256, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex } from '../bytes/hex.ts'
import { isZkNonce, type ZkPaidFor, zkNonce, zkSaltOf } from './nonce.ts'

const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex)
const paidFor = fc.record({ modelId: hash32, requestId: hash32, x: fc.uint8Array({ maxLength: 70 }), salt: hash32 })
const words = [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }] as const

describe('the nonce of a payment of level zk', () => {
  it('is eight bytes that say so, and the beginning of the hash that Solidity computes', () => {
    fc.assert(
      fc.property(paidFor, (one) => {
        const hash = keccak256(encodeAbiParameters(words, [one.modelId, one.requestId, keccak256(one.x), one.salt]))
        expect(zkNonce(one)).toBe(`${toHex('og:zk:v1')}${hash.slice(2, 50)}`)
      }),
    )
  })

  it('changes with each thing that is paid for', () => {
    const one: ZkPaidFor = { modelId: word(1), requestId: word(2), x: Uint8Array.of(1, 2), salt: word(3) }
    const others: Partial<ZkPaidFor>[] = [
      { modelId: word(2), requestId: word(1) },
      { requestId: word(4) },
      { x: Uint8Array.of(1, 2, 0) },
      { x: new Uint8Array() },
      { salt: word(5) },
    ]
    expect(new Set([one, ...others.map((other) => ({ ...one, ...other }))].map(zkNonce)).size).toBe(1 + others.length)
  })

  it('is told from a random one, in capitals too', () => {
    const nonce = zkNonce({ modelId: word(1), requestId: word(2), x: Uint8Array.of(1), salt: word(3) })
    expect(isZkNonce(nonce)).toBe(true)
    expect(isZkNonce(`0x${nonce.slice(2).toUpperCase()}`)).toBe(true)
    for (const digit of [2, 9, 17]) expect(isZkNonce(`${nonce.slice(0, digit)}f${nonce.slice(digit + 1)}` as Hex)).toBe(false)
    expect(isZkNonce(word(7))).toBe(false)
  })
})

describe('the salt of a statement', () => {
  it('follows from the request secret, and tells nothing of it but by a hash', () => {
    const secret = new Uint8Array(32).fill(9)
    expect(zkSaltOf(secret)).toBe(keccak256(Uint8Array.of(...utf8('opengradient/zk/salt/v1'), ...secret)))
  })
})

function word(byte: number): Hex {
  return `0x${`${byte}`.padStart(2, '0').repeat(32)}`
}
