import type { VerifiedCollateral } from '@opengradient/attestation'
import { isRevocationList } from '@opengradient/protocol'

const KINDS = {
  crl: 'revocation list',
  tcbInfo: 'TCB info',
  qeIdentity: 'identity of the quoting enclave',
  vlekCrl: 'revocation list of VLEKs',
} as const
const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)

/** What a file of a vendor is, in words. */
export function collateralWords({ kind, number, thisUpdate, nextUpdate, trust }: VerifiedCollateral): string {
  const which = isRevocationList(kind) ? `number ${number}` : `evaluation ${number}`
  const whose = trust === 'development' ? ', development: no hardware protection' : ''
  return `${KINDS[kind]}, ${which}, of ${day(thisUpdate)}, until ${day(nextUpdate)}${whose}`
}
