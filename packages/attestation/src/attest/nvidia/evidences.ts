import { fromBase64, parseStrictJson, utf8 } from '@opengradient/protocol'
import { readPem } from '../../x509/pem.ts'
import type { Attestation } from '../attester.ts'
import { failed, reasonOf } from '../errors.ts'

/** Bytes of the output for 16 GPUs, with room. */
export const MAX_OUTPUT = 2_097_152
const MAX_GPUS = 16

/**
 * The evidence of every GPU in the JSON of `nvattest collect-evidence`: `evidences[]` of `evidence` (base64 of SPDM request and response) and
 * `certificate` (base64 of PEM, leaf first), `result_code` 0. ATTESTER_FAILED.
 */
export function readEvidences(output: string): Attestation[] {
  try {
    const value = object(parseStrictJson(output, { maxBytes: MAX_OUTPUT, maxDepth: 8, maxNodes: 10_000 }))
    if (value.result_code !== 0) throw failed(`result ${String(value.result_code)}: ${String(value.result_message).slice(0, 200)}`)
    const { evidences } = value
    if (!Array.isArray(evidences) || evidences.length === 0 || evidences.length > MAX_GPUS)
      throw failed(`not evidence of 1 to ${MAX_GPUS} GPUs`)
    return evidences.map(object).map(({ evidence, certificate }) => ({
      evidence: fromBase64(text(evidence), 'evidence'),
      endorsements: { certificates: readPem(pemOf(text(certificate))) },
    }))
  } catch (error) {
    throw failed(`nvattest gave no evidence: ${reasonOf(error)}`, error)
  }
}

/** PEM in base64, as nvattest writes it, or plain. */
const pemOf = (certificate: string): Uint8Array =>
  certificate.startsWith('-----BEGIN') ? utf8(certificate) : fromBase64(certificate, 'certificate')

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw failed('a part that is no object')
  return value as Record<string, unknown>
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw failed('a part that is no text')
  return value
}
