import { bytesToUint } from '@opengradient/protocol'
import type { EcKey, RsaKey, SignatureClaim } from './types.ts'

/** Bytes of a coordinate, and the order of the curve (FIPS 186-4, D.1.2). */
export const CURVES = {
  'P-256': { size: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  'P-384': { size: 48, order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n },
} as const

/**
 * Whether key and signature have the only form that any backend accepts. What backends could disagree about (lengths, ranges, leading zeros,
 * key sizes) is decided here, before them.
 */
export function wellFormed({ key, scheme, signature }: SignatureClaim): boolean {
  return key.kind === 'ec' ? scheme === 'ecdsa' && ecForm(key, signature) : scheme !== 'ecdsa' && rsaForm(key, signature)
}

function ecForm({ curve, point }: EcKey, signature: Uint8Array): boolean {
  const { size, order } = CURVES[curve]
  if (point.length !== 1 + 2 * size || point[0] !== 4 || signature.length !== 2 * size) return false
  const r = bytesToUint(signature.subarray(0, size))
  const s = bytesToUint(signature.subarray(size))
  return r > 0n && r < order && s > 0n && s < order
}

function rsaForm({ modulus }: RsaKey, signature: Uint8Array): boolean {
  const whole = modulus.length >= 256 && modulus.length <= 512 && modulus[0]! >= 0x80 && (modulus.at(-1)! & 1) === 1
  return whole && signature.length === modulus.length && below(signature, modulus)
}

/** Whether the first of two numbers of the same length is the smaller one. */
function below(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at >= 0 && a[at]! < b[at]!
}
