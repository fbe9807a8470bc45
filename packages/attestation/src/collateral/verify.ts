import { bytesToHex, equalBytes, type Hex, isRevocationList, type VendorCollateral } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import { IntelJson } from '../dcap/json.ts'
import { readQeIdentity } from '../dcap/qeIdentity.ts'
import { verifyFile } from '../dcap/signedFile.ts'
import { readTcbInfo } from '../dcap/tcbInfo.ts'
import type { UsedCertificate } from '../result/claims.ts'
import type { Context } from '../result/evidence.ts'
import { as, demand, type Rejection, refuse, settled } from '../result/rejection.ts'
import { usedCertificates } from '../result/used.ts'
import type { Roots, TrustAnchor, TrustAnchors } from '../roots/types.ts'
import { readCertificate } from '../x509/certificate.ts'
import { readCrl } from '../x509/crl.ts'
import { verifyAuthority } from '../x509/path.ts'
import { checkList } from '../x509/revocation.ts'
import { crlKey, qeIdentityKey, tcbInfoKey, vlekCrlKey } from './keys.ts'

/** What a vendor published, found genuine and in date. */
export interface VerifiedCollateral {
  readonly ok: true
  readonly kind: VendorCollateral['kind']
  readonly trust: TrustAnchor['trust']
  /** Its place on chain. */
  readonly key: Hex
  /** Number of the list, 0 if it has none; number of Intel's evaluation. */
  readonly number: bigint
  /** Unix seconds. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** The certificates that it rests on, signer first; without the root. */
  readonly certificates: readonly UsedCertificate[]
}

/** Time, roots and signature check that collateral is verified with. */
export type CollateralContext = Omit<Context, 'endorsements'>

/** Verifies one piece of collateral against pinned roots at the time given. Pure; every fault is a `Rejection`, and nothing is ever thrown. */
export function verifyCollateral(collateral: VendorCollateral, context: CollateralContext): Promise<VerifiedCollateral | Rejection> {
  return settled(() => (isRevocationList(collateral.kind) ? verifyList(collateral, context) : verifyIntelFile(collateral, context)))
}

/** SHA-256 of the issuer's name of a list that names all these serials, otherwise undefined. Whether it is genuine is not looked at. */
export function issuerNaming({ kind, body }: VendorCollateral, serials: readonly Hex[]): Hex | undefined {
  if (!isRevocationList(kind)) return undefined
  const { issuer, revoked } = readCrl(body)
  return serials.every((serial) => revoked.has(serial)) ? bytesToHex(digest('SHA-256', issuer.bytes)) : undefined
}

async function verifyList(
  { kind, body, certificates }: VendorCollateral,
  { now, roots, check }: CollateralContext,
): Promise<VerifiedCollateral> {
  const crl = as('CRL_INVALID', () => readCrl(body))
  const given = certificates.map(readCertificate)
  const path = await verifyAuthority(given, ofAllVendors(roots), now, check)
  // Vendors sign lists at the top. Further down are keys that live in machines, and names that they could give themselves.
  demand(path.certificates.length <= 2, 'CHAIN_INVALID', `"${path.leaf.subject.commonName}" is no authority right below a root.`)
  const own = equalBytes(crl.issuer.bytes, path.leaf.subject.bytes)
  demand(own, 'CRL_INVALID', `The revocation list is not by "${path.leaf.subject.commonName}".`)
  await checkList(crl, path.leaf, now, check)
  const amd = roots.amd?.anchors.includes(path.anchor) ?? false
  demand(kind !== 'vlekCrl' || amd, 'CRL_INVALID', `"${path.leaf.subject.commonName}" is not AMD: it has no list of keys that clouds load.`)
  const issuer = bytesToHex(digest('SHA-256', crl.issuer.bytes))
  const { trust } = path.anchor
  const used = usedCertificates(path.certificates.slice(0, -1))
  const key = kind === 'vlekCrl' ? vlekCrlKey(trust, issuer) : crlKey(trust, issuer)
  return { ...dates(crl), ok: true, kind, trust, key, number: crl.number ?? 0n, certificates: used }
}

async function verifyIntelFile(collateral: VendorCollateral, context: CollateralContext): Promise<VerifiedCollateral> {
  const { kind } = collateral
  const id = as('COLLATERAL_INVALID', () => IntelJson.parse(collateral.body, 'Collateral').text('id'))
  const read = (body: Uint8Array) => {
    if (kind === 'tcbInfo' && (id === 'SGX' || id === 'TDX')) {
      const info = readTcbInfo(body, id)
      return { ...info, place: (trust: TrustAnchor['trust']) => tcbInfoKey(trust, id, info.fmspc) }
    }
    if (kind === 'qeIdentity' && (id === 'QE' || id === 'TD_QE'))
      return { ...readQeIdentity(body, id), place: (trust: TrustAnchor['trust']) => qeIdentityKey(trust, id) }
    return refuse('COLLATERAL_INVALID', `The file is of "${id}".`)
  }
  const { content, path } = await verifyFile(collateral, read, [], { ...context, endorsements: {} })
  const { trust } = path.anchor
  const used = usedCertificates(path.certificates.slice(0, -1))
  const { issueDate: thisUpdate, nextUpdate, evaluation, place } = content
  return { ok: true, kind, trust, key: place(trust), number: BigInt(evaluation), thisUpdate, nextUpdate, certificates: used }
}

const dates = ({ thisUpdate, nextUpdate }: { thisUpdate: number; nextUpdate: number }) => ({ thisUpdate, nextUpdate })

/** A list does not say which vendor it is of; the names of their authorities do not overlap. */
function ofAllVendors(roots: Roots): TrustAnchors {
  const all = Object.values(roots)
  return { anchors: all.flatMap(({ anchors }) => anchors), intermediates: all.flatMap(({ intermediates }) => intermediates ?? []) }
}
