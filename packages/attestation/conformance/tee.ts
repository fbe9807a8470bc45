import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@opengradient/protocol'
import {
  type AttestationPolicy,
  appraise,
  DEFAULT_POLICY,
  type Endorsements,
  intelCollateral,
  nobleCheck,
  PLATFORMS,
  type Platform,
  type RejectionCode,
  type Roots,
  readPem,
  type SignatureCheck,
  TCB_STATUSES,
  type TcbStatus,
  type Vendor,
  verifyEvidence,
  webCryptoCheck,
} from '../src/index.ts'

interface Case {
  readonly id: string
  readonly platform: Platform
  readonly file: string
  readonly quoteLength?: number
  readonly collateral?: string
  readonly leafCertificate?: string
  readonly issuerChain?: string
  readonly certificateChain?: string
  readonly trustRoot: string
  readonly verifyAt: string
  readonly checks: 'evidence' | 'full'
  readonly acceptStatus?: readonly TcbStatus[]
  readonly expectedReportData?: string
  readonly expectedUserData?: string
  readonly expectedNonce?: string
  readonly expectedTpmNonce?: string
  readonly expect: { readonly verdict: 'ACCEPT' | 'REJECT'; readonly error: string | null; readonly errorAnyOf?: readonly string[] }
}

export interface ConformanceResult {
  /** Cases that give the expected verdict and class, through both implementations of signatures. */
  readonly passed: number
  readonly total: number
  /** `case: what came instead` */
  readonly failed: string[]
}

const VENDORS: Readonly<Record<Platform, Vendor>> = {
  nitro: 'aws',
  snp: 'amd',
  'azure-snp-vtpm': 'amd',
  tdx: 'intel',
  sgx: 'intel',
  'azure-tdx-vtpm': 'intel',
  tpm: 'tpm',
  'nvidia-gpu': 'nvidia',
}

/** The set's classes are coarser than ours where it speaks of lists and collateral. */
const CLASS: Readonly<Partial<Record<RejectionCode, string>>> = {
  CRL_MISSING: 'CRL_INVALID',
  CRL_STALE: 'CRL_INVALID',
  COLLATERAL_STALE: 'TCB_REJECTED',
  NONCE_MISMATCH: 'BINDING_MISMATCH',
}

/** Captured evidence of six platforms and forged copies of it. `testdata` is the folder that holds `tee`. */
export async function run(testdata: string): Promise<ConformanceResult> {
  const root = join(testdata, 'tee')
  const { cases } = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as { cases: Case[] }
  const failed: string[] = []
  for (const item of cases) {
    const verdicts = [await verdictOf(root, item, webCryptoCheck), await verdictOf(root, item, nobleCheck)]
    const { verdict, error, errorAnyOf = [error] } = item.expect
    const right = verdicts.every((got) => (verdict === 'ACCEPT' ? got === 'ACCEPT' : errorAnyOf.includes(got)))
    if (!right) failed.push(`${item.id}: ${verdicts.join(' and ')} instead of ${verdict === 'ACCEPT' ? verdict : errorAnyOf.join(' or ')}`)
  }
  return { passed: cases.length - failed.length, total: cases.length, failed }
}

/** `ACCEPT`, or the class of the reason. */
async function verdictOf(root: string, item: Case, check: SignatureCheck): Promise<string> {
  const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(root, file)))
  const bytes = read(item.file).subarray(0, item.quoteLength)
  const now = Date.parse(item.verifyAt) / 1000
  const options = { now, roots: rootsOf(root, item), endorsements: endorsementsOf(item, read), check }
  const claims = await verifyEvidence({ platform: item.platform, bytes }, options)
  const { ok, code } = claims.ok ? appraise(claims, policyOf(item)) : claims
  return ok ? 'ACCEPT' : (CLASS[code!] ?? code!)
}

/** Only the root that the case names. */
function rootsOf(root: string, { trustRoot, platform }: Case): Roots {
  const at = (name: string): Uint8Array => certificateFile(root, name)
  const known = /^amd-ark-(milan|genoa|turin)$/.exec(trustRoot)?.[1]
  const intermediates = known === undefined ? [] : [at(`amd-ask-${known}`), at(`amd-asvk-${known}`)]
  return { [VENDORS[platform]]: { anchors: [{ certificate: at(trustRoot), trust: 'hardware' }], intermediates } }
}

function certificateFile(root: string, name: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(join(root, 'roots', `${name}.der`)))
  } catch {
    return readPem(new Uint8Array(readFileSync(join(root, 'roots', `${name}.pem`))))[0]!
  }
}

function endorsementsOf(item: Case, read: (file: string) => Uint8Array): Endorsements {
  if (item.collateral !== undefined) return intelCollateral(JSON.parse(new TextDecoder().decode(read(item.collateral))))
  const chain = item.certificateChain ?? item.issuerChain
  const leaf = item.leafCertificate === undefined ? [] : [read(item.leafCertificate)]
  return { certificates: [...leaf, ...(chain === undefined ? [] : readPem(read(chain)))] }
}

/** What the set judges: debug, binding, and with `full` revocation and security level. Everything else is left open. */
function policyOf(item: Case): AttestationPolicy {
  const reportData =
    item.expectedReportData ??
    item.expectedUserData ??
    item.expectedTpmNonce ??
    (item.platform === 'nitro' ? undefined : item.expectedNonce)
  const nonce = item.platform === 'nitro' ? item.expectedNonce : undefined
  return {
    ...DEFAULT_POLICY,
    platforms: PLATFORMS,
    deniedFamilies: [],
    tcb: { ...DEFAULT_POLICY.tcb, statuses: item.acceptStatus ?? TCB_STATUSES, minSvn: { Milan: {} } },
    measurements: 'any',
    revocation: item.checks === 'full' ? 'required' : 'optional',
    maxUnlistedLifetime: Number.POSITIVE_INFINITY,
    maxAhead: Number.POSITIVE_INFINITY,
    maxVmpl: 3,
    expect: {
      ...(reportData === undefined ? {} : { reportData: `0x${reportData}` as Hex }),
      ...(nonce === undefined ? {} : { nonce: `0x${nonce}` as Hex }),
    },
  }
}
