import { bytesToHex, concatBytes, utf8 } from '@opengradient/protocol'
import { defaultCheck } from './check.ts'
import { digest } from './hash.ts'
import type { SignatureCheck, SignatureClaim } from './types.ts'

/** A path has at most eight certificates and a list for each: those of some dozen machines. */
const MOST = 256

/**
 * Checks as `check` does, but computes a valid signature of an authority (`lasting`) once: certificates and revocation lists of a vendor come
 * with the evidence of every machine. Only valid ones are remembered, by all that was signed and by which key; the one used longest ago is
 * forgotten first. Dates, names and revocations are no part of a signature and are judged every time.
 */
export function rememberingCheck(check: SignatureCheck = defaultCheck, most = MOST): SignatureCheck {
  const valid = new Set<string>()
  return async (claim) => {
    if (claim.lasting !== true) return check(claim)
    const name = nameOf(claim)
    if (!valid.delete(name) && !(await check(claim))) return false
    valid.add(name)
    if (valid.size > most) valid.delete(valid.values().next().value!)
    return true
  }
}

/** No two claims have the same: the words and the lengths of what follows say where each part ends. */
function nameOf({ key, scheme, hash, signature, message }: SignatureClaim): string {
  const [kind, bytes] = key.kind === 'ec' ? [key.curve, key.point] : ['rsa', key.modulus]
  const words = `${kind} ${scheme} ${hash} ${bytes.length} ${signature.length} `
  return bytesToHex(digest('SHA-256', concatBytes(utf8(words), bytes, signature, message)))
}
