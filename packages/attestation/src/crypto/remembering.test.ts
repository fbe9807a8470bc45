import { utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { flip } from '../testkit/flip.testkit.ts'
import { ecKey, rsaKey } from '../testkit/keys.testkit.ts'
import { nodeCheck } from './node.ts'
import { rememberingCheck } from './remembering.ts'
import type { SignatureClaim } from './types.ts'

const message = utf8('a certificate')
const { key, raw } = ecKey('P-384', 'authority')
const claim: SignatureClaim = { key, scheme: 'ecdsa', hash: 'SHA-384', signature: raw(message, 'SHA-384'), message, lasting: true }

/** A check that remembers, and how often the one behind it was asked. */
function scene(most?: number) {
  const seen = { asked: 0 }
  const check = rememberingCheck((asked) => {
    seen.asked += 1
    return nodeCheck(asked)
  }, most)
  return { seen, check }
}

describe('a check that remembers', () => {
  it('computes a valid signature of an authority once, and any other every time', async () => {
    const { seen, check } = scene()
    for (let i = 0; i < 3; i++) expect(await check({ ...claim, message: message.slice() })).toBe(true)
    expect(seen.asked).toBe(1)
    const { lasting: _, ...once } = claim
    for (let i = 0; i < 3; i++) expect(await check(once)).toBe(true)
    expect(seen.asked).toBe(4)
  })

  const other = ecKey('P-384', 'another authority')
  const small = ecKey('P-256', 'a third')
  const rsa = rsaKey('pkcs1', 'a signer')
  const ALTERED: [string, Partial<SignatureClaim>][] = [
    ['another message', { message: flip(message, 3) }],
    ['a longer message', { message: new Uint8Array([...message, 0]) }],
    ['another signature', { signature: flip(claim.signature, 20) }],
    ['a byte moved from the signature to the message', movedByte()],
    ['another key', { key: other.key }],
    ['a key of another curve', { key: small.key }],
    ['a key of another kind', { key: rsa.key, scheme: 'pkcs1' }],
    ['another hash', { hash: 'SHA-256' }],
  ]

  it.each(ALTERED)('never takes %s for what it knows, nor remembers what is not valid', async (_, change) => {
    const { seen, check } = scene()
    expect(await check(claim)).toBe(true)
    for (let i = 0; i < 2; i++) expect(await check({ ...claim, ...change })).toBe(false)
    expect(seen.asked).toBe(3)
    expect(await check(claim)).toBe(true)
    expect(seen.asked).toBe(3)
  })

  it('forgets what was used longest ago', async () => {
    const { seen, check } = scene(2)
    const [first, second, third] = ['one', 'two', 'three'].map((text) => {
      const bytes = utf8(text)
      return { ...claim, message: bytes, signature: raw(bytes, 'SHA-384') }
    })
    for (const each of [first!, second!, first!, third!, first!]) expect(await check(each)).toBe(true)
    expect(seen.asked).toBe(3)
    expect(await check(second!)).toBe(true)
    expect(seen.asked).toBe(4)
  })
})

function movedByte(): Partial<SignatureClaim> {
  return { signature: claim.signature.subarray(0, -1), message: new Uint8Array([claim.signature.at(-1)!, ...message]) }
}
