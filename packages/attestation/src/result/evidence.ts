import type { SignatureCheck } from '../crypto/types.ts'
import type { Roots } from '../roots/types.ts'
import type { Claims, Platform } from './claims.ts'
import type { Rejection } from './rejection.ts'

/** Raw evidence, exactly as the hardware or its interface gave it. */
export interface Evidence {
  readonly platform: Platform
  readonly bytes: Uint8Array
}

/** A file of the vendor that a vendor key signed: the exact bytes, the signature (r ‖ s, 64 bytes) and the signer's certificates, leaf first. */
export interface SignedFile {
  readonly body: Uint8Array
  readonly signature: Uint8Array
  readonly certificates: readonly Uint8Array[]
}

/** What is needed beside the evidence. None of it is trusted: everything is signed under a root, and who gives it cannot change a verdict for the better. */
export interface Endorsements {
  /** Certificates of the evidence key, leaf first (DER), where the evidence does not hold them: SNP, TPM, NVIDIA. */
  readonly certificates?: readonly Uint8Array[]
  /** Revocation lists (DER). */
  readonly crls?: readonly Uint8Array[]
  /** Intel: the security levels of the platform, and the identity of its quoting enclave. */
  readonly tcbInfo?: SignedFile
  readonly qeIdentity?: SignedFile
}

export interface VerifyOptions {
  /** Unix seconds; block time on chain. */
  readonly now: number
  readonly roots: Roots
  readonly endorsements?: Endorsements
  /** What checks signatures; `defaultCheck` if absent. */
  readonly check?: SignatureCheck
}

/** Verifies the evidence of one platform. Pure, and never rejects its promise. */
export interface Verifier {
  readonly platform: Platform
  verify(evidence: Uint8Array, options: VerifyOptions): Promise<Claims | Rejection>
}

/** Options with their defaults filled in, as the platforms use them. */
export interface Context {
  readonly now: number
  readonly roots: Roots
  readonly endorsements: Endorsements
  readonly check: SignatureCheck
}
