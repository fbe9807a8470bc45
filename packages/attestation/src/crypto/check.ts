import { nobleCheck } from './noble.ts'
import type { SignatureCheck } from './types.ts'
import { webCryptoCheck } from './webcrypto.ts'

/** What checks signatures unless the caller brings something else: the Web Cryptography API where there is one. */
export const defaultCheck: SignatureCheck = (claim) => (globalThis.crypto?.subtle === undefined ? nobleCheck : webCryptoCheck)(claim)
