import { utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nodeCheck } from '../crypto/node.ts'
import type { SignatureClaim } from '../crypto/types.ts'
import { int, seq } from '../testkit/der.testkit.ts'
import { ecKey, rsaKey } from '../testkit/keys.testkit.ts'
import { isSignedBy, rawEcdsa } from './signed.ts'

const signed = utf8('a certificate')
const algorithm = (scheme: SignatureClaim['scheme']) => ({ scheme, hash: 'SHA-256', bytes: new Uint8Array() }) as const
const ec = ecKey('P-256', 'signed')
const rsa = rsaKey('pkcs1', 'signed')

describe('who signed', () => {
  it('is not even asked of a key of another kind than the algorithm’s', async () => {
    const asked: SignatureClaim[] = []
    const yes = async (claim: SignatureClaim) => asked.push(claim) > 0
    const by = (key: typeof ec, scheme: SignatureClaim['scheme']) =>
      isSignedBy({ signed, algorithm: algorithm(scheme), signature: ec.der(signed) }, key.key, yes)
    expect([await by(rsa, 'ecdsa'), await by(ec, 'pkcs1'), await by(ec, 'pss')]).toEqual([false, false, false])
    expect(asked).toEqual([])
    expect([await by(ec, 'ecdsa'), await by(rsa, 'pss')]).toEqual([true, true])
    expect(asked.map(({ scheme, key, lasting }) => [scheme, key.kind, lasting])).toEqual([
      ['ecdsa', 'ec', false],
      ['pss', 'rsa', false],
    ])
  })

  it('is the holder of the key, and nobody else', async () => {
    const by = (key: typeof ec, signature: Uint8Array) =>
      isSignedBy({ signed, algorithm: algorithm(key.key.kind === 'ec' ? 'ecdsa' : 'pkcs1'), signature }, key.key, nodeCheck)
    expect([await by(ec, ec.der(signed)), await by(rsa, rsa.der(signed))]).toEqual([true, true])
    expect([await by(ecKey('P-256', 'other'), ec.der(signed)), await by(rsaKey('pkcs1', 'other'), rsa.der(signed))]).toEqual([false, false])
  })
})

describe('a signature of two numbers', () => {
  it('is read in strict DER only', () => {
    expect(rawEcdsa(seq(int(1), int(258)), 2)).toEqual(Uint8Array.of(0, 1, 1, 2))
    const long = int(65_536)
    const wrong = [new Uint8Array(), seq(), seq(int(1)), seq(int(1), int(1), int(1)), seq(int(1), long), seq(long, int(1)), int(1)]
    for (const der of [...wrong, Uint8Array.of(...seq(int(1), int(1)), 0)]) expect(rawEcdsa(der, 2)).toBeUndefined()
  })
})

it('no memory is no verdict of the form of a signature', () => {
  const noMemory = new RangeError('Array buffer allocation failed')
  const gone = (): never => {
    throw noMemory
  }
  expect(rawEcdsa(new Uint8Array(3), 32)).toBeUndefined()
  expect(() => rawEcdsa(new Proxy(new Uint8Array(3), { get: gone }), 32)).toThrow(noMemory)
})
