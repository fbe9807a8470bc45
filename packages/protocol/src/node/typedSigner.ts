import { bytesToHex, hexToBytes } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { signDigest } from '../crypto/signature.ts'
import { compiledNative, usable } from './native.ts'
import { nativeSecp256k1 } from './secp256k1.ts'

/**
 * Signs a struct as EIP-712 encodes it (type hash and members, 32 bytes each), and writes what was signed (32 bytes) and r ‖ s ‖ v (65) where it
 * is told. Whoever signs often gives the same memory each time.
 */
export type TypedSigner = (struct: Uint8Array, digest: Uint8Array, signature: Uint8Array) => void

/**
 * The fastest that there is for this machine and that gives its known answers: hashes and signature in one call, or one after the other.
 * @param domain separator of the EIP-712 domain, 32 bytes
 * @param privateKey a valid one (`checkPrivateKey`), 32 bytes
 */
export function typedSigner(domain: Uint8Array, privateKey: Uint8Array): TypedSigner {
  compiledIsUsable ??= usable(() => compiledTypedSigner, signsAsOthers) !== undefined
  return (compiledIsUsable ? compiledTypedSigner : steppedTypedSigner)(domain, privateKey)
}

let compiledIsUsable: boolean | undefined

/** In one call, by way of what was compiled from `native/`. @throws Error where nothing was */
export function compiledTypedSigner(domain: Uint8Array, privateKey: Uint8Array): TypedSigner {
  const { signTyped } = compiledNative()
  const rs = Buffer.alloc(64)
  return (struct, digest, signature) => {
    const recovery = signTyped(domain, struct, privateKey, digest, rs)
    if (recovery < 0) throw new Error('this cannot be signed')
    signature.set(rs)
    signature[64] = 27 + recovery
  }
}

/** One after the other, with what is installed. */
export function steppedTypedSigner(domain: Uint8Array, privateKey: Uint8Array): TypedSigner {
  const typed = Buffer.alloc(66)
  typed.set([0x19, 0x01])
  typed.set(domain, 2)
  const rs = Buffer.alloc(64)
  const native = nativeSecp256k1()
  return (struct, digest, signature) => {
    typed.set(keccak256(struct), 34)
    digest.set(keccak256(typed))
    if (native === undefined) {
      signature.set(hexToBytes(signDigest(bytesToHex(digest), privateKey)))
      return
    }
    signature[64] = 27 + native.sign(digest, privateKey, rs)
    signature.set(rs)
  }
}

/** Whether it signs a struct of thirteen words as the steps do. */
function signsAsOthers(signer: typeof compiledTypedSigner): boolean {
  const [domain, privateKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const struct = Uint8Array.from({ length: 13 * 32 }, (_, i) => i)
  const [one, other] = [signer, steppedTypedSigner].map((made) => {
    const [digest, signature] = [new Uint8Array(32), new Uint8Array(65)]
    made(domain, privateKey)(struct, digest, signature)
    return Buffer.concat([digest, signature])
  })
  return Buffer.compare(one!, other!) === 0
}
