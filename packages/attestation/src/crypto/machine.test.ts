import { expect, test } from 'vitest'
import { nobleCheck } from './noble.ts'
import { nodeCheck } from './node.ts'
import type { SignatureCheck, SignatureClaim } from './types.ts'
import { webCryptoCheck } from './webcrypto.ts'

const noMemory = new RangeError('Array buffer allocation failed')
const gone = (): never => {
  throw noMemory
}
const unreadable = (): never => {
  throw new RangeError('Offset is outside the bounds of the DataView')
}
/** The base point of P-256 as a key. */
const G =
  '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'
const claim: SignatureClaim = {
  key: { kind: 'ec', curve: 'P-256', point: Uint8Array.from(Buffer.from(G, 'hex')) },
  ...{ scheme: 'ecdsa', hash: 'SHA-256', signature: new Uint8Array(64).fill(1), message: new Uint8Array(3) },
}

const backends: readonly [string, SignatureCheck][] = [
  ['node:crypto', nodeCheck],
  ['WebCrypto', webCryptoCheck],
  ['plain JavaScript', nobleCheck],
]

test.each(backends)('no memory is no verdict of a signature, with %s', async (_name, check) => {
  expect(await check(claim)).toBe(false)
  await expect(check(Object.defineProperty({ ...claim }, 'message', { get: gone }))).rejects.toBe(noMemory)
})

test.each(backends)('what cannot be read is no signature, with %s', async (_name, check) => {
  expect(await check(Object.defineProperty({ ...claim }, 'message', { get: unreadable }))).toBe(false)
})
