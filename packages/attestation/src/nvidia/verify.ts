import { bytesToHex, concatBytes, equalBytes, type Hex } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import type { Claims } from '../result/claims.ts'
import type { Context, Verifier } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { earliest, rootsOf, usedCertificates } from '../result/used.ts'
import { verifier } from '../result/verifier.ts'
import { readCertificate } from '../x509/certificate.ts'
import { verifyPath } from '../x509/path.ts'
import { checkRevocation, readCrls } from '../x509/revocation.ts'
import { firmwareId } from './fwid.ts'
import { type GpuContent, readGpuContent, readGpuReport } from './spdm.ts'

/**
 * NVIDIA GPUs in confidential mode: request and response of SPDM. `endorsements.certificates`: the GPU's five, leaf first (the root may be left
 * out); `endorsements.crls`: NVIDIA's lists of the root and of the family. The digests are not compared with NVIDIA's reference manifests:
 * the policy lists drivers and VBIOS.
 */
export const nvidiaVerifier: Verifier = verifier('nvidia-gpu', verifyGpu)

/** NVIDIA's fields by number, as far as they are used. */
const FIELD = { driver: 3, vbios: 6, firmware: 20 } as const

async function verifyGpu(evidence: Uint8Array, { now, roots, endorsements, check }: Context): Promise<Claims> {
  const report = readGpuReport(evidence)
  const crls = readCrls(endorsements.crls ?? [])
  const path = await verifyPath((endorsements.certificates ?? []).map(readCertificate), rootsOf(roots, 'nvidia'), now, check)
  const { certificates, leaf } = path
  const { signature, signed: message } = report
  const { key } = leaf
  demand(key.kind === 'ec' && key.curve === 'P-384', 'UNSUPPORTED', 'The key of the GPU is not on P-384.')
  const signed = await check({ key, scheme: 'ecdsa', hash: 'SHA-384', signature, message })
  demand(signed, 'SIGNATURE_INVALID', 'The report is not signed by the key of the certificate.')
  const content = readGpuContent(report)
  matchFirmware(content, firmwareId(leaf))
  // Lists exist for the authorities of NVIDIA; the two lowest certificates are made inside the GPU and its factory.
  const revocation = await checkRevocation(certificates, crls, now, check, (place) => place >= certificates.length - 3)
  return {
    ok: true,
    platform: 'nvidia-gpu',
    trust: path.anchor.trust,
    ...familyOf(leaf.subject.commonName),
    verifiedAt: now,
    validUntil: earliest(revocation.until, ...certificates.map(({ notAfter }) => notAfter)),
    reportData: report.nonce,
    measurements: measurements(content),
    debug: false,
    migratable: false,
    tcb: { status: 'Unrated', svn: {}, advisories: [] },
    platformId: bytesToHex(digest('SHA-256', key.point)),
    revocation: revocation.status,
    certificates: usedCertificates(certificates),
    facts: { driver: text(content, FIELD.driver), vbios: vbios(content) },
  }
}

/** The firmware that reports is the one that the key was made for. Reports that do not name theirs are from before it was reported. */
function matchFirmware({ fields }: GpuContent, expected: Uint8Array): void {
  const found = fields.get(FIELD.firmware)
  demand(found === undefined || equalBytes(found, expected), 'CHAIN_INVALID', 'The certificate is for other firmware than the report.')
}

/** `GH100 A01 GSP FMC LF` is of a GH100. */
function familyOf(commonName: string | undefined): { family?: string } {
  const family = /^(G[A-Z]\d{3}[A-Z]?) /.exec(commonName ?? '')?.[1]
  return family === undefined ? {} : { family }
}

/** Each digest by its index, and `record`: SHA-256 of them all in order. */
function measurements({ measurements }: GpuContent): Record<string, Hex> {
  const each = [...measurements].map(([index, value]) => [`m${index}`, bytesToHex(value)] as const)
  return { record: bytesToHex(digest('SHA-256', concatBytes(...measurements.values()))), ...Object.fromEntries(each) }
}

function text({ fields }: GpuContent, field: number): string {
  const bytes = fields.get(field) ?? new Uint8Array()
  const end = bytes.indexOf(0)
  return String.fromCharCode(...bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 64)))
}

/** Eight bytes, written as NVIDIA does: `96.00.9F.00.01`. */
function vbios({ fields }: GpuContent): string {
  const bytes = fields.get(FIELD.vbios) ?? new Uint8Array()
  if (bytes.length !== 8) return ''
  const order = [3, 2, 1, 0, 4].map((i) => bytes[i]!.toString(16).padStart(2, '0').toUpperCase())
  return order.join('.')
}
