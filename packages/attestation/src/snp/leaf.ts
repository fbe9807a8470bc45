import { bytesToHex, equalBytes, type Hex } from '@opengradient/protocol'
import { DerReader, TAG } from '../asn1/der.ts'
import { readSmall } from '../asn1/values.ts'
import { allZero } from '../binary/reader.ts'
import { SNP_FAMILIES, type SnpFamily } from '../result/claims.ts'
import { demand, refuse } from '../result/rejection.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { SnpReport } from './report.ts'

/** AMD's arc for VCEK and VLEK (57230, VCEK Certificate and KDS Interface Specification, 3.1). */
const AMD = '1.3.6.1.4.1.3704.1'
const PRODUCT = `${AMD}.2`
const HARDWARE_ID = `${AMD}.4`
const CLOUD = `${AMD}.5`

/** Versions by part, in the order of the bytes of a TCB_VERSION; `undefined` is reserved. Turin has another layout. */
export const EARLY = ['bootloader', 'tee', undefined, undefined, undefined, undefined, 'snp', 'microcode'] as const
export const TURIN = ['fmc', 'bootloader', 'tee', 'snp', undefined, undefined, undefined, 'microcode'] as const
const PARTS = { bootloader: `${AMD}.3.1`, tee: `${AMD}.3.2`, snp: `${AMD}.3.3`, microcode: `${AMD}.3.8`, fmc: `${AMD}.3.9` } as const

/** What a VCEK or VLEK says about the machine that it was issued for. */
export interface SnpLeaf {
  readonly family: SnpFamily
  readonly svn: Readonly<Record<string, number>>
  /** The cloud that a VLEK was loaned to. */
  readonly cloud: string | undefined
}

/** `readLeaf`, and that the certificates above are those of such a key and processor. CHAIN_INVALID. */
export function matchLeaf(leaf: Certificate, issuers: readonly Certificate[], report: SnpReport): SnpLeaf {
  const found = readLeaf(leaf, report)
  checkIssuers(issuers, report.signer, found.family)
  return found
}

/** Reads AMD's extensions and checks that the certificate is of the machine, the versions and the kind of key that the report names. CHAIN_INVALID. */
export function readLeaf(leaf: Certificate, report: SnpReport): SnpLeaf {
  const kind = report.signer === 'vcek' ? 'SEV-VCEK' : 'SEV-VLEK'
  demand(
    leaf.subject.commonName === kind,
    'CHAIN_INVALID',
    `The report is signed by a ${kind}; the certificate is of a "${leaf.subject.commonName}".`,
  )
  const family = familyOf(text(leaf, PRODUCT))
  if (report.cpu)
    demand(
      familyOfCpu(report.cpu.family, report.cpu.model) === family,
      'CHAIN_INVALID',
      `The certificate is of a ${family}, the report of another processor.`,
    )
  const svn = sinceLaunch(matchVersions(leaf, report.reportedTcb, family), report.launchTcb, family)
  const hardware = leaf.extensions.get(HARDWARE_ID)?.value
  if (report.signer === 'vlek') return { family, svn, cloud: text(leaf, CLOUD) }
  // Turin's chip ids have 8 bytes; the report fills them up with zeros.
  const size = family === 'Turin' ? 8 : 64
  const chip = report.chipId
  const same = hardware?.length === size && equalBytes(hardware, chip.subarray(0, size)) && chip.subarray(size).every((byte) => byte === 0)
  demand(same && !report.chipIdMasked, 'CHAIN_INVALID', 'The certificate is of another chip than the report, or the report hides its chip.')
  return { family, svn, cloud: undefined }
}

/** The id of the chip, or of the cloud's shared key where reports do not name the chip. */
export function platformIdOf({ chipId }: SnpReport, { key }: Certificate): Hex {
  return bytesToHex(chipId.some((byte) => byte !== 0) || key.kind !== 'ec' ? chipId : key.point.subarray(1, 33))
}

function checkIssuers(issuers: readonly Certificate[], signer: SnpReport['signer'], family: SnpFamily): void {
  const expected = [signer === 'vcek' ? `SEV-${family}` : `SEV-VLEK-${family}`, `ARK-${family}`]
  const names = issuers.map(({ subject }) => subject.commonName)
  demand(names.join() === expected.join(), 'CHAIN_INVALID', `The certificates are not those of ${family}: ${names.join(', ')}.`)
}

function matchVersions(leaf: Certificate, tcb: Uint8Array, family: SnpFamily): Record<string, number> {
  const svn: Record<string, number> = {}
  for (const [i, part] of (family === 'Turin' ? TURIN : EARLY).entries()) {
    if (part === undefined) demand(tcb[i] === 0, 'MALFORMED', 'SNP: reserved bytes of the versions are not zero.')
    else svn[part] = tcb[i]!
  }
  for (const [part, version] of Object.entries(svn)) {
    const issued = number(leaf, PARTS[part as keyof typeof PARTS])
    demand(issued === version, 'CHAIN_INVALID', `The certificate is for version ${issued} of ${part}, the report states ${version}.`)
  }
  return svn
}

/**
 * The lower of each version now and at launch: firmware can be replaced under a guest, and the one that measured it is the one that was there when it
 * started. Firmware that does not state the versions at launch leaves zeros.
 */
function sinceLaunch(svn: Readonly<Record<string, number>>, launch: Uint8Array, family: SnpFamily): Record<string, number> {
  if (allZero(launch)) return svn
  const layout: readonly (string | undefined)[] = family === 'Turin' ? TURIN : EARLY
  return Object.fromEntries(Object.entries(svn).map(([part, version]) => [part, Math.min(version, launch[layout.indexOf(part)]!)]))
}

function familyOf(product: string): SnpFamily {
  for (const family of SNP_FAMILIES) if (product === family || product.startsWith(`${family}-`)) return family
  return refuse('UNSUPPORTED', `SNP: the processor "${product}" is not known.`)
}

/** Zen 3 and 4 share the family 19h; Zen 5 is 1Ah. */
export function familyOfCpu(family: number, model: number): SnpFamily | undefined {
  if (family === 0x1a) return model <= 0x11 ? 'Turin' : undefined
  if (family !== 0x19) return undefined
  return model <= 0x0f ? 'Milan' : model <= 0x1f || (model >= 0xa0 && model <= 0xaf) ? 'Genoa' : undefined
}

function inside({ extensions }: Certificate, oid: string, tag: number) {
  const found = extensions.get(oid) ?? refuse('CHAIN_INVALID', `The certificate of the chip lacks AMD's extension ${oid}.`)
  const reader = new DerReader(found.value)
  const element = reader.next(tag)
  reader.end('Extension')
  return element
}

const number = (leaf: Certificate, oid: string): number => readSmall(inside(leaf, oid, TAG.integer))
const text = (leaf: Certificate, oid: string): string => String.fromCharCode(...inside(leaf, oid, TAG.ia5String).value.subarray(0, 256))
