import { type AttestationPolicy, parseStandingPolicy, policyBytes } from '@opengradient/attestation'
import { equalBytes, isMachineFault, isOgError } from '@opengradient/protocol'
import type { Meter } from '../meter.ts'
import { PRICES } from './prices.ts'

/** A policy from canonical JSON, paid for before it is read; undefined for anything else, and for one that expects certain evidence. */
export function readPolicy(bytes: Uint8Array, meter: Meter): AttestationPolicy | undefined {
  meter.charge(bytes.length, PRICES.jsonByte)
  try {
    const policy = parseStandingPolicy(bytes)
    return equalBytes(policyBytes(policy), bytes) ? policy : undefined
  } catch (error) {
    if (isOgError(error) && !isMachineFault(error)) return undefined
    throw error
  }
}
