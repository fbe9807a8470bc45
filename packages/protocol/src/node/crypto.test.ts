import { createHash, randomBytes } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { uintBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256, sha256 } from '../crypto/hash.ts'
import { addressOf, recoverAddress, signDigest } from '../crypto/signature.ts'
import { isSignedBy } from '../light/cometbft/signature.ts'
import { SMALL_ORDER } from '../light/cometbft/smallOrder.testkit.ts'
import { installFastCrypto, nativeSecp256k1, removeFastCrypto } from './crypto.ts'

const native = nativeSecp256k1()
const secp256k1 = native ? 'native' : 'javascript'

beforeAll(installFastCrypto)
afterAll(removeFastCrypto)

it('works where there is no WebAssembly', async () => {
  removeFastCrypto()
  vi.stubGlobal('WebAssembly', undefined)
  onTestFinished(() => void vi.unstubAllGlobals())
  expect(await installFastCrypto()).toEqual({ secp256k1 })
  expect(bytesToHex(keccak256(new Uint8Array([1])))).toBe(bytesToHex(keccak_256(new Uint8Array([1]))))
  vi.unstubAllGlobals()
  removeFastCrypto()
  await installFastCrypto()
})

describe('hashes', () => {
  it('of any length are those of other libraries, wherever the bytes lie', () => {
    for (let length = 0; length < 300; length++) {
      const own = new Uint8Array(randomBytes(length))
      const within = Buffer.from([1, 2, 3, ...own, 4]).subarray(3, 3 + length)
      for (const bytes of [own, within]) {
        expect(bytesToHex(keccak256(bytes)), `${length}`).toBe(bytesToHex(keccak_256(own)))
        expect(Buffer.from(sha256(bytes)), `${length}`).toEqual(createHash('sha256').update(own).digest())
      }
    }
  })

  it('are not changed by those after them', () => {
    const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)]
    const hashes = [keccak256(one), sha256(one)].map((hash) => [hash, Uint8Array.from(hash)] as const)
    keccak256(keccak256(two))
    sha256(sha256(two))
    for (const [hash, copy] of hashes) expect(hash).toEqual(copy)
  })
})

describe('signatures', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const key = bytes32.filter((bytes) => bytes[0]! < 0xff && bytes.some((byte) => byte !== 0))
  const ORDER = '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
  const edges = ['00', 'ff', '80'].map((byte): Hex => `0x${byte.repeat(32)}`)

  /** What `work` gives here and with noble, in turns. */
  async function both<Value>(work: () => Value): Promise<[Value, Value]> {
    const fast = work()
    removeFastCrypto()
    const reference = work()
    await installFastCrypto()
    return [fast, reference]
  }

  /** The signer, or the code of the refusal. */
  function signer(digest: Hex, signature: Hex): string {
    try {
      return recoverAddress(digest, signature)
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('run natively on this machine', async () => {
    expect(nativeSecp256k1()).toBeDefined()
    expect(await installFastCrypto()).toEqual({ secp256k1: 'native' })
  })

  it('and addresses are byte for byte those of noble', async () => {
    await fc.assert(
      fc.asyncProperty(bytes32, key, async (digest, privateKey) => {
        const [fast, reference] = await both(() => [addressOf(privateKey), signDigest(bytesToHex(digest), privateKey)])
        expect(fast).toEqual(reference)
        expect(recoverAddress(bytesToHex(digest), fast[1] as Hex)).toBe(fast[0])
      }),
      { numRuns: 30 },
    )
  })

  it('are of the signer for digests at the edges; above the order of the curve the nonces of an old library are others', async () => {
    const privateKey = new Uint8Array(32).fill(1)
    for (const digest of edges) {
      const made = await both(() => signDigest(digest, privateKey))
      const above = digest > ORDER
      expect(new Set(made).size).toBe(above && native?.from === 'prebuilt' ? 2 : 1)
      for (const signature of made)
        expect(await both(() => recoverAddress(digest, signature))).toEqual([addressOf(privateKey), addressOf(privateKey)])
    }
  })

  it('that nobody made are refused as noble refuses them', async () => {
    const scalars = ['1', '2', '5', 'ffff', `${ORDER.slice(2, -1)}0`].map((n) => n.padStart(64, '0'))
    const random = Array.from({ length: 20 }, () => randomBytes(32).fill(0, 0, 1).toString('hex'))
    const found = new Set<string>()
    for (const digest of edges)
      for (const r of [...scalars, ...random])
        for (const v of ['1b', '1c']) {
          const [fast, reference] = await both(() => signer(digest, `0x${r}${scalars[2]}${v}`))
          expect(fast).toBe(reference)
          found.add(fast.startsWith('0x') ? 'signer' : fast)
        }
    expect(found).toEqual(new Set(['signer', 'SIGNATURE_INVALID']))
  })

  it('of CometBFT are judged as noble judges them by ZIP-215, which is more lenient than OpenSSL', async () => {
    const message = utf8('of a block')
    const secret = new Uint8Array(32).fill(5)
    const [good, publicKey] = [ed25519.sign(message, secret), ed25519.getPublicKey(secret)]
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const points = [...SMALL_ORDER.map((hex) => hexToBytes(`0x${hex}`)), publicKey, good.slice(0, 32), new Uint8Array(32).fill(2)]
    // R moved by a point of small order: right only when multiplied by the cofactor.
    const moved = ed25519.Point.BASE.multiply(77n).add(ed25519.Point.fromHex(SMALL_ORDER[4]!, true)).toBytes()
    const digest = createHash('sha512').update(moved).update(publicKey).update(message).digest().reverse()
    const { scalar } = ed25519.utils.getExtendedPublicKey(secret)
    const cofactored = uintBytes((77n + BigInt(`0x${digest.toString('hex')}`) * scalar) % order, 32).reverse()
    const raised = uintBytes(BigInt(bytesToHex(good.slice(32).reverse())) + order, 32).reverse()
    const signatures: [key: Uint8Array, r: Uint8Array, s: Uint8Array][] = [
      [publicKey, good.slice(0, 32), good.slice(32)],
      [publicKey, good.slice(0, 32), raised],
      [publicKey, moved, cofactored],
      ...points.flatMap((key) =>
        points.flatMap((r) => [new Uint8Array(32), good.slice(32)].map((s): (typeof signatures)[0] => [key, r, s])),
      ),
    ]
    const judge = () =>
      signatures.map(([key, r, s]) =>
        isSignedBy({ type: 'ed25519', key: bytesToHex(key) }, message, `0x${bytesToHex(r).slice(2)}${bytesToHex(s).slice(2)}`),
      )
    const [fast, reference] = await both(judge)
    expect(fast).toEqual(reference)
    expect(fast.slice(0, 3)).toEqual([true, false, true])
    expect(new Set(fast)).toEqual(new Set([true, false]))
  })
})
