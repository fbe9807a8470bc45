import { base64url, bytesToHex, concatBytes, utf8 } from '@opengradient/protocol'
import { digest } from './hash.ts'
import type { SigningKey } from './keys.ts'
import { little } from './patch.ts'

const modulus = ({ key }: SigningKey): string => base64url(key.kind === 'rsa' ? key.modulus : new Uint8Array())
const padded = (bytes: Uint8Array): string => base64url(bytes).padEnd(Math.ceil(bytes.length / 3) * 4, '=')
const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)

/** The JSON in which the paravisor publishes the key of the virtual TPM. */
export const runtimeData = (ak: SigningKey): Uint8Array =>
  utf8(JSON.stringify({ keys: [{ kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: modulus(ak) }], 'user-data': '00' }))

export interface AzureOptions {
  readonly kind: 'snp' | 'tdx'
  /** The data in the report, and the data that the hardware is bound to. */
  readonly data: Uint8Array
  readonly bound?: Uint8Array
  /** What the hardware signs, for this report data: the report (SNP), or the quote (TDX). */
  readonly hardware: (reportData: Uint8Array) => Uint8Array
  /** Certificate of the chip (SNP). */
  readonly vcek?: Uint8Array
  /** Quote of the virtual TPM, its key, and the registers quoted. */
  readonly message: Uint8Array
  readonly by: SigningKey
  readonly registers: readonly Uint8Array[]
  readonly hclKind?: number
  readonly hclAfter?: Uint8Array
  /** Added to the two lengths of the report. */
  readonly hclLengths?: readonly [number, number]
  readonly changes?: object
}

/** Evidence as the guest collects it. */
export function azureEvidence({ kind, data, bound = data, message, by, ...o }: AzureOptions): Uint8Array {
  const signed = o.hardware(concatBytes(digest('SHA-256', bound), new Uint8Array(32)))
  const [outer, inner] = o.hclLengths ?? [0, 0]
  const body = concatBytes(
    kind === 'snp' ? signed : new Uint8Array(1184),
    little(data.length + 20 + inner, 4),
    little(1, 4),
    little(o.hclKind ?? (kind === 'snp' ? 2 : 4), 4),
    little(1, 4),
    little(data.length, 4),
    data,
  )
  const hcl = concatBytes(
    utf8('HCLA'),
    little(1, 4),
    little(body.length + 32 + outer, 4),
    little(2, 4),
    new Uint8Array(16),
    body,
    o.hclAfter ?? new Uint8Array(64),
  )
  const own = kind === 'snp' ? { vcek: padded(o.vcek!) } : { td_quote: padded(concatBytes(signed, new Uint8Array(70))) }
  const tpm = { message: hex(message), signature: hex(by.raw(message, 'SHA-256')), pcrs: o.registers.map(hex) }
  return utf8(JSON.stringify({ version: 1, hcl_report: padded(hcl), tpm_quote: tpm, ...own, ...o.changes }))
}
