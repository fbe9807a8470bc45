import type { OgError } from '@opengradient/protocol'

/**
 * What the process says to its caller:
 * 0 fine · 1 verification failed · 2 usage · 3 refused before running (policy, cap, balance, price) ·
 * 4 unreachable or timed out, outcome unknown · 5 local fault · 130 interrupted.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130

const BY_PREFIX: readonly (readonly [RegExp, ExitCode])[] = [
  [/^VERIFICATION_FAILED$/, 1],
  [/^(USAGE|CONFIG_INVALID|KEY_MALFORMED|INPUT_|JSON_|ONNX_|MANIFEST_|NAME_|FILE_NOT_FOUND)/, 2],
  [/^(POLICY_|PAYMENT_|PRICE_|BALANCE_|CAP_|MODEL_|NO_NODE|NODE_REFUSED|ACCOUNT_|KEYSTORE_PASSWORD|TX_|NETWORK_MISMATCH|REFUSED)/, 3],
  [/^(OUTCOME_UNKNOWN|UNREACHABLE|TIMEOUT|RPC_UNREACHABLE|NODE_UNREACHABLE|STORE_UNREACHABLE|CHAIN_UNREACHABLE|NODE_BUSY|ENGINE_)/, 4],
]

/** The exit code of an error; an error nobody foresaw is a local fault. */
export function exitCodeOf(error: OgError): ExitCode {
  return BY_PREFIX.find(([pattern]) => pattern.test(error.code))?.[1] ?? 5
}
