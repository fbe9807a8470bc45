import { base64, utf8 } from '@opengradient/protocol'

/** Certificates in PEM, lines of 64 characters. */
export const pem = (...ders: readonly Uint8Array[]): Uint8Array =>
  utf8(
    ders
      .map((der) => `-----BEGIN CERTIFICATE-----\n${base64(der).replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`)
      .join('')
      .replace(/\n\n/g, '\n'),
  )
