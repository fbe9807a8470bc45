import { type Address, bytesToHex, type ErrorCode, type Hex, type Keyset } from '@opengradient/protocol'
import type { RejectionCode } from '../result/codes.ts'
import { evidenceErrorCode } from '../result/errors.ts'

/** Why an envelope is refused: what the evidence is refused for, or its keyset. */
export type AttestationFault =
  | RejectionCode
  | 'KEYSET_MALFORMED'
  | 'KEYSET_CHAIN_MISMATCH'
  | 'KEYSET_NODE_MISMATCH'
  | 'KEYSET_MODEL_MISSING'
  | 'KEYSET_NOT_YET_VALID'

/** What the caller knows of a keyset; each member given is compared. */
export interface KeysetExpectation {
  readonly chainId: bigint
  /** Operator account. */
  readonly node: Address
  /** One that must be among its models. */
  readonly modelId?: Hex
  /** 32 bytes. */
  readonly nonce?: Hex
  /** When the nonce was drawn, Unix seconds. */
  readonly issuedAt?: number
}

interface Fault {
  readonly code: AttestationFault
  readonly message: string
}

/** Why a keyset is not the one that is expected at this time; undefined: it is. Seconds that clocks differ by (`policy.maxAhead`) are allowed at its begin. */
export function keysetFault(
  { chainId, node, modelIds, notBefore, notAfter }: Keyset,
  nonce: Uint8Array,
  { now, expect, policy }: { readonly now: number; readonly expect: KeysetExpectation; readonly policy: { readonly maxAhead: number } },
): Fault | undefined {
  if (chainId !== expect.chainId)
    return fault('KEYSET_CHAIN_MISMATCH', `The keyset is for the chain ${chainId}, not for ${expect.chainId}.`)
  if (node !== expect.node) return fault('KEYSET_NODE_MISMATCH', `The keyset is of the node ${node}, not of ${expect.node}.`)
  if (expect.modelId !== undefined && !modelIds.includes(expect.modelId))
    return fault('KEYSET_MODEL_MISSING', `The enclave has not loaded the model ${expect.modelId}.`)
  if (expect.nonce !== undefined && bytesToHex(nonce) !== expect.nonce)
    return fault('NONCE_MISMATCH', 'The evidence was made under another nonce.')
  if (BigInt(now) >= notAfter) return fault('KEYSET_EXPIRED', `The keyset ended at ${utc(notAfter)}.`)
  return BigInt(now + policy.maxAhead) < notBefore
    ? fault('KEYSET_NOT_YET_VALID', `The keyset begins at ${utc(notBefore)} only.`)
    : undefined
}

/** A reason to refuse an envelope as the code of an `OgError` and of a check in a verdict. */
export function attestationErrorCode(code: AttestationFault): ErrorCode {
  switch (code) {
    case 'KEYSET_MALFORMED':
      return 'KEYSET_MALFORMED'
    case 'KEYSET_CHAIN_MISMATCH':
    case 'KEYSET_NODE_MISMATCH':
    case 'KEYSET_MODEL_MISSING':
      return 'EVIDENCE_KEYSET_FOREIGN'
    case 'KEYSET_NOT_YET_VALID':
      return 'EVIDENCE_KEYSET_EXPIRED'
    default:
      return evidenceErrorCode(code)
  }
}

const fault = (code: AttestationFault, message: string): Fault => ({ code, message })

/** Readable where JavaScript has such a date. */
const utc = (seconds: bigint): string =>
  seconds < 8_000_000_000_000n ? new Date(Number(seconds) * 1000).toISOString().replace('.000', '') : `second ${seconds}`
