import type { Endorsements } from '@opengradient/protocol'

/** What a development machine is made from. */
export interface MachineOptions {
  readonly seed: string
  /** Tells machines under the same roots apart. */
  readonly machine: string
  /** What runs there: as many bytes as the platform's measurements have. */
  readonly measurement: Uint8Array
}

/** What a machine gives when it is asked: an `Attestation` of `@opengradient/attestation/attest`. */
export interface DevelopmentEvidence {
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
}

/** One format: how its machines attest. */
export interface DevelopmentPlatform {
  /** Bytes of a measurement. */
  readonly size: 32 | 48
  /** The main measurement that the evidence will show for this one. */
  readonly main: (measurement: Uint8Array) => Uint8Array
  /** `reportData` as the format holds it, `now` in Unix seconds. */
  readonly machine: (options: MachineOptions) => (reportData: Uint8Array, now: number) => DevelopmentEvidence
}

/** A function whose answers are kept, one for each text. */
export function kept<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>()
  return (text) => {
    const found = made.get(text) ?? make(text)
    made.set(text, found)
    return found
  }
}

/** Report data with zeros up to 64 bytes, as the formats with a fixed field hold it. */
export function filled(reportData: Uint8Array): Uint8Array {
  const field = new Uint8Array(64)
  field.set(reportData)
  return field
}
