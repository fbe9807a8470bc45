import type { Tcb } from '../result/claims.ts'
import type { Context } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { earliest } from '../result/used.ts'
import type { Crl } from '../x509/crl.ts'
import { mergeReached } from './level.ts'
import type { PckPlatform } from './pck.ts'
import { qeLevel, readQeIdentity } from './qeIdentity.ts'
import type { Quote } from './quote.ts'
import { verifyFile } from './signedFile.ts'
import { readTcbInfo, sgxLevel, tdxLevel } from './tcbInfo.ts'

/** The security level of the platform that a quote was made on. */
export interface RatedTcb {
  readonly tcb: Tcb
  /** Unix seconds; infinite when no file was used. */
  readonly until: number
  /** Whether a signer's revocation list was missing. */
  readonly unlisted: boolean
}

/**
 * Rates platform, TDX module and quoting enclave by Intel's two signed files. Both missing: `Unknown`, which a policy refuses unless it says
 * otherwise. One missing, or the files of another platform: COLLATERAL_MISSING.
 */
export async function rateTcb(quote: Quote, platform: PckPlatform, crls: readonly Crl[], context: Context): Promise<RatedTcb> {
  const { body, qeReport } = quote
  const svn = versions(quote, platform)
  const { tcbInfo, qeIdentity } = context.endorsements
  if (!tcbInfo && !qeIdentity) return { tcb: { status: 'Unknown', svn, advisories: [] }, until: Number.POSITIVE_INFINITY, unlisted: false }
  demand(tcbInfo !== undefined && qeIdentity !== undefined, 'COLLATERAL_MISSING', 'Of TCB info and QE identity one is missing.')
  const info = await verifyFile(tcbInfo, (file) => readTcbInfo(file, body.kind === 'sgx' ? 'SGX' : 'TDX'), crls, context)
  const identity = await verifyFile(qeIdentity, (file) => readQeIdentity(file, body.kind === 'sgx' ? 'QE' : 'TD_QE'), crls, context)
  const { fmspc, pceId, evaluation } = info.content
  demand(
    fmspc === platform.fmspc && pceId === platform.pceId,
    'COLLATERAL_MISSING',
    `The TCB info is of ${fmspc}, the platform is ${platform.fmspc}.`,
  )
  const hardware = body.kind === 'sgx' ? sgxLevel(info.content, platform) : tdxLevel(info.content, platform, body)
  const { status, behindSince, advisories } = mergeReached(hardware, qeLevel(identity.content, qeReport))
  const since = behindSince === undefined ? {} : { behindSince }
  const expiries = [info, identity].flatMap(({ content, path }) => [
    content.nextUpdate,
    ...path.certificates.map(({ notAfter }) => notAfter),
  ])
  return {
    tcb: { status, svn, evaluation: Math.min(evaluation, identity.content.evaluation), ...since, advisories },
    until: earliest(...expiries),
    unlisted: info.unlisted || identity.unlisted,
  }
}

function versions({ body, qeReport }: Quote, { components, pceSvn }: PckPlatform): Record<string, number> {
  const parts = components.map((svn, i) => [`cpu${i + 1}`, svn] as const)
  const module = body.kind === 'tdx' ? { module: body.teeTcbSvn[0]!, moduleGeneration: body.teeTcbSvn[1]! } : { isvSvn: body.svn }
  return { ...Object.fromEntries(parts), pce: pceSvn, qe: qeReport.svn, ...module }
}
