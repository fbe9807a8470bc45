import type { Hex } from '@opengradient/protocol'

/** Where evidence comes from, and so how it is read. */
export const PLATFORMS = ['nitro', 'snp', 'tdx', 'sgx', 'azure-snp-vtpm', 'azure-tdx-vtpm', 'tpm', 'nvidia-gpu'] as const
/** One of `PLATFORMS`. */
export type Platform = (typeof PLATFORMS)[number]

/**
 * The platforms whose evidence a TPM signs: `bare` is one that the host of its machine can look into, `protected` one that software beneath the
 * measured code keeps in the enclave's memory.
 */
export const TPM: Readonly<Partial<Record<Platform, 'bare' | 'protected'>>> = {
  'azure-snp-vtpm': 'protected',
  'azure-tdx-vtpm': 'protected',
  tpm: 'bare',
}

/** Families of processors with SEV-SNP, by AMD's names. */
export const SNP_FAMILIES = ['Milan', 'Genoa', 'Turin'] as const
/** One of `SNP_FAMILIES`. */
export type SnpFamily = (typeof SNP_FAMILIES)[number]

/**
 * The security level of firmware and microcode. The first eight are Intel's words. `Unsupported`: Intel describes no level that this machine
 * reaches. `Unknown`: the vendor's description was not given. `Unrated`: the vendor publishes no levels, only numbers.
 */
export const TCB_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
  'Unsupported',
  'Unknown',
  'Unrated',
] as const
/** One of `TCB_STATUSES`. */
export type TcbStatus = (typeof TCB_STATUSES)[number]

/** How new firmware and microcode are. */
export interface Tcb {
  readonly status: TcbStatus
  /** Security version numbers by part, as the platform names them. */
  readonly svn: Readonly<Record<string, number>>
  /** Intel's number of the evaluation that the status comes from: the lower of platform and quoting enclave. */
  readonly evaluation?: number
  /** Unix seconds at which a better level was published, when there is one. */
  readonly behindSince?: number
  /** The vendor's advisories that apply. */
  readonly advisories: readonly string[]
}

/** One certificate that the verification rested on, for deny lists. */
export interface UsedCertificate {
  /** SHA-256 of the issuer's name in DER. */
  readonly issuer: Hex
  readonly serial: Hex
  /** Unix seconds. */
  readonly notBefore: number
  readonly notAfter: number
}

/** What verified evidence says. Whether that is good enough is for a policy: `appraise`. */
export interface Claims {
  readonly ok: true
  readonly platform: Platform
  /** `development` when the root was one: then the claims say nothing about hardware. */
  readonly trust: 'hardware' | 'development'
  /** Processor or GPU family where the evidence names one: `Milan`, `Genoa`, `Turin`, `GH100`. */
  readonly family?: string
  /** The time that it was verified at, and until which the same verification would succeed. Unix seconds. */
  readonly verifiedAt: number
  readonly validUntil: number
  /** The time that the evidence itself states, Unix seconds; only Nitro does. */
  readonly issuedAt?: number
  /** What the enclave bound into the evidence: user data, report data, the qualifying data of a TPM, the nonce of a GPU. */
  readonly reportData: Uint8Array
  /** The nonce beside it, on Nitro. */
  readonly nonce?: Uint8Array
  /** Digests of the code by the platform's names: `pcr0`, `measurement`, `mrtd`, `rtmr0`, `mrenclave` … */
  readonly measurements: Readonly<Record<string, Hex>>
  /** The host may read or change the enclave. */
  readonly debug: boolean
  /** The enclave may be moved to another machine. */
  readonly migratable: boolean
  readonly tcb: Tcb
  /** What names the machine: chip id, PPID, instance, GPU certificate. */
  readonly platformId: Hex
  /** `unpublished`: the vendor has no revocation lists that can be used. */
  readonly revocation: 'checked' | 'unchecked' | 'unpublished'
  /** Leaf first. */
  readonly certificates: readonly UsedCertificate[]
  /** Further facts by name, as text: `vmpl`, `smt`, `driver`, `vbios` … */
  readonly facts: Readonly<Record<string, string>>
}
