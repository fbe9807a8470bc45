import * as z from 'zod'
import { MAX_ENDORSEMENTS, MAX_GPUS } from '../attestation.ts'

/** Most bytes of `encodeCmw`. */
export const MAX_CMW_BYTES = 524_288

/** The type of our collections (`__cmwc_t`). */
export const COLLECTION = 'tag:opengradient.ai,2026:attestation/1'

/** RFC 9999, indicator bits. */
export const ENDORSEMENTS = 2
export const EVIDENCE = 4

/** Media types of the members. */
export const TYPE = {
  evidence: 'application/vnd.opengradient.evidence.',
  keyset: 'application/vnd.opengradient.keyset+json',
  certificate: 'application/pkix-cert',
  crl: 'application/pkix-crl',
  json: 'application/json',
  bytes: 'application/octet-stream',
} as const

/** Text of the longest record. */
const text = z.string().max(MAX_CMW_BYTES)
const record = <Ind extends number>(type: z.ZodType<string>, ind: Ind) => z.tuple([type, text, z.literal(ind)])
const endorsement = (type: string) => record(z.literal(type), ENDORSEMENTS)
const evidence = (type: string) => record(z.literal(type), EVIDENCE)
const platformEvidence = record(z.string().regex(new RegExp(`^${TYPE.evidence.replaceAll('.', '\\.')}[a-z][a-z0-9-]{0,31}$`)), EVIDENCE)

/** A CMW is a record or a collection, so a list is a collection whose labels are the positions. */
const listOf = <Schema extends z.ZodType>(schema: Schema, max: number) =>
  z
    .record(z.string().regex(/^(?:0|[1-9][0-9]?)$/), schema)
    .transform((members) => Object.entries(members))
    .refine((members) => members.length > 0 && members.length <= max && members.every(([label], i) => label === String(i)), {
      error: `expected members labelled from 0, at most ${max}`,
    })
    .transform((members) => members.map(([, value]) => value))

export const signedFileSchema = z.strictObject({
  body: endorsement(TYPE.json),
  signature: endorsement(TYPE.bytes),
  certificates: z.exactOptional(listOf(endorsement(TYPE.certificate), MAX_ENDORSEMENTS)),
})
export const endorsementsSchema = z.strictObject({
  certificates: z.exactOptional(listOf(endorsement(TYPE.certificate), MAX_ENDORSEMENTS)),
  crls: z.exactOptional(listOf(endorsement(TYPE.crl), MAX_ENDORSEMENTS)),
  tcbInfo: z.exactOptional(signedFileSchema),
  qeIdentity: z.exactOptional(signedFileSchema),
})
/** The form of a collection. That it is the one form of its content is for `parseCmw`. */
export const cmwSchema = z.strictObject({
  __cmwc_t: z.literal(COLLECTION),
  evidence: platformEvidence,
  endorsements: z.exactOptional(endorsementsSchema),
  gpus: z.exactOptional(
    listOf(
      z.strictObject({ evidence: evidence(`${TYPE.evidence}nvidia-gpu`), endorsements: z.exactOptional(endorsementsSchema) }),
      MAX_GPUS,
    ),
  ),
  eventLog: z.exactOptional(evidence(TYPE.bytes)),
  keyset: evidence(TYPE.keyset),
  nonce: evidence(TYPE.bytes),
})
