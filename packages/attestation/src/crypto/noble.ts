import { p256, p384 } from '@noble/curves/nist.js'
import { isMachineFault } from '@opengradient/protocol'
import { wellFormed } from './form.ts'
import { digest } from './hash.ts'
import { verifyPkcs1, verifyPss } from './rsa.ts'
import type { SignatureCheck, SignatureClaim } from './types.ts'

/** Signatures in plain JavaScript, for where the Web Cryptography API is missing. The same verdicts as `webCryptoCheck`, more slowly. */
export const nobleCheck: SignatureCheck = async (claim) => {
  if (!wellFormed(claim)) return false
  try {
    return verify(claim)
  } catch (error) {
    if (isMachineFault(error)) throw error
    return false
  }
}

function verify({ key, scheme, hash, signature, message }: SignatureClaim): boolean {
  if (key.kind === 'rsa') return (scheme === 'pss' ? verifyPss : verifyPkcs1)(key.modulus, hash, signature, message)
  const curve = key.curve === 'P-256' ? p256 : p384
  return curve.verify(signature, digest(hash, message), key.point, { prehash: false, lowS: false, format: 'compact' })
}
