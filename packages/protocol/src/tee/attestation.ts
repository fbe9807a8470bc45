/** A file of the vendor that a vendor key signed: the exact bytes, the signature, and the certificates of that key (DER, leaf first). */
export interface SignedFile {
  readonly body: Uint8Array
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array
  readonly certificates: readonly Uint8Array[]
}

/**
 * What is needed beside evidence: what vendors publish about the keys and levels of their hardware. None of it is trusted: everything is
 * signed under a root, and who gives it cannot change a verdict for the better.
 */
export interface Endorsements {
  /** Certificates of the evidence key (DER), leaf first, where the evidence does not hold them: SNP, TPM, NVIDIA. */
  readonly certificates?: readonly Uint8Array[]
  /** Revocation lists (DER). */
  readonly crls?: readonly Uint8Array[]
  /** Intel: the security levels of the platform, and the identity of its quoting enclave. */
  readonly tcbInfo?: SignedFile
  readonly qeIdentity?: SignedFile
}

/** The evidence of one GPU, asked for with the nonce that belongs to the report data of its enclave. */
export interface GpuEvidence {
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
}

/**
 * Everything that shows that a keyset belongs to measured code in genuine hardware. Two encodings, each with one form only: `encodeCmw` over
 * HTTP and in bundles, `encodeEvidenceInput` on chain. An empty list or event log is the same as none. Nothing in it is to be believed
 * before `@opengradient/attestation` has verified it.
 */
export interface AttestationEvidence {
  /** Which verifier reads the evidence: a `Platform` of `@opengradient/attestation`, not checked here. */
  readonly platform: string
  /** As the hardware gave it, at most 64 KiB. */
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
  readonly gpus: readonly GpuEvidence[]
  /** What was measured into the registers of the platform, in its own format; for people and tools, nothing is decided by it. */
  readonly eventLog?: Uint8Array
  /** Bytes of `encodeKeyset`. */
  readonly keyset: Uint8Array
  /** 32 bytes: the other half of `reportDataOf`. */
  readonly nonce: Uint8Array
}

/** Bounds of both encodings. */
export const MAX_PLATFORM_EVIDENCE = 65_536
/** Most GPUs beside one enclave. */
export const MAX_GPUS = 16
/** Most certificates, and most revocation lists, in one place. */
export const MAX_ENDORSEMENTS = 16
export const PLATFORM_NAME = /^[a-z][a-z0-9-]{0,31}$/
