/**
 * What the chain's precompile 0x0900 answers first: 0 when it accepts evidence, otherwise why not. 1 to 31 are the reasons of
 * `@opengradient/attestation` (`REJECTION_MEANINGS`, same names), the rest are about what surrounds the evidence. The numbers never change;
 * contracts may compare with them.
 */
export const TEE_CODES = {
  ACCEPTED: 0,
  MALFORMED: 1,
  UNSUPPORTED: 2,
  UNTRUSTED_ROOT: 3,
  CHAIN_INVALID: 4,
  CERT_EXPIRED: 5,
  CERT_REVOKED: 6,
  CRL_MISSING: 7,
  CRL_INVALID: 8,
  CRL_STALE: 9,
  SIGNATURE_INVALID: 10,
  COLLATERAL_MISSING: 11,
  COLLATERAL_INVALID: 12,
  COLLATERAL_STALE: 13,
  TCB_REJECTED: 14,
  DEBUG_ENABLED: 15,
  POLICY_BITS: 16,
  MEASUREMENT_UNKNOWN: 17,
  MEASUREMENT_REVOKED: 18,
  PLATFORM_DENIED: 19,
  BINDING_MISMATCH: 20,
  NONCE_MISMATCH: 21,
  STALE_EVIDENCE: 22,
  KEYSET_EXPIRED: 23,
  GPU_MISSING: 24,
  GPU_BINDING_MISMATCH: 25,
  GPU_DRIVER_DENIED: 26,
  DEV_EVIDENCE: 27,
  PROVENANCE_INVALID: 28,
  CHANNEL_MISMATCH: 29,
  RECEIPT_INVALID: 30,
  FETCH_FAILED: 31,
  /** The envelope (`decodeEvidenceInput`) breaks its format. */
  INPUT_MALFORMED: 32,
  /** The policy is not a policy in canonical JSON, or a development root is not a certificate. */
  POLICY_MALFORMED: 33,
  /** The keyset is not one in its canonical form (`parseKeyset`). */
  KEYSET_MALFORMED: 34,
  /** The keyset is for another chain, or for another node. */
  KEYSET_CHAIN_MISMATCH: 35,
  KEYSET_NODE_MISMATCH: 36,
  /** The keyset begins later than the time of verification. */
  KEYSET_NOT_YET_VALID: 37,
  INTERNAL: 255,
} as const

/** One of `TEE_CODES`. */
export type TeeCode = keyof typeof TEE_CODES

const NAMES = new Map<number, TeeCode>(Object.entries(TEE_CODES).map(([name, code]) => [code, name as TeeCode]))

/** The name of a number; `undefined` if this software does not know it. */
export const teeCodeName = (code: number): TeeCode | undefined => NAMES.get(code)
