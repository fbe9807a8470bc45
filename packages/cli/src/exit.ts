import type { ErrorCode, OgError } from '@opengradient/protocol'

/**
 * What the process says to its caller:
 * 0 fine · 1 verification failed · 2 usage · 3 refused before running (policy, cap, balance, price) ·
 * 4 unreachable or timed out, outcome unknown · 5 local fault · 130 interrupted.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130

const ONE: Partial<Record<ErrorCode, ExitCode>> = {
  VERIFICATION_FAILED: 1,
  INTERRUPTED: 130,
  USAGE: 2,
  CONFIG_INVALID: 2,
  CONFIG_MISSING: 2,
  NETWORK_FILE_INVALID: 2,
  NETWORK_UNKNOWN: 2,
  KEY_INVALID: 2,
  KEYSTORE_INVALID: 2,
  POLICY_MALFORMED: 2,
  KEYSTORE_PASSWORD: 3,
  KEY_NOT_ALLOWED: 3,
  NOT_RUNNING: 4,
  CHAIN_STALE: 4,
  CHAIN_UNREACHABLE: 4,
  CHAIN_WAIT_TIMEOUT: 4,
  NODE_UNREACHABLE: 4,
  NODE_REQUEST_PENDING: 4,
  NODE_RESPONSE_INVALID: 4,
  NODE_SIGNED_TWICE: 1,
  RECEIPT_MISSING: 4,
  RPC_ERROR: 4,
  RPC_LIED: 4,
  STATE_PROOF_INVALID: 1,
  STORE_NOT_FOUND: 4,
  STORE_PEER_FAULT: 4,
  STORE_STALLED: 4,
  TRUST_EXPIRED: 1,
  UNTRUSTED_HEADER: 1,
  STORE_UNREACHABLE: 4,
  CHAIN_REVERTED: 3,
  CHAIN_TX_REJECTED: 3,
  SETTLEMENT_REVERTED: 3,
  ZK_PROOF_PENDING: 4,
  ZK_PROOF_UNKNOWN: 4,
  ZK_MEMORY: 5,
  ZK_SELF_CHECK: 5,
  ZK_WITNESS: 5,
}
const AREA: readonly (readonly [RegExp, ExitCode])[] = [
  [/^(INPUT|JSON|MANIFEST|GOLDEN|BUNDLE|HEX|BASE64|NUMBER)_/, 2],
  [/^ZK_(INPUT|NON_FINITE|BAD_FILE)/, 2],
  [/^(POLICY|PAYMENT|MODEL|NODE|ZK|EVIDENCE|ATTESTATION|KEYSET)_/, 3],
  [/^(CHANNEL|COMMIT|RECEIPT|SIGNATURE|VALIDATORS)_/, 1],
  [/^ENGINE_/, 4],
]

/** The exit code of an error. What is in neither table is a fault of this machine. */
export function exitCodeOf(error: OgError): ExitCode {
  return ONE[error.code] ?? AREA.find(([pattern]) => pattern.test(error.code))?.[1] ?? 5
}
