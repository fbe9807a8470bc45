import { checkPrimeSync, constants, generateKeyPairSync, generatePrimeSync, privateEncrypt } from 'node:crypto'
import { bytesToUint, concatBytes, fromBase64url, uintBytes, utf8 } from '@opengradient/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AMD_ARK_MILAN } from '../roots/amd.ts'
import { flip } from '../testkit/flip.testkit.ts'
import { ecKey, rsaKey } from '../testkit/keys.testkit.ts'
import { readCertificate } from '../x509/certificate.ts'
import { defaultCheck } from './check.ts'
import { CURVES } from './form.ts'
import { digest } from './hash.ts'
import { nobleCheck } from './noble.ts'
import { nodeCheck } from './node.ts'
import type { SignatureClaim } from './types.ts'
import { webCryptoCheck } from './webcrypto.ts'

const message = utf8('what was signed')
const ec = (curve: 'P-256' | 'P-384', hash: 'SHA-256' | 'SHA-384' | 'SHA-512'): SignatureClaim => {
  const { key, raw } = ecKey(curve, 'check')
  return { key, scheme: 'ecdsa', hash, signature: raw(message, hash), message }
}
const rsa = (scheme: 'pss' | 'pkcs1', hash: 'SHA-256' | 'SHA-384' | 'SHA-512'): SignatureClaim => {
  const { key, raw } = rsaKey(scheme, 'a signer')
  return { key, scheme, hash, signature: raw(message, hash), message }
}
const valid: SignatureClaim[] = [
  ec('P-256', 'SHA-256'),
  ec('P-256', 'SHA-384'),
  ec('P-384', 'SHA-256'),
  ec('P-384', 'SHA-384'),
  rsa('pss', 'SHA-256'),
  rsa('pss', 'SHA-384'),
  rsa('pkcs1', 'SHA-256'),
  rsa('pkcs1', 'SHA-512'),
]

/** The verdict, which all implementations must share. */
async function verdict(claim: SignatureClaim): Promise<boolean> {
  const verdicts = [await webCryptoCheck(claim), await nobleCheck(claim), await nodeCheck(claim)]
  expect(new Set(verdicts).size).toBe(1)
  return verdicts[0]!
}

/** The first prime from number / divisor on. */
function nextPrime(number: bigint, divisor: bigint): bigint {
  let candidate = (number / divisor + 1n) | 1n
  while (!checkPrimeSync(candidate)) candidate += 2n
  return candidate
}

/** A PKCS #1 signature that is right by arithmetic, under the product of these primes. */
function signedUnder(primes: readonly bigint[]): SignatureClaim {
  const n = primes.reduce((product, prime) => product * prime, 1n)
  const phi = primes.reduce((product, prime) => product * (prime - 1n), 1n)
  let [a, b, x, y] = [65_537n, phi, 1n, 0n]
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  const size = Math.ceil(n.toString(16).length / 2)
  const info = Uint8Array.from([0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20])
  const padding = new Uint8Array(size - info.length - 35).fill(255)
  const encoded = concatBytes(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info, digest('SHA-256', message))
  let [power, base, d] = [1n, bytesToUint(encoded), ((x % phi) + phi) % phi]
  for (; d > 0n; d >>= 1n) {
    if (d & 1n) power = (power * base) % n
    base = (base * base) % n
  }
  return { key: { kind: 'rsa', modulus: uintBytes(n, size) }, scheme: 'pkcs1', hash: 'SHA-256', signature: uintBytes(power, size), message }
}

/** A salt under which the first seven bits of a PSS signature are zero. */
const plainest = Array.from({ length: 5_000 }, (_, i) => uintBytes(i, 32)).find((salt) => {
  const fingerprint = digest('SHA-256', concatBytes(new Uint8Array(8), digest('SHA-256', message), salt))
  return (digest('SHA-256', concatBytes(fingerprint, uintBytes(0, 4)))[0]! & 0x7f) === 0
})!

describe('signatures are checked', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it('by the Web Cryptography API, to which no key is given that could be read back', async () => {
    const imports = vi.spyOn(globalThis.crypto.subtle, 'importKey')
    for (const claim of valid) expect(await defaultCheck(claim)).toBe(true)
    expect(imports.mock.calls.map(([, , , extractable]) => extractable)).toEqual(valid.map(() => false))
  })

  it('in plain JavaScript where there is none, such as in browsers without https', async () => {
    for (const crypto of [undefined, {}]) {
      vi.stubGlobal('crypto', crypto)
      expect(await defaultCheck(valid[0]!)).toBe(true)
      expect(await defaultCheck({ ...valid[0]!, message: flip(message, 0) })).toBe(false)
    }
  })
})

