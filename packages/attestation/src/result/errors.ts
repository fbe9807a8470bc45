import type { ErrorCode } from '@opengradient/protocol'
import type { RejectionCode } from './codes.ts'

/** A reason to refuse evidence as the code of an `OgError` and of a check in a verdict: `EVIDENCE_…`; of a channel as `CHANNEL_MISMATCH`. */
export function evidenceErrorCode(code: RejectionCode): ErrorCode {
  return code === 'CHANNEL_MISMATCH' ? code : `EVIDENCE_${code}`
}
