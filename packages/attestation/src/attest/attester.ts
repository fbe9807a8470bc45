import type { Platform } from '../result/claims.ts'
import type { Endorsements } from '../result/evidence.ts'

/** Evidence that was just made, and what a verifier needs beside it. */
export interface Attestation {
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
  /** What the registers were extended with, as the platform logs it. */
  readonly eventLog?: Uint8Array
}

/** Asks the hardware for evidence of what runs here. */
export interface Attester {
  readonly platform: Platform
  /** `development`: nothing protects anything, and the evidence verifies under development roots only. */
  readonly trust: 'hardware' | 'development'
  /**
   * Evidence that is bound to these 1 to 64 bytes; the attester has checked that it is. Of a GPU it is bound to `gpuNonce` of them.
   * ATTESTER_UNAVAILABLE, ATTESTER_FAILED, ATTESTER_MISBOUND.
   */
  attest(reportData: Uint8Array): Promise<Attestation>
  close(): Promise<void>
}

/** Asks all GPUs of the machine, each with `gpuNonce` of the enclave's report data. */
export interface GpuAttester {
  readonly trust: 'hardware' | 'development'
  attest(reportData: Uint8Array): Promise<readonly Attestation[]>
  close(): Promise<void>
}
