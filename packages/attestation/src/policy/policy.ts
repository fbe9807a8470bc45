import type { Hex } from '@opengradient/protocol'
import type { Platform, TcbStatus } from '../result/claims.ts'

/** One code that may run. All `values` must be in the evidence, equal. */
export interface AllowedMeasurement {
  readonly platform: Platform
  /**
   * By the names of `Claims.measurements`; the platform's main one (`MAIN_MEASUREMENT`) must be among them, and of TDX `rtmr1` and `rtmr2` (and
   * `rtmr3` where it is not zero, `mrservicetd` where another domain services it), of Azure's machines a register (`pcr4` …), of a TPM every
   * register that is quoted. Entries for `nvidia-gpu`, where there are any, are for the
   * GPUs of an enclave: each has to be one of them.
   */
  readonly values: Readonly<Record<string, Hex>>
  /**
   * What the code may say that it runs: digests of engines as in a keyset (`Keyset.runtimeDigest`). For code that loads engines which its
   * measurement does not cover; it is the word of that code, no measurement. Anything, if absent.
   */
  readonly runtimes?: readonly Hex[]
  /** Unix seconds; the entry counts before it. */
  readonly notAfter: number
  /** Where the reproducible build is described that gives these values. */
  readonly build: string
}

/** What evidence must show to be accepted. Data only, so that the chain can hold it; `DEFAULT_POLICY` is the strictest. */
export interface AttestationPolicy {
  readonly platforms: readonly Platform[]
  /** Processor or GPU families that are refused. */
  readonly deniedFamilies: readonly string[]
  /** Accept evidence under development roots; what comes of it never counts as `tee`. */
  readonly allowDevelopment: boolean
  /** Accept enclaves that their host can read; what comes of it never counts as `tee`. */
  readonly allowDebug: boolean
  readonly allowMigration: boolean
  readonly tcb: {
    /**
     * Intel's statuses that pass; `Unrated` for platforms whose vendor publishes none. `parsePolicy` refuses `Unknown` (without Intel's files
     * nobody knows that its quoting enclave made the quote, and whoever owns a machine can have another one make it), `Revoked` and
     * `Unsupported`.
     */
    readonly statuses: readonly TcbStatus[]
    /** Days for which a status of being behind still passes after a better level was published. */
    readonly graceDays: number
    /** Least number of Intel's evaluation. */
    readonly minEvaluation: number
    /** Least version numbers by family (`Genoa`) or platform (`tdx`), then by part. SNP is refused without an entry for its family. */
    readonly minSvn: Readonly<Record<string, Readonly<Record<string, number>>>>
  }
  readonly measurements: readonly AllowedMeasurement[] | 'any'
  /** Values of any measurement that are refused. */
  readonly revokedMeasurements: readonly Hex[]
  /** Machines: only these (if given), never those. */
  readonly platformIds: { readonly allow?: readonly Hex[]; readonly deny: readonly Hex[] }
  /** `required`: the vendor's signed lists must have been checked where it publishes any. */
  readonly revocation: 'required' | 'optional'
  /** Certificates that are refused, whatever the vendor says: SHA-256 of the issuer's name, and serial. */
  readonly revokedCertificates: readonly { readonly issuer: Hex; readonly serial: Hex }[]
  /** Seconds that the leaf certificate may live where no list is published. */
  readonly maxUnlistedLifetime: number
  /** Seconds since the evidence was made, by its own clock or `expect.issuedAt`. Not judged if absent. */
  readonly maxAge?: number
  /** Seconds that the evidence's own clock may be ahead. */
  readonly maxAhead: number
  /** Highest privilege level (SNP) that may have asked for the report; 0 is the most privileged. */
  readonly maxVmpl: number
  /** Refuse processors with simultaneous multithreading on (SNP). */
  readonly allowSmt: boolean
  /** Demand that the firmware has looked for aliased memory (SNP). */
  readonly requireAliasCheck: boolean
  readonly gpu: {
    readonly required: boolean
    /** Driver and VBIOS versions that pass; any if absent. */
    readonly drivers?: readonly string[]
    readonly vbios?: readonly string[]
  }
  /** What the caller knows; each member given is compared. `parseStandingPolicy` refuses it. */
  readonly expect?: {
    /** Evidence of a TPM may be bound to its SHA-256 instead. */
    readonly reportData?: Hex
    readonly nonce?: Hex
    /** When the nonce inside the report data was drawn, Unix seconds. */
    readonly issuedAt?: number
    /** What the keyset that the evidence is bound to says that runs. */
    readonly runtimeDigest?: Hex
  }
}

/** The measurement that names the code on each platform, or the firmware that starts it. */
export const MAIN_MEASUREMENT: Readonly<Record<Platform, string>> = {
  nitro: 'pcr0',
  snp: 'measurement',
  tdx: 'mrtd',
  sgx: 'mrenclave',
  'azure-snp-vtpm': 'measurement',
  'azure-tdx-vtpm': 'mrtd',
  tpm: 'pcrDigest',
  'nvidia-gpu': 'record',
}

/** Refuses whatever is not known to be good: debug, migration, Milan, unknown levels, missing lists, code that nobody listed. */
export const DEFAULT_POLICY: AttestationPolicy = {
  platforms: ['nitro', 'snp', 'tdx'],
  deniedFamilies: ['Milan'],
  allowDevelopment: false,
  allowDebug: false,
  allowMigration: false,
  tcb: { statuses: ['UpToDate', 'Unrated'], graceDays: 0, minEvaluation: 0, minSvn: {} },
  measurements: [],
  revokedMeasurements: [],
  platformIds: { deny: [] },
  revocation: 'required',
  revokedCertificates: [],
  maxUnlistedLifetime: 86_400,
  maxAhead: 300,
  maxVmpl: 0,
  allowSmt: true,
  requireAliasCheck: false,
  gpu: { required: false },
}
