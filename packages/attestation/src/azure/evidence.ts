import { base64url, bytesToHex, fromBase64url, hexToBytes, parseHex, parseStrictJson, utf8 } from '@opengradient/protocol'
import { demand } from '../result/rejection.ts'

/** What the guest of an Azure confidential machine collects. */
export interface AzureEvidence {
  /** From the virtual TPM. */
  readonly hclReport: Uint8Array
  readonly tpm: { readonly message: Uint8Array; readonly signature: Uint8Array; readonly registers: readonly Uint8Array[] }
  /** The chip's certificate (DER), with SNP. */
  readonly vcek: Uint8Array | undefined
  /** The quote with its zero bytes after it, with TDX. */
  readonly quote: Uint8Array | undefined
}

/** Bytes of a TD report, the first in the field of the paravisor's report that is for hardware's. */
export const TD_REPORT_SIZE = 1_024

/** The evidence in bytes, as `readAzureEvidence` reads it. */
export function azureEvidenceJson({
  hclReport,
  tpm,
  vcek,
  quote,
}: Partial<AzureEvidence> & Pick<AzureEvidence, 'hclReport' | 'tpm'>): Uint8Array {
  const padded = (bytes: Uint8Array): string => base64url(bytes).padEnd(Math.ceil(bytes.length / 3) * 4, '=')
  const plain = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)
  return utf8(
    JSON.stringify({
      version: 1,
      hcl_report: padded(hclReport),
      tpm_quote: { message: plain(tpm.message), signature: plain(tpm.signature), pcrs: tpm.registers.map(plain) },
      ...(vcek && { vcek: padded(vcek) }),
      ...(quote && { td_quote: padded(quote) }),
    }),
  )
}

const MEMBERS = ['version', 'hcl_report', 'tpm_quote', 'vcek', 'td_quote']

/** Reads the JSON that the Confidential Containers guest components write: binary parts in padded base64url, the TPM's in hex. MALFORMED, UNSUPPORTED. */
export function readAzureEvidence(bytes: Uint8Array): AzureEvidence {
  const top = members(parseStrictJson(bytes, { maxBytes: 65_536, maxDepth: 4, maxNodes: 200 }), MEMBERS)
  demand(top.version === 1 || top.version === 2, 'UNSUPPORTED', 'Azure: evidence of this version is not known.')
  const tpm = members(top.tpm_quote, ['message', 'signature', 'pcrs'])
  demand(Array.isArray(tpm.pcrs) && tpm.pcrs.length <= 24, 'MALFORMED', 'Azure: pcrs is not a list of up to 24 registers.')
  return {
    hclReport: base64(top.hcl_report, 'hcl_report'),
    tpm: { message: hex(tpm.message), signature: hex(tpm.signature), registers: tpm.pcrs.map(hex) },
    vcek: top.vcek === undefined ? undefined : base64(top.vcek, 'vcek'),
    quote: top.td_quote === undefined ? undefined : base64(top.td_quote, 'td_quote'),
  }
}

function members(value: unknown, names: readonly string[]): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  demand(isObject && Object.keys(value).every((name) => names.includes(name)), 'MALFORMED', 'Azure: not the members that are expected.')
  return value as Record<string, unknown>
}

function base64(value: unknown, field: string): Uint8Array {
  demand(typeof value === 'string' && value.length % 4 === 0, 'MALFORMED', `Azure: ${field} is not padded base64url.`)
  return fromBase64url(value.replace(/={1,2}$/, ''), field)
}

function hex(value: unknown): Uint8Array {
  demand(typeof value === 'string', 'MALFORMED', 'Azure: a part of tpm_quote is not a text in hex.')
  return hexToBytes(parseHex(`0x${value}`))
}
