import { bytesToHex, concatBytes, type Hex, hexToBytes, utf8 } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import type { TrustAnchor } from '../roots/types.ts'

/**
 * Where the chain keeps what vendors publish: one place for each issuer's revocation list, for the levels of each kind of processor, and for
 * each quoting enclave. What is under development roots has places of its own, so that it never stands for the vendor's.
 */
const key = (kind: string, trust: TrustAnchor['trust'], ...parts: Uint8Array[]): Hex =>
  bytesToHex(digest('SHA-256', concatBytes(utf8(`opengradient/${kind}`), Uint8Array.of(trust === 'development' ? 129 : 1), ...parts)))

/** `issuer`: SHA-256 of the issuer's name in DER, as in `UsedCertificate`. */
export const crlKey = (trust: TrustAnchor['trust'], issuer: Hex): Hex => key('crl', trust, hexToBytes(issuer))

/** The same for AMD's list of keys that clouds load (VLEK): its issuer has another list, for the keys of chips, whose numbers are its own. */
export const vlekCrlKey = (trust: TrustAnchor['trust'], issuer: Hex): Hex => key('vlek-crl', trust, hexToBytes(issuer))

/** `fmspc`: 6 bytes. */
export const tcbInfoKey = (trust: TrustAnchor['trust'], id: 'SGX' | 'TDX', fmspc: Hex): Hex =>
  key('tcb-info', trust, utf8(id), hexToBytes(fmspc))

/** Where the chain keeps the identity of Intel’s quoting enclave of this kind. */
export const qeIdentityKey = (trust: TrustAnchor['trust'], id: 'QE' | 'TD_QE'): Hex => key('qe-identity', trust, utf8(id))
