/** Hashes that signatures of evidence use. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** An elliptic-curve key: the uncompressed point, 0x04 ‖ x ‖ y. */
export interface EcKey {
  readonly kind: 'ec'
  readonly curve: 'P-256' | 'P-384'
  readonly point: Uint8Array
}

/** An RSA key of 2048 to 4096 bits with the exponent 65537; the modulus is big-endian, without leading zeros. */
export interface RsaKey {
  readonly kind: 'rsa'
  readonly modulus: Uint8Array
}

/** A key that signs evidence, certificates or lists. */
export type PublicKey = EcKey | RsaKey

/**
 * `ecdsa`: r ‖ s, each as long as the curve's order. `pss`: RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash. `pkcs1`:
 * RSASSA-PKCS1-v1_5.
 */
export type SignatureScheme = 'ecdsa' | 'pss' | 'pkcs1'

/** A claim that the holder of `key` signed `message`. */
export interface SignatureClaim {
  readonly key: PublicKey
  readonly scheme: SignatureScheme
  readonly hash: HashName
  readonly signature: Uint8Array
  readonly message: Uint8Array
  /** By an authority about another or about what it revoked: the same comes with the evidence of many machines. */
  readonly lasting?: boolean
}

/** The port through which every signature is checked. False for whatever is not a valid signature; never rejects. */
export type SignatureCheck = (claim: SignatureClaim) => Promise<boolean>