describe('signature checks', () => {
  it('refuse any changed bit of signature, message or key, all implementations alike', async () => {
    for (const claim of valid) {
      const { key, signature } = claim
      for (let at = 0; at < signature.length; at += 11)
        expect(await verdict({ ...claim, signature: flip(signature, at, at % 8) })).toBe(false)
      expect(await verdict({ ...claim, message: flip(message, 3) })).toBe(false)
      const material = key.kind === 'ec' ? key.point : key.modulus
      for (const at of [0, 1, 20, -1]) {
        const changed = flip(material, at)
        const other = key.kind === 'ec' ? { ...key, point: changed } : { ...key, modulus: changed }
        expect(await verdict({ ...claim, key: other })).toBe(false)
      }
    }
  })

  it('refuse the right signature under another hash or scheme', async () => {
    for (const claim of valid) {
      for (const hash of ['SHA-256', 'SHA-384', 'SHA-512'] as const)
        if (hash !== claim.hash) expect(await verdict({ ...claim, hash })).toBe(false)
      for (const scheme of ['ecdsa', 'pss', 'pkcs1'] as const)
        if (scheme !== claim.scheme) expect(await verdict({ ...claim, scheme })).toBe(false)
    }
  })

  it('refuse numbers out of range, other lengths, and points off the curve', async () => {
    for (const curve of ['P-256', 'P-384'] as const) {
      const claim = ec(curve, 'SHA-256')
      const { size, order } = CURVES[curve]
      const s = bytesToUint(claim.signature.subarray(size))
      const halves = (r: bigint, t: bigint): Uint8Array => Uint8Array.from([...uintBytes(r, size), ...uintBytes(t, size)])
      const r = bytesToUint(claim.signature.subarray(0, size))
      const outside: readonly (readonly [bigint, bigint])[] = [
        [0n, s],
        [r, 0n],
        [order, s],
        [r, order],
        [0n, 0n],
      ]
      for (const [a, b] of outside) expect(await verdict({ ...claim, signature: halves(a, b) })).toBe(false)
      expect(await verdict({ ...claim, signature: claim.signature.subarray(1) })).toBe(false)
      expect(await verdict({ ...claim, signature: Uint8Array.from([0, ...claim.signature]) })).toBe(false)
      expect(await verdict({ ...claim, key: { kind: 'ec', curve, point: new Uint8Array(2 * size + 1).fill(4) } })).toBe(false)
      // The mirrored signature is as valid by FIPS 186; both accept it.
      expect(await verdict({ ...claim, signature: halves(r, order - s) })).toBe(true)
    }
  })

  it('refuse RSA signatures that are longer, or not below the modulus, and short keys', async () => {
    const claim = valid[4]!
    const modulus = claim.key.kind === 'rsa' ? claim.key.modulus : new Uint8Array()
    expect(await verdict({ ...claim, signature: Uint8Array.from([0, ...claim.signature]) })).toBe(false)
    expect(await verdict({ ...claim, signature: modulus })).toBe(false)
    expect(
      await verdict({ ...claim, key: { kind: 'rsa', modulus: modulus.subarray(0, 128) }, signature: claim.signature.subarray(0, 128) }),
    ).toBe(false)
  })

  it('refuse PSS with another padding, also when the key has signed it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const modulus = fromBase64url(privateKey.export({ format: 'jwk' }).n!)
    const sign = (
      change: (block: Uint8Array) => void,
      last = 0xbc,
      top = 0,
      salt: Uint8Array = new Uint8Array(32).fill(5),
    ): Promise<boolean> => {
      const fingerprint = digest('SHA-256', concatBytes(new Uint8Array(8), digest('SHA-256', message), salt))
      const block = concatBytes(new Uint8Array(190), Uint8Array.of(1), salt)
      change(block)
      const blocks = Array.from({ length: 7 }, (_, i) => digest('SHA-256', concatBytes(fingerprint, uintBytes(i, 4))))
      const mask = concatBytes(...blocks)
      const masked = block.map((byte, i) => byte ^ mask[i]!)
      masked[0]! &= 0x7f
      masked[0]! |= top
      const encoded = concatBytes(masked, fingerprint, Uint8Array.of(last))
      const signature = new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded))
      return verdict({ key: { kind: 'rsa', modulus }, scheme: 'pss', hash: 'SHA-256', signature, message })
    }
    expect(await sign(() => {})).toBe(true)
    expect(await sign((block) => block.set([1], 100))).toBe(false)
    expect(await sign((block) => block.set([1], 189))).toBe(false)
    expect(await sign((block) => block.set([2], 190))).toBe(false)
    expect(await sign((block) => block.set([0], 190))).toBe(false)
    expect(await sign(() => {}, 0xbd)).toBe(false)
    expect(await sign(() => {}, 0xbc, 0x80, plainest)).toBe(false)
    expect(await sign(() => {}, 0xbc, 0, plainest)).toBe(true)
  })

  it('refuse RSA keys of other sizes and even ones, also when they have signed it', async () => {
    const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true })
    const [p, q] = [prime(1024), prime(1023)]
    expect(await verdict(signedUnder([p, q]))).toBe((p * q) >> 2047n === 1n)
    expect(await verdict(signedUnder([p, nextPrime(2n ** 2047n, p)]))).toBe(true)
    expect(await verdict(signedUnder([prime(1024), prime(1020)]))).toBe(false)
    expect(await verdict(signedUnder([prime(1000), prime(1000)]))).toBe(false)
    expect(await verdict(signedUnder([2n, prime(1024), prime(1023)]))).toBe(false)
    const four = [1, 2, 3, 4].map(() => prime(1024))
    const product = four.reduce((all, one) => all * one, 1n)
    expect(await verdict(signedUnder([...four, nextPrime(2n ** 5119n, product)]))).toBe(false)
  })

  it('accept RSA keys of 4096 bits', async () => {
    const ark = readCertificate(AMD_ARK_MILAN)
    const { scheme, hash } = ark.algorithm
    expect(await verdict({ key: ark.key, scheme, hash, signature: ark.signature, message: ark.signed })).toBe(true)
  })

  it('accept what was signed', async () => {
    for (const claim of valid) expect(await verdict(claim)).toBe(true)
  })
})
