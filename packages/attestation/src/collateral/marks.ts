import { bytesToHex, canonicalJson, concatBytes, type Hex, hexToBytes, keccak256, utf8 } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import { MAIN_MEASUREMENT } from '../policy/policy.ts'
import type { Claims, UsedCertificate } from '../result/claims.ts'

/** What the chain can revoke is named by 32 bytes each. */
const sha256 = (bytes: Uint8Array): Hex => bytesToHex(digest('SHA-256', bytes))

/** All that runs: SHA-256 of the canonical JSON of platform and measurements. */
export const measurementMark = ({ platform, measurements }: Claims): Hex => sha256(utf8(canonicalJson({ platform, measurements })))

/** SHA-256 of the platform's main measurement alone, the same in every place: the code, or on some platforms the firmware under it. */
export function mainMeasurementMark({ platform, measurements }: Claims): Hex {
  return sha256(hexToBytes(measurements[MAIN_MEASUREMENT[platform]] ?? '0x'))
}

/** The machine or GPU. */
export const platformMark = ({ platformId }: Claims): Hex => sha256(hexToBytes(platformId))

/** A certificate: keccak256 of issuer and serial, as `Attestations.certificateMark` of the chain. */
export function certificateMark({ issuer, serial }: Pick<UsedCertificate, 'issuer' | 'serial'>): Hex {
  const number = hexToBytes(serial)
  return bytesToHex(keccak256(concatBytes(hexToBytes(issuer), new Uint8Array(32 - number.length), number)))
}

/** Everything whose revocation ends what these claims (of an enclave and its GPUs) show; each once, in the order of the claims. */
export const marksOf = (claims: readonly Claims[]): Hex[] => [
  ...new Set(
    claims.flatMap((one) => [measurementMark(one), mainMeasurementMark(one), platformMark(one), ...one.certificates.map(certificateMark)]),
  ),
]
