import { bytesToHex, type Hex, hexToBytes, OgError, utf8 } from '@opengradient/protocol'
import { digest } from './make/hash.ts'
import type { DevelopmentEvidence } from './platform.ts'
import { DEVELOPMENT_PLATFORMS, type Platform } from './platforms/index.ts'

/** Which machine is pretended, and under whose roots. */
export interface DevelopmentAttesterOptions {
  readonly platform: Platform
  /** The same text as the roots come from. */
  readonly seed: string
  /** Tells machines under the same roots apart. */
  readonly machine?: string
  /** What runs, 48 bytes (32 for `sgx` and `tpm`); the same for everybody if absent. */
  readonly measurement?: Hex
  /** Unix seconds; the clock of this machine if absent. */
  readonly now?: () => number
}

/** An `Attester` of `@opengradient/attestation/attest`, by its shape: what makes evidence shares nothing with what judges it. */
export interface DevelopmentAttester {
  readonly platform: Platform
  readonly trust: 'development'
  /** The platform's main measurement as verifiers will read it, for a policy's list. */
  readonly measurement: Hex
  /** Evidence that is bound to these 1 to 64 bytes. ATTESTER_FAILED for fewer or more. */
  attest(reportData: Uint8Array): Promise<DevelopmentEvidence>
  close(): Promise<void>
}

/** Makes evidence in the format of this platform under development roots. It says nothing about any machine. */
export function developmentAttester(options: DevelopmentAttesterOptions): DevelopmentAttester {
  const { platform, seed, machine = 'machine', now = () => Math.floor(Date.now() / 1000) } = options
  const format = DEVELOPMENT_PLATFORMS[platform]
  const measurement = measurementOf(format.size, options.measurement)
  const make = format.machine({ seed, machine, measurement })
  return {
    platform,
    trust: 'development',
    measurement: bytesToHex(format.main(measurement)),
    attest: async (reportData) => {
      if (reportData.length === 0 || reportData.length > 64)
        throw new OgError('ATTESTER_FAILED', `Evidence binds 1 to 64 bytes; these are ${reportData.length}.`)
      return make(reportData, now())
    },
    close: async () => {},
  }
}

function measurementOf(size: 32 | 48, given: Hex | undefined): Uint8Array {
  if (given !== undefined) return hexToBytes(given, size, 'measurement')
  return digest(size === 32 ? 'SHA-256' : 'SHA-384', utf8('OpenGradient development enclave'))
}
