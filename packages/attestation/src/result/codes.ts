/**
 * Every reason for which evidence is refused, with what it means. The set is closed, and a code keeps its meaning for ever: the chain, stored
 * verdicts and clients in other languages name it.
 */
export const REJECTION_MEANINGS = {
  MALFORMED: 'The bytes break their format: lengths, encodings, repeated keys, or bytes left over.',
  UNSUPPORTED: 'The format is known, but this version, key type or algorithm is not one that is verified here.',
  UNTRUSTED_ROOT: 'The certificates do not lead to a root that is trusted.',
  CHAIN_INVALID: 'A certificate was not issued by the next one, may not be used like this, or is of another machine.',
  CERT_EXPIRED: 'A certificate is not valid at the time of verification.',
  CERT_REVOKED: 'The issuer, or the policy, has revoked a certificate.',
  CRL_MISSING: 'The vendor publishes a revocation list, and it was not given.',
  CRL_INVALID: 'A revocation list is malformed, or not signed by the issuer of the certificate.',
  CRL_STALE: 'A revocation list is not valid at the time of verification.',
  SIGNATURE_INVALID: 'The evidence was not signed by the key that its certificates name.',
  COLLATERAL_MISSING: 'The vendor describes this platform’s security level in a signed file, and the right one was not given.',
  COLLATERAL_INVALID: 'The vendor’s description of security levels is malformed or not signed by the vendor.',
  COLLATERAL_STALE:
    'The vendor’s description of security levels is not valid at the time of verification, or older than the policy allows.',
  TCB_REJECTED: 'Firmware or microcode are of a security level that the policy does not allow.',
  DEBUG_ENABLED: 'The enclave can be read by its host: it runs in debug mode.',
  POLICY_BITS: 'A setting of the enclave (migration, privilege level) is one that the policy does not allow.',
  MEASUREMENT_UNKNOWN: 'The code that runs is not on the list of measurements, or its entry has expired.',
  MEASUREMENT_REVOKED: 'The code that runs was revoked.',
  PLATFORM_DENIED: 'The policy does not allow this platform, processor family or machine.',
  BINDING_MISMATCH: 'The evidence is bound to other data than expected.',
  NONCE_MISMATCH: 'The evidence holds another nonce than expected.',
  STALE_EVIDENCE: 'The evidence is older than the policy allows, or its age is not known.',
  KEYSET_EXPIRED: 'The keyset is not valid at this time.',
  GPU_MISSING: 'The policy asks for a GPU in confidential mode, and there is no evidence of one.',
  GPU_BINDING_MISMATCH: 'The evidence of the GPU was made for another enclave.',
  GPU_DRIVER_DENIED: 'The driver or VBIOS of the GPU is not one that the policy allows.',
  DEV_EVIDENCE: 'The evidence was made under a development root.',
  PROVENANCE_INVALID: 'The measurement is listed without the build that it comes from.',
  CHANNEL_MISMATCH: 'The channel is not bound to the keyset of the evidence.',
  RECEIPT_INVALID: 'The receipt was not signed inside the enclave that the evidence shows.',
  FETCH_FAILED: 'Evidence or endorsements could not be fetched. The only reason for which trying again may help.',
} as const satisfies Record<string, string>

/** The closed union of reasons for which evidence is refused. */
export type RejectionCode = keyof typeof REJECTION_MEANINGS
