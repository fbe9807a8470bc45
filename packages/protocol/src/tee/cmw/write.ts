import { base64url } from '../../bytes/base64.ts'
import type { AttestationEvidence, Endorsements, SignedFile } from '../attestation.ts'
import { COLLECTION, ENDORSEMENTS, EVIDENCE, TYPE } from './schema.ts'

const json = (type: string, ind: number, bytes: Uint8Array) => [type, base64url(bytes), ind]
const labelled = <T>(items: readonly T[] | undefined, each: (item: T) => unknown) =>
  items === undefined || items.length === 0 ? undefined : Object.fromEntries(items.map((item, i) => [String(i), each(item)]))

/** The collection of an attestation as JSON values; what is absent is `undefined`. */
export function cmwOf({ platform, evidence, endorsements, gpus, eventLog, keyset, nonce }: AttestationEvidence) {
  return {
    __cmwc_t: COLLECTION,
    evidence: json(`${TYPE.evidence}${platform}`, EVIDENCE, evidence),
    endorsements: writeEndorsements(endorsements),
    gpus: labelled(gpus, (gpu) => ({
      evidence: json(`${TYPE.evidence}nvidia-gpu`, EVIDENCE, gpu.evidence),
      endorsements: writeEndorsements(gpu.endorsements),
    })),
    eventLog: eventLog === undefined || eventLog.length === 0 ? undefined : json(TYPE.bytes, EVIDENCE, eventLog),
    keyset: json(TYPE.keyset, EVIDENCE, keyset),
    nonce: json(TYPE.bytes, EVIDENCE, nonce),
  }
}

function writeEndorsements({ certificates, crls, tcbInfo, qeIdentity }: Endorsements) {
  const all = {
    certificates: labelled(certificates, (der) => json(TYPE.certificate, ENDORSEMENTS, der)),
    crls: labelled(crls, (der) => json(TYPE.crl, ENDORSEMENTS, der)),
    tcbInfo: tcbInfo && writeFile(tcbInfo),
    qeIdentity: qeIdentity && writeFile(qeIdentity),
  }
  return Object.values(all).some((member) => member !== undefined) ? all : undefined
}

const writeFile = ({ body, signature, certificates }: SignedFile) => ({
  body: json(TYPE.json, ENDORSEMENTS, body),
  signature: json(TYPE.bytes, ENDORSEMENTS, signature),
  certificates: labelled(certificates, (der) => json(TYPE.certificate, ENDORSEMENTS, der)),
})
