import { fromBase64 } from '@opengradient/protocol'

/** The bytes of a certificate that is written into this source as lines of base64. */
export const fromPem = (text: string): Uint8Array => fromBase64(text.replaceAll('\n', ''), 'root')
