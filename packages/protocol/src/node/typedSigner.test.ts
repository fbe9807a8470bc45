import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { concatBytes } from '../bytes/bytes.ts'
import { bytesToHex } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { signDigest } from '../crypto/signature.ts'
import { installFastCrypto, removeFastCrypto } from './crypto.ts'
import { compiledNative } from './native.ts'
import { compiledTypedSigner, steppedTypedSigner, typedSigner } from './typedSigner.ts'

const word = fc.uint8Array({ minLength: 32, maxLength: 32 })
const key = word.filter((bytes) => bytes[0]! < 0xff && bytes.some((byte) => byte !== 0))
const structs = fc.uint8Array({ maxLength: 1_000 })

/** Digest and signature as EIP-712 has them, with what is installed. */
function expected(domain: Uint8Array, privateKey: Uint8Array, struct: Uint8Array): string[] {
  const digest = bytesToHex(keccak256(concatBytes(Uint8Array.of(0x19, 0x01), domain, keccak256(struct))))
  return [digest, signDigest(digest, privateKey)]
}

function made(signer: typeof typedSigner, domain: Uint8Array, privateKey: Uint8Array, struct: Uint8Array): string[] {
  const [digest, signature] = [new Uint8Array(32), new Uint8Array(65)]
  signer(domain, privateKey)(struct, digest, signature)
  return [bytesToHex(digest), bytesToHex(signature)]
}

const agrees = (signer: typeof typedSigner) =>
  fc.assert(
    fc.property(word, key, structs, (domain, privateKey, struct) => {
      expect(made(signer, domain, privateKey, struct)).toEqual(expected(domain, privateKey, struct))
    }),
    { numRuns: 60 },
  )

afterEach(removeFastCrypto)

it('signs as noble does, step by step', () => agrees(steppedTypedSigner))

it('and with what is fastest here', async () => {
  agrees(typedSigner)
  await installFastCrypto()
  agrees(typedSigner)
})

describe.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))('in one call, compiled here', () => {
  it('it is the same', () => agrees(compiledTypedSigner))

  it('two signers do not know of each other, and memory may be used again', () => {
    const [one, other] = [1, 2].map((byte) => compiledTypedSigner(new Uint8Array(32).fill(byte), new Uint8Array(32).fill(byte)))
    const [struct, digest, memory] = [new Uint8Array(64), new Uint8Array(32), new Uint8Array(80).fill(9)]
    for (const [byte, sign] of [
      [1, one],
      [2, other],
      [1, one],
    ] as const) {
      sign!(struct, digest, memory.subarray(5, 70))
      const parts = [new Uint8Array(32).fill(byte), new Uint8Array(32).fill(byte)] as const
      expect([bytesToHex(digest), bytesToHex(memory.slice(5, 70))]).toEqual(expected(...parts, struct))
    }
    expect([...memory.subarray(0, 5), ...memory.subarray(70)]).toEqual(Array(15).fill(9))
  })

  it('throws for a key that is none, and for arguments of other types and lengths, and lives on', () => {
    const bytes = (length: number) => new Uint8Array(length).fill(1)
    for (const none of [new Uint8Array(32), new Uint8Array(32).fill(0xff)])
      expect(() => compiledTypedSigner(bytes(32), none)(bytes(64), bytes(32), bytes(65))).toThrow('cannot be signed')
    const { signTyped } = compiledNative() as unknown as { signTyped: (...args: unknown[]) => unknown }
    const good = [bytes(32), bytes(100), bytes(32), bytes(32), bytes(64)]
    expect(signTyped(...good)).toBeGreaterThanOrEqual(0)
    for (const i of good.keys())
      for (const bad of [undefined, null, 5, 'text', new Uint16Array(32), new ArrayBuffer(32), ...(i === 1 ? [] : [bytes(31), bytes(66)])])
        expect(() => signTyped(...good.with(i, bad as never))).toThrow()
    expect(() => signTyped(...good.slice(0, 4))).toThrow()
    agrees(compiledTypedSigner)
  })
})
