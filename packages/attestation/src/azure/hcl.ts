import { equalBytes, fromBase64url, parseStrictJson } from '@opengradient/protocol'
import { allZero, BinaryReader } from '../binary/reader.ts'
import { digest } from '../crypto/hash.ts'
import type { RsaKey } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'

/** What the paravisor of an Azure confidential machine stores in its virtual TPM: the hardware's report, and the data that the report is bound to. */
export interface HclReport {
  readonly kind: 'snp' | 'tdx'
  /** The SNP report, or the TD report, which only its own machine can check. */
  readonly hardware: Uint8Array
  /** The attestation key of the virtual TPM. */
  readonly key: RsaKey
  /** SHA-256 of the data: the report data must begin with it and go on with zeros. */
  readonly dataDigest: Uint8Array
}

const HARDWARE_SIZE = 1184
const KINDS: Readonly<Record<number, HclReport['kind']>> = { 2: 'snp', 4: 'tdx' }
const SHA256 = 1
const AK = 'HCLAkPub'

/** Reads the report (Microsoft, "Azure confidential VMs: guest attestation", HCL report), zeros after it. MALFORMED, UNSUPPORTED. */
export function readHclReport(bytes: Uint8Array): HclReport {
  const r = new BinaryReader(bytes, 'HCL report')
  demand(equalBytes(r.take(4), Uint8Array.of(0x48, 0x43, 0x4c, 0x41)), 'MALFORMED', 'HCL report: it does not begin with HCLA.')
  r.take(4) // version of the header, which has grown without changing
  const size = r.little(4)
  r.take(20) // kind of request, status, reserved
  const hardware = r.take(HARDWARE_SIZE)
  const length = r.little(4)
  r.take(4)
  const kind = KINDS[r.little(4)] ?? refuse('UNSUPPORTED', 'HCL report: a kind of hardware that is not known.')
  demand(r.little(4) === SHA256, 'UNSUPPORTED', 'HCL report: bound by another hash than SHA-256.')
  const data = r.take(r.little(4))
  demand(length === data.length + 20 && size === bytes.length - r.left, 'MALFORMED', 'HCL report: its lengths contradict each other.')
  demand(allZero(r.take(r.left)), 'MALFORMED', 'HCL report: bytes left over.')
  return { kind, hardware, key: attestationKey(data), dataDigest: digest('SHA-256', data) }
}

/** Whether report data is the digest of the runtime data, then zeros. */
export const isBoundTo = (reportData: Uint8Array, dataDigest: Uint8Array): boolean =>
  equalBytes(reportData.subarray(0, 32), dataDigest) && allZero(reportData.subarray(32))

/** The one key named HCLAkPub in the JSON Web Key set of the runtime data. */
function attestationKey(data: Uint8Array): RsaKey {
  const { keys } = record(parseStrictJson(data, { maxBytes: 16_384, maxDepth: 8 }))
  demand(Array.isArray(keys), 'MALFORMED', 'HCL report: the runtime data has no keys.')
  const found = keys.map(record).filter(({ kid }) => kid === AK)
  const [key] = found
  demand(found.length === 1 && key?.kty === 'RSA' && key.e === 'AQAB', 'MALFORMED', `HCL report: not exactly one RSA key ${AK}.`)
  demand(typeof key.n === 'string', 'MALFORMED', `HCL report: the key ${AK} has no modulus.`)
  return { kind: 'rsa', modulus: fromBase64url(key.n, AK) }
}

function record(value: unknown): Record<string, unknown> {
  demand(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    'MALFORMED',
    'HCL report: the runtime data is not of objects.',
  )
  return value as Record<string, unknown>
}
