import { utf8 } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import {
  type AttestationEvidence,
  type Endorsements,
  type GpuEvidence,
  MAX_ENDORSEMENTS,
  MAX_GPUS,
  MAX_PLATFORM_EVIDENCE,
  PLATFORM_NAME,
  type SignedFile,
} from './attestation.ts'
import { MAX_KEYSET_BYTES } from './keyset.ts'
import { decodeList, decodeStrings, encodeList, encodeStrings } from './strings.ts'

/** Most bytes of `encodeEvidenceInput`. */
export const MAX_EVIDENCE_INPUT = 262_144

/**
 * `abi.encode(bytes platform, bytes evidence, bytes endorsements, bytes gpus, bytes eventLog, bytes keyset, bytes nonce)`: what
 * `Attestations.register` takes and the precompile 0x0900 reads. Inside, again as byte strings:
 * endorsements = `abi.encode(bytes certificates, bytes crls, bytes tcbInfo, bytes qeIdentity)`, gpus = list of
 * `abi.encode(bytes evidence, bytes endorsements)`, a signed file = `abi.encode(bytes body, bytes signature, bytes certificates)`, each list =
 * `abi.encode(bytes[])`. Whatever is absent or empty is an empty byte string. Throws `EVIDENCE_INPUT_MALFORMED`.
 */
export function encodeEvidenceInput(value: AttestationEvidence): Uint8Array {
  const bytes = write(value)
  decodeEvidenceInput(bytes)
  return bytes
}

/** The inverse of `encodeEvidenceInput` for untrusted bytes, as views of them. Throws `EVIDENCE_INPUT_MALFORMED` for every other encoding. */
export function decodeEvidenceInput(bytes: Uint8Array): AttestationEvidence {
  if (bytes.length > MAX_EVIDENCE_INPUT) throw malformed(`${bytes.length} bytes are more than ${MAX_EVIDENCE_INPUT}`)
  const [platform, evidence, endorsements, gpus, eventLog, keyset, nonce] = strings(bytes, 7) as Seven
  const name = String.fromCharCode(...platform.subarray(0, 33))
  if (!PLATFORM_NAME.test(name)) throw malformed('the platform has no name')
  if (keyset.length > MAX_KEYSET_BYTES) throw malformed('the keyset is too long')
  if (nonce.length !== 32) throw malformed(`the nonce has ${nonce.length} bytes, not 32`)
  return {
    platform: name,
    evidence: raw(evidence),
    endorsements: readEndorsements(endorsements),
    gpus: list(gpus, MAX_GPUS).map(readGpu),
    ...(eventLog.length === 0 ? {} : { eventLog }),
    keyset,
    nonce,
  }
}

type Seven = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]

const NONE = new Uint8Array()

function write({ platform, evidence, endorsements, gpus, eventLog = NONE, keyset, nonce }: AttestationEvidence): Uint8Array {
  const shown = encodeList(gpus.map((gpu) => encodeStrings([gpu.evidence, writeEndorsements(gpu.endorsements)])))
  return encodeStrings([utf8(platform), evidence, writeEndorsements(endorsements), shown, eventLog, keyset, nonce])
}

function writeEndorsements({ certificates = [], crls = [], tcbInfo, qeIdentity }: Endorsements): Uint8Array {
  const parts = [encodeList(certificates), encodeList(crls), writeFile(tcbInfo), writeFile(qeIdentity)]
  return parts.every(({ length }) => length === 0) ? NONE : encodeStrings(parts)
}

const writeFile = (file: SignedFile | undefined): Uint8Array =>
  file === undefined ? NONE : encodeStrings([file.body, file.signature, encodeList(file.certificates)])

function readEndorsements(bytes: Uint8Array): Endorsements {
  if (bytes.length === 0) return {}
  const [certificates, crls, tcbInfo, qeIdentity] = strings(bytes, 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  if ([certificates, crls, tcbInfo, qeIdentity].every(({ length }) => length === 0)) throw malformed('empty endorsements are not left out')
  return {
    ...(certificates.length === 0 ? {} : { certificates: list(certificates, MAX_ENDORSEMENTS) }),
    ...(crls.length === 0 ? {} : { crls: list(crls, MAX_ENDORSEMENTS) }),
    ...(tcbInfo.length === 0 ? {} : { tcbInfo: readFile(tcbInfo) }),
    ...(qeIdentity.length === 0 ? {} : { qeIdentity: readFile(qeIdentity) }),
  }
}

function readFile(bytes: Uint8Array): SignedFile {
  const [body, signature, certificates] = strings(bytes, 3) as [Uint8Array, Uint8Array, Uint8Array]
  return { body, signature, certificates: list(certificates, MAX_ENDORSEMENTS) }
}

function readGpu(bytes: Uint8Array): GpuEvidence {
  const [evidence, endorsements] = strings(bytes, 2) as [Uint8Array, Uint8Array]
  return { evidence: raw(evidence), endorsements: readEndorsements(endorsements) }
}

function raw(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_PLATFORM_EVIDENCE) throw malformed(`evidence has ${bytes.length} bytes, more than ${MAX_PLATFORM_EVIDENCE}`)
  return bytes
}

const strings = (bytes: Uint8Array, count: number): Uint8Array[] => decodeStrings(bytes, count, malformed)
const list = (bytes: Uint8Array, max: number): Uint8Array[] => decodeList(bytes, max, malformed)

const malformed = (why: string) =>
  new OgError('EVIDENCE_INPUT_MALFORMED', `The envelope of the evidence is not encoded canonically: ${why}.`)
