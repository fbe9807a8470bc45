import { hexToBytes, OgError, parseHex, utf8 } from '@opengradient/protocol'
import type { Endorsements, SignedFile } from '../result/evidence.ts'
import { readPem } from '../x509/pem.ts'

/** Intel's collateral as quote providers pass it on: files as text, lists and signatures in hex, certificates in PEM. */
export interface IntelCollateralJson {
  readonly root_ca_crl: string
  readonly pck_crl: string
  readonly tcb_info: string
  readonly tcb_info_signature: string
  readonly tcb_info_issuer_chain: string
  readonly qe_identity: string
  readonly qe_identity_signature: string
  readonly qe_identity_issuer_chain: string
}

/** The same as endorsements; the issuer chain of the PCK list is not needed, quotes hold it. Throws what hex and PEM throw: call it on own data. */
export function intelCollateral(json: IntelCollateralJson): Endorsements {
  const file = (name: 'tcb_info' | 'qe_identity'): SignedFile => ({
    body: utf8(text(json, name)),
    signature: hex(json, `${name}_signature`),
    certificates: readPem(utf8(text(json, `${name}_issuer_chain`))),
  })
  return { crls: [hex(json, 'root_ca_crl'), hex(json, 'pck_crl')], tcbInfo: file('tcb_info'), qeIdentity: file('qe_identity') }
}

function text(json: IntelCollateralJson, name: keyof IntelCollateralJson): string {
  const value: unknown = json[name]
  if (typeof value !== 'string') throw new OgError('HEX_MALFORMED', `The collateral has no text ${name}.`)
  return value
}

const hex = (json: IntelCollateralJson, name: keyof IntelCollateralJson): Uint8Array =>
  hexToBytes(parseHex(`0x${text(json, name)}`, undefined, name))
