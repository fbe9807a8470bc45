import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Endorsements,
  intelCollateral,
  type Platform,
  type Roots,
  readPem,
  type TrustAnchor,
  VENDOR_ROOTS,
  type Vendor,
} from '@opengradient/attestation'

/** Evidence whose verification is measured. */
export interface Subject {
  readonly platform: Platform
  readonly bytes: Uint8Array
  readonly endorsements: Endorsements
  readonly roots: Roots
  /** Unix seconds. */
  readonly now: number
  /** Intel's collateral as other libraries take it. */
  readonly collateral?: unknown
}

export type SubjectName = 'nitro' | 'tdx' | 'snp' | 'nvidia'

/** Vectors of each platform that are accepted, with lists and collateral. */
const OWN: Record<SubjectName, string> = { nitro: 'nitro-indefinite', tdx: 'tdx-v4', snp: 'snp-genoa', nvidia: 'nvidia-gpu-gh100' }
/** Cases of the captured set. */
const CAPTURED: Record<SubjectName, string> = {
  nitro: 'nitro-valid-1',
  tdx: 'tdx-v4-uptodate',
  snp: 'snp-v3-milan',
  nvidia: 'nvidia-h100-good-1',
}

interface Vector {
  readonly platform: Platform
  readonly evidence: string
  readonly endorsements: unknown
  readonly roots: Readonly<
    Record<Vendor, { readonly anchors: readonly { readonly certificate: string; readonly trust: TrustAnchor['trust'] }[] }>
  >
  readonly now: number
}

/** Evidence under roots of our own, from `vectors/attestation`. */
export function ownSubject(root: string, name: SubjectName): Subject {
  const folder = join(root, 'vectors', 'attestation', 'valid')
  const file = readdirSync(folder).find((file) => file.slice(4) === `${OWN[name]}.json`)
  if (file === undefined) throw new Error(`there is no vector ${OWN[name]}`)
  const { platform, evidence, endorsements, roots, now } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector
  const trusted = Object.entries(roots).map(([vendor, { anchors }]) => [
    vendor,
    { anchors: anchors.map(({ certificate, trust }): TrustAnchor => ({ certificate: bytes(certificate), trust })) },
  ])
  return { platform, bytes: bytes(evidence), endorsements: decoded(endorsements) as Endorsements, roots: Object.fromEntries(trusted), now }
}

interface Case {
  readonly id: string
  readonly platform: Platform
  readonly file: string
  readonly quoteLength?: number
  readonly collateral?: string
  readonly leafCertificate?: string
  readonly issuerChain?: string
  readonly certificateChain?: string
  readonly verifyAt: string
}

/** The same captured from hardware, from the folder `tee` of TESTDATA; undefined where that is not there. */
export function capturedSubject(root: string, name: SubjectName): Subject | undefined {
  const folder = join(process.env.TESTDATA ?? join(root, '..', 'shared', 'testdata'), 'tee')
  if (!existsSync(join(folder, 'manifest.json'))) return undefined
  const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(folder, file)))
  const { cases } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { cases: Case[] }
  const found = cases.find(({ id }) => id === CAPTURED[name])
  if (!found) return undefined
  const evidence = {
    platform: found.platform,
    bytes: read(found.file).subarray(0, found.quoteLength),
    roots: VENDOR_ROOTS,
    now: Date.parse(found.verifyAt) / 1000,
  }
  if (found.collateral !== undefined) {
    const collateral = JSON.parse(readFileSync(join(folder, found.collateral), 'utf8'))
    return { ...evidence, endorsements: intelCollateral(collateral), collateral }
  }
  const chain = found.certificateChain ?? found.issuerChain
  const leaf = found.leafCertificate === undefined ? [] : [read(found.leafCertificate)]
  return { ...evidence, endorsements: { certificates: [...leaf, ...(chain === undefined ? [] : readPem(read(chain)))] } }
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

/** Every text of endorsements is bytes in base64. */
function decoded(value: unknown): unknown {
  if (typeof value === 'string') return bytes(value)
  if (Array.isArray(value)) return value.map(decoded)
  return Object.fromEntries(Object.entries(value as object).map(([key, member]) => [key, decoded(member)]))
}
