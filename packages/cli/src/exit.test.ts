import { type ErrorCode, OgError } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { exitCodeOf } from './exit.ts'

test.each<[ErrorCode, number]>([
  ['VERIFICATION_FAILED', 1],
  ['USAGE', 2],
  ['JSON_SYNTAX', 2],
  ['INPUT_SHAPE', 2],
  ['POLICY_PRICE_EXCEEDED', 3],
  ['POLICY_BUDGET_EXCEEDED', 3],
  ['PAYMENT_INSUFFICIENT_BALANCE', 3],
  ['PAYMENT_TOO_SMALL', 3],
  ['MODEL_NOT_SERVED', 3],
  ['ZK_INPUT_OUT_OF_RANGE', 2],
  ['ZK_BAD_FILE', 2],
  ['ZK_UNSUPPORTED_OP', 3],
  ['ZK_FIDELITY', 3],
  ['ZK_PROOF_PENDING', 4],
  ['ZK_MEMORY', 5],
  ['EVIDENCE_DEV_EVIDENCE', 3],
  ['ATTESTATION_MALFORMED', 3],
  ['KEYSET_MALFORMED', 3],
  ['CHANNEL_TRUNCATED', 1],
  ['POLICY_MALFORMED', 2],
  ['NODE_UNREACHABLE', 4],
  ['NODE_RESPONSE_INVALID', 4],
  ['NODE_SIGNED_TWICE', 1],
  ['RECEIPT_NO_EQUIVOCATION', 1],
  ['NODE_BOND_GONE', 3],
  ['CHAIN_UNREACHABLE', 4],
  ['CHAIN_WAIT_TIMEOUT', 4],
  ['NOT_RUNNING', 4],
  ['DISK_FULL', 5],
  ['PORT_IN_USE', 5],
  ['CHAIN_DATA_CORRUPT', 5],
  ['INTERNAL', 5],
  ['INTERRUPTED', 130],
])('%s ends with %i', (code, exit) => {
  expect(exitCodeOf(new OgError(code, 'because'))).toBe(exit)
})
