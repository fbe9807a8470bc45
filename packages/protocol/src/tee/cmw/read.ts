import type * as z from 'zod'
import { fromBase64url } from '../../bytes/base64.ts'
import { OgError } from '../../error/error.ts'
import { parseStrictJson } from '../../json/parse.ts'
import { parseAs } from '../../json/schema.ts'
import { isError } from '../../realm/realm.ts'
import { type AttestationEvidence, type Endorsements, type GpuEvidence, MAX_PLATFORM_EVIDENCE, type SignedFile } from '../attestation.ts'
import { MAX_KEYSET_BYTES } from '../keyset.ts'
import { cmwSchema, type endorsementsSchema, MAX_CMW_BYTES, type signedFileSchema, TYPE } from './schema.ts'

/** What a collection holds, whatever the order and spaces of its JSON. Throws `ATTESTATION_MALFORMED`. */
export function readCmw(bytes: Uint8Array): AttestationEvidence {
  const {
    evidence,
    endorsements,
    gpus = [],
    eventLog,
    keyset,
    nonce,
  } = parseAs(cmwSchema, parseJson(bytes), 'ATTESTATION_MALFORMED', 'CMW')
  return {
    platform: evidence[0].slice(TYPE.evidence.length),
    evidence: bytesOf(evidence, 'evidence', MAX_PLATFORM_EVIDENCE),
    endorsements: readEndorsements(endorsements),
    gpus: gpus.map(readGpu),
    ...(eventLog === undefined ? {} : { eventLog: bytesOf(eventLog, 'eventLog') }),
    keyset: bytesOf(keyset, 'keyset', MAX_KEYSET_BYTES),
    nonce: nonceOf(bytesOf(nonce, 'nonce')),
  }
}

type Parsed = z.output<typeof endorsementsSchema>

function readGpu(gpu: { evidence: readonly [string, string, number]; endorsements?: Parsed }): GpuEvidence {
  return { evidence: bytesOf(gpu.evidence, 'gpus', MAX_PLATFORM_EVIDENCE), endorsements: readEndorsements(gpu.endorsements) }
}

function readEndorsements({ certificates, crls, tcbInfo, qeIdentity }: Parsed = {}): Endorsements {
  return {
    ...(certificates && { certificates: certificates.map((der) => bytesOf(der, 'certificates')) }),
    ...(crls && { crls: crls.map((der) => bytesOf(der, 'crls')) }),
    ...(tcbInfo && { tcbInfo: readFile(tcbInfo) }),
    ...(qeIdentity && { qeIdentity: readFile(qeIdentity) }),
  }
}

const readFile = ({ body, signature, certificates = [] }: z.output<typeof signedFileSchema>): SignedFile => ({
  body: bytesOf(body, 'body'),
  signature: bytesOf(signature, 'signature'),
  certificates: certificates.map((der) => bytesOf(der, 'certificates')),
})

function parseJson(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, { maxBytes: MAX_CMW_BYTES, maxDepth: 8, maxNodes: 8_192 })
  } catch (cause) {
    throw malformed(isError(cause) ? cause.message.replace(/\.$/, '') : 'not JSON', cause)
  }
}

function bytesOf([, value]: readonly [string, string, number], field: string, max = MAX_CMW_BYTES): Uint8Array {
  try {
    const bytes = fromBase64url(value, field)
    if (bytes.length <= max) return bytes
  } catch (cause) {
    throw malformed(`${field} is not base64url`, cause)
  }
  throw malformed(`${field} is longer than ${max} bytes`)
}

function nonceOf(nonce: Uint8Array): Uint8Array {
  if (nonce.length !== 32) throw malformed(`the nonce has ${nonce.length} bytes, not 32`)
  return nonce
}

/** An `ATTESTATION_MALFORMED`. */
export const malformed = (why: string, cause?: unknown) => new OgError('ATTESTATION_MALFORMED', `CMW: ${why}.`, { cause })
