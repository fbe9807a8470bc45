import { uintBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { ecKey, rsaKey } from '../testkit/keys.testkit.ts'
import { CURVES, wellFormed } from './form.ts'
import type { EcKey, RsaKey, SignatureClaim } from './types.ts'

const message = new Uint8Array()
const both = (size: number, r: bigint, s: bigint): Uint8Array => Uint8Array.from([...uintBytes(r, size), ...uintBytes(s, size)])

describe.each(['P-256', 'P-384'] as const)('a claim on %s', (curve) => {
  const key = ecKey(curve, 'form').key as EcKey
  const { size, order } = CURVES[curve]
  const form = (signature: Uint8Array, over: Partial<SignatureClaim> = {}): boolean =>
    wellFormed({ key, scheme: 'ecdsa', hash: 'SHA-256', signature, message, ...over })

  it('has numbers from 1 to the order less 1, each as long as it', () => {
    expect([form(both(size, 1n, 1n)), form(both(size, order - 1n, order - 1n))]).toEqual([true, true])
    for (const [r, s] of [
      [0n, 1n],
      [1n, 0n],
      [order, 1n],
      [1n, order],
      [order + 1n, 1n],
      [1n, order + 1n],
    ] as const)
      expect(form(both(size, r, s)), `${r}, ${s}`).toBe(false)
    for (const length of [0, size, 2 * size - 1, 2 * size + 1]) expect(form(new Uint8Array(length).fill(1))).toBe(false)
  })

  it('is of an uncompressed point', () => {
    const signature = both(size, 1n, 1n)
    for (const point of [
      new Uint8Array(),
      key.point.subarray(1),
      Uint8Array.of(2, ...key.point.subarray(1)),
      Uint8Array.of(4, ...key.point),
      key.point.subarray(0, -1),
      Uint8Array.of(3, ...key.point.subarray(1, 1 + size)),
    ])
      expect(form(signature, { key: { kind: 'ec', curve, point } })).toBe(false)
  })

  it('is of ECDSA', () => {
    for (const scheme of ['pss', 'pkcs1'] as const) expect(form(both(size, 1n, 1n), { scheme })).toBe(false)
  })
})

describe('a claim of RSA', () => {
  const { modulus } = rsaKey('pkcs1', 'form').key as RsaKey
  const form = (signature: Uint8Array, over: Partial<SignatureClaim> = {}): boolean =>
    wellFormed({ key: { kind: 'rsa', modulus }, scheme: 'pkcs1', hash: 'SHA-256', signature, message, ...over })
  const near = (by: number): Uint8Array => modulus.with(-1, modulus.at(-1)! + by)
  const made = (size: number, first: number, last: number): Uint8Array => new Uint8Array(size).with(0, first).with(-1, last)

  it('has a signature below the modulus, as long as it', () => {
    expect(modulus.at(-1)! % 2).toBe(1)
    expect([form(near(-1)), form(modulus.with(0, modulus[0]! - 1).with(1, 255)), form(new Uint8Array(modulus.length))]).toEqual(
      Array(3).fill(true),
    )
    for (const signature of [modulus, near(-1).subarray(1), Uint8Array.of(0, ...near(-1)), new Uint8Array(), modulus.with(0, 255)])
      expect(form(signature)).toBe(false)
  })

  it('is of an odd modulus of 2048 to 4096 bits', () => {
    const key = (modulus: Uint8Array) => ({ key: { kind: 'rsa', modulus } as const })
    for (const size of [256, 257, 512]) expect(form(new Uint8Array(size), key(made(size, 0x80, 1)))).toBe(true)
    for (const modulus of [made(255, 255, 1), made(513, 255, 1), made(256, 0x7f, 1), made(256, 0x80, 2), made(256, 0, 1)])
      expect(form(new Uint8Array(modulus.length), key(modulus))).toBe(false)
  })

  it('is not of ECDSA', () => {
    expect([form(near(-1), { scheme: 'pss' }), form(near(-1), { scheme: 'ecdsa' })]).toEqual([true, false])
  })
})
