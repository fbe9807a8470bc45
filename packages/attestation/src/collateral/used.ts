import { bytesToHex, type Hex } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import { readQeIdentity } from '../dcap/qeIdentity.ts'
import { readTcbInfo } from '../dcap/tcbInfo.ts'
import type { Claims } from '../result/claims.ts'
import type { Endorsements } from '../result/evidence.ts'
import { readCrls } from '../x509/revocation.ts'
import { crlKey, qeIdentityKey, tcbInfoKey } from './keys.ts'

/** Of when something is that a vendor publishes and a verification rested on; 0 if it did without. */
export interface UsedCollateral {
  readonly key: Hex
  /** Unix seconds. */
  readonly thisUpdate: number
}

const INTEL = { tdx: ['TDX', 'TD_QE'], sgx: ['SGX', 'QE'], 'azure-tdx-vtpm': ['TDX', 'TD_QE'] } as const

/**
 * Everything that could be on chain about this evidence, with the dates of what `endorsements` brought: a list for each issuer in the path, and
 * Intel's files. `claims` must have been verified with these endorsements. Throws nothing for such.
 */
export function collateralUsed(claims: Claims, endorsements: Endorsements): UsedCollateral[] {
  return [...usedLists(claims, endorsements), ...usedFiles(claims, endorsements)]
}

function usedLists({ trust, certificates, revocation }: Claims, { crls = [] }: Endorsements): UsedCollateral[] {
  if (revocation === 'unpublished') return []
  const dates = new Map<Hex, number>()
  for (const { issuer } of certificates) dates.set(issuer, 0)
  for (const { issuer, thisUpdate } of readCrls(crls)) {
    const name = bytesToHex(digest('SHA-256', issuer.bytes))
    const before = dates.get(name)
    if (before !== undefined) dates.set(name, Math.max(before, thisUpdate))
  }
  return [...dates].map(([issuer, thisUpdate]) => ({ key: crlKey(trust, issuer), thisUpdate }))
}

function usedFiles({ platform, trust, facts: { fmspc } }: Claims, { tcbInfo, qeIdentity }: Endorsements): UsedCollateral[] {
  if (platform !== 'tdx' && platform !== 'sgx' && platform !== 'azure-tdx-vtpm') return []
  const [info, identity] = INTEL[platform]
  return [
    { key: tcbInfoKey(trust, info, fmspc as Hex), thisUpdate: tcbInfo ? readTcbInfo(tcbInfo.body, info).issueDate : 0 },
    { key: qeIdentityKey(trust, identity), thisUpdate: qeIdentity ? readQeIdentity(qeIdentity.body, identity).issueDate : 0 },
  ]
}
