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

interface Framed {
  readonly kind: 'snp' | 'tdx'
  /** The data in the report. */
  readonly data: Uint8Array
  readonly hclKind?: number
  readonly hclAfter?: Uint8Array
  /** Added to the two lengths of the report. */
  readonly hclLengths?: readonly [number, number]
}

export interface HclOptions extends Framed {
  /** Of the hardware, 1,184 bytes. */
  readonly report: Uint8Array
}

export interface AzureOptions extends Framed {
  /** The data that the hardware is bound to, if not that in the report. */
  readonly bound?: Uint8Array
  /** What the hardware signs, for this report data: the report (SNP), or the quote (TDX). */
  readonly hardware: (reportData: Uint8Array) => Uint8Array
  /** Certificate of the chip (SNP). */
  readonly vcek?: Uint8Array
  /** Quote of the virtual TPM, its key, and the registers quoted. */
  readonly message: Uint8Array
  readonly by: SigningKey
  readonly registers: readonly Uint8Array[]
  readonly changes?: object
}

/** What the paravisor stores: the hardware's report and the data that it is bound to. */
export function hclReport({ kind, data, hclLengths: [outer, inner] = [0, 0], ...o }: HclOptions): Uint8Array {
  const body = concatBytes(
    o.report,
    little(data.length + 20 + inner, 4),
    little(1, 4),
    little(o.hclKind ?? (kind === 'snp' ? 2 : 4), 4),
    little(1, 4),
    little(data.length, 4),
    data,
  )
  const head = concatBytes(utf8('HCLA'), little(1, 4), little(body.length + 32 + outer, 4), little(2, 4), new Uint8Array(16))
  return concatBytes(head, body, o.hclAfter ?? new Uint8Array(64))
}

/** Report data that hardware is bound to this runtime data by. */
export const boundToData = (data: Uint8Array): Uint8Array => concatBytes(digest('SHA-256', data), new Uint8Array(32))

/** Evidence as the guest collects it. */
export function azureEvidence({ kind, data, bound = data, message, by, ...o }: AzureOptions): Uint8Array {
  const signed = o.hardware(boundToData(bound))
  const hcl = hclReport({ ...o, kind, data, report: kind === 'snp' ? signed : new Uint8Array(1184) })
  const own = kind === 'snp' ? { vcek: padded(o.vcek!) } : { td_quote: padded(concatBytes(signed, new Uint8Array(70))) }
  const tpm = { message: hex(message), signature: hex(by.raw(message, 'SHA-256')), pcrs: o.registers.map(hex) }
  return utf8(JSON.stringify({ version: 1, hcl_report: padded(hcl), tpm_quote: tpm, ...own, ...o.changes }))
}
