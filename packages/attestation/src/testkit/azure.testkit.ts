import { base64url, bytesToHex, concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import { intelRoot, pck, pckCa, pem, quote, tdBody } from './dcap.testkit.ts'
import { rsaKey, type TestKey } from './keys.testkit.ts'
import { snpReport, vcek } from './snp.testkit.ts'
import { attest, REGISTERS } from './tpm.testkit.ts'

export const azureKeys = { ak: rsaKey('pkcs1', 'azure ak'), other: rsaKey('pkcs1', 'azure other') }
const little = (value: number): Uint8Array => uintBytes(value, 4).reverse()
const modulus = ({ key }: TestKey): string => base64url(key.kind === 'rsa' ? key.modulus : new Uint8Array())
const padded = (bytes: Uint8Array): string => base64url(bytes).padEnd(Math.ceil(bytes.length / 3) * 4, '=')

/** The JSON in which the paravisor publishes the key of the virtual TPM. */
export const runtimeData = (ak: TestKey = azureKeys.ak): Uint8Array =>
  utf8(JSON.stringify({ keys: [{ kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: modulus(ak) }], 'user-data': '00' }))

export interface AzureOptions {
  readonly kind?: 'snp' | 'tdx'
  /** The data in the report, and the data that the hardware is bound to. */
  readonly data?: Uint8Array
  readonly bound?: Uint8Array
  readonly message?: Uint8Array
  readonly by?: TestKey
  readonly registers?: readonly Uint8Array[]
  readonly hclKind?: number
  readonly hclAfter?: Uint8Array
  /** Added to the two lengths of the report. */
  readonly hclLengths?: readonly [number, number]
  readonly changes?: object
}

/** Evidence as the guest collects it. */
export function azureEvidence({
  kind = 'snp',
  data = runtimeData(),
  bound = data,
  message = attest(),
  by = azureKeys.ak,
  ...o
}: AzureOptions = {}): Uint8Array {
  const reportData = concatBytes(digest('SHA-256', bound), new Uint8Array(32))
  const hardware = kind === 'snp' ? snpReport({ 80: reportData }) : new Uint8Array(1184)
  const [outer, inner] = o.hclLengths ?? [0, 0]
  const body = concatBytes(
    hardware,
    little(data.length + 20 + inner),
    little(1),
    little(o.hclKind ?? (kind === 'snp' ? 2 : 4)),
    little(1),
    little(data.length),
    data,
  )
  const hcl = concatBytes(
    utf8('HCLA'),
    little(1),
    little(body.length + 32 + outer),
    little(2),
    new Uint8Array(16),
    body,
    o.hclAfter ?? new Uint8Array(64),
  )
  const tdQuote = (): Uint8Array => quote({ body: tdBody({ 520: reportData }), certificates: pem(pck(), pckCa, intelRoot) })
  const own = kind === 'snp' ? { vcek: padded(vcek()) } : { td_quote: padded(concatBytes(tdQuote(), new Uint8Array(70))) }
  const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)
  const tpm = { message: hex(message), signature: hex(by.raw(message, 'SHA-256')), pcrs: (o.registers ?? REGISTERS).map(hex) }
  return utf8(JSON.stringify({ version: 1, hcl_report: padded(hcl), tpm_quote: tpm, ...own, ...o.changes }))
}
