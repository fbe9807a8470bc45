import type { Endorsements } from '@opengradient/protocol'
import type { SignatureCheck } from '../crypto/types.ts'
import type { Roots } from '../roots/types.ts'
import type { Claims, Platform } from './claims.ts'
import type { Rejection } from './rejection.ts'

/** Raw evidence, exactly as the hardware or its interface gave it. */
export interface Evidence {
  readonly platform: Platform
  readonly bytes: Uint8Array
}

export type { Endorsements, SignedFile } from '@opengradient/protocol'

/** What evidence is verified with, beside itself. */
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
