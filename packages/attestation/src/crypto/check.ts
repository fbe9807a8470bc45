import type { SignatureCheck } from './types.ts'
import { webCryptoCheck } from './webcrypto.ts'

/**
 * What checks signatures unless the caller brings something else: the Web Cryptography API where there is one (Node, and browsers on https or
 * localhost), plain JavaScript otherwise, which is loaded only then.
 */
export const defaultCheck: SignatureCheck = async (claim) => {
  if (globalThis.crypto?.subtle !== undefined) return webCryptoCheck(claim)
  const { nobleCheck } = await import('./noble.ts')
  return nobleCheck(claim)
}
