import { bytesToHex, type Hex } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import { readQeIdentity } from '../dcap/qeIdentity.ts'
import { readTcbInfo } from '../dcap/tcbInfo.ts'
import type { Claims } from '../result/claims.ts'
import type { Endorsements } from '../result/evidence.ts'
import { readCrls } from '../x509/revocation.ts'
import { crlKey, qeIdentityKey, tcbInfoKey, vlekCrlKey } from './keys.ts'

/** Of when something is that a vendor publishes and a verification rested on, and its number; 0 if it did without. */
export interface UsedCollateral {
  readonly key: Hex
  /** Unix seconds. */
  readonly thisUpdate: number
  /** Of a list, 0 if it has none; of Intel's evaluation. */
  readonly number: bigint
}

const INTEL = { tdx: ['TDX', 'TD_QE'], sgx: ['SGX', 'QE'], 'azure-tdx-vtpm': ['TDX', 'TD_QE'] } as const

/**
 * Everything that could be on chain about this evidence, with the dates of what `endorsements` brought: a list for each issuer in the path, and
 * Intel's files. `claims` must have been verified with these endorsements. Throws nothing for such.
 */
export function collateralUsed(claims: Claims, endorsements: Endorsements): UsedCollateral[] {
  return [...usedLists(claims, endorsements), ...usedFiles(claims, endorsements)]
}

function usedLists({ trust, certificates, revocation, facts: { signer } }: Claims, { crls = [] }: Endorsements): UsedCollateral[] {
  if (revocation === 'unpublished') return []
  const newest = new Map<Hex, Omit<UsedCollateral, 'key'>>()
  for (const { issuer } of certificates) newest.set(issuer, NONE)
  for (const { issuer, thisUpdate, number = 0n } of readCrls(crls)) {
    const name = bytesToHex(digest('SHA-256', issuer.bytes))
    const before = newest.get(name)
    // Every list was looked through: each of the two may come from another one.
    if (before) newest.set(name, { thisUpdate: Math.max(before.thisUpdate, thisUpdate), number: max(before.number, number) })
  }
  const keyOf = signer === 'vlek' ? vlekCrlKey : crlKey
  return [...newest].map(([issuer, used]) => ({ key: keyOf(trust, issuer), ...used }))
}

function usedFiles({ platform, trust, facts: { fmspc } }: Claims, { tcbInfo, qeIdentity }: Endorsements): UsedCollateral[] {
  if (platform !== 'tdx' && platform !== 'sgx' && platform !== 'azure-tdx-vtpm') return []
  const [info, identity] = INTEL[platform]
  return [
    { key: tcbInfoKey(trust, info, fmspc as Hex), ...(tcbInfo ? ofFile(readTcbInfo(tcbInfo.body, info)) : NONE) },
    { key: qeIdentityKey(trust, identity), ...(qeIdentity ? ofFile(readQeIdentity(qeIdentity.body, identity)) : NONE) },
  ]
}

const NONE = { thisUpdate: 0, number: 0n }
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const ofFile = ({ issueDate, evaluation }: { readonly issueDate: number; readonly evaluation: number }) => ({
  thisUpdate: issueDate,
  number: BigInt(evaluation),
})
