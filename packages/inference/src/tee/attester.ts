import type { Endorsements, GpuEvidence } from '@opengradient/protocol'

/** What hardware says about the enclave that asked it. */
export interface AttesterEvidence {
  /** Raw, as the hardware or its interface gave it. */
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
  readonly eventLog?: Uint8Array
  readonly gpus?: readonly GpuEvidence[]
}

/** What produces evidence about this enclave: `@opengradient/attestation/attest`, or a development attester. */
export interface Attester {
  /** How the evidence is read: a `Platform` of `@opengradient/attestation`. */
  readonly platform: string
  /** `development`: it shows nothing but that the protocol works. */
  readonly trust: 'hardware' | 'development'
  /** @param reportData 64 bytes that the evidence binds */
  attest(reportData: Uint8Array): Promise<AttesterEvidence>
  close(): Promise<void> | void
}
