import { fromBase64 } from '@opengradient/protocol'
import { demand, refuse } from '../result/rejection.ts'

const BLOCK = /^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END CERTIFICATE-----(?:\r?\n)*/
/** Certificates in one text. */
const MAX_BLOCKS = 8

/**
 * The certificates (DER) of a PEM text (RFC 7468), in order; nothing but blank lines may stand around them. One NUL at the end is accepted: the
 * quoting enclave writes its text as C does.
 */
export function readPem(bytes: Uint8Array): Uint8Array[] {
  demand(bytes.length <= 65_536, 'MALFORMED', 'PEM: more than 65536 bytes.')
  let text = ''
  for (const byte of bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes) text += String.fromCharCode(byte)
  const certificates: Uint8Array[] = []
  while (text !== '') {
    const match = BLOCK.exec(text) ?? refuse('MALFORMED', 'PEM: the text is not a list of certificates.')
    certificates.push(fromBase64(match[1]!.replace(/\r?\n/g, ''), 'PEM'))
    demand(certificates.length <= MAX_BLOCKS, 'MALFORMED', `PEM: more than ${MAX_BLOCKS} certificates.`)
    text = text.slice(match[0].length)
  }
  return certificates
}
