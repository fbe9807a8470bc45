import { concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import type { TrustAnchor } from '../roots/types.ts'
import { tpm2b } from '../tpm/quote.ts'
import { AUTHORITY, issue, issueCrl, LEAF } from './ca.testkit.ts'
import { ecKey, rsaKey, type TestKey } from './keys.testkit.ts'

export const tpmKeys = {
  root: rsaKey('pkcs1', 'tpm root'),
  ak: ecKey('P-256', 'ak'),
  rsaAk: rsaKey('pkcs1', 'tpm rsa ak'),
  other: ecKey('P-256', 'other ak'),
}
export const tpmRoot = issue({ subject: 'tpm root', issuer: 'tpm root', key: tpmKeys.root, by: tpmKeys.root, ...AUTHORITY })
export const akCertificate = (key: TestKey = tpmKeys.ak, by: TestKey = tpmKeys.root): Uint8Array =>
  issue({ subject: 'ak', issuer: 'tpm root', key, by, ...LEAF, serial: 31 })
export const tpmCrl = (revoked: readonly number[] = []): Uint8Array => issueCrl({ issuer: 'tpm root', by: tpmKeys.root, revoked })
export const tpmRoots = { tpm: { anchors: [{ certificate: tpmRoot, trust: 'development' } satisfies TrustAnchor] } }

/** Registers 0 to 23. */
export const REGISTERS = Array.from({ length: 24 }, (_, i) => new Uint8Array(32).fill(i))
export const EXTRA = utf8('extra data')

export interface AttestOptions {
  readonly magic?: number
  readonly type?: number
  readonly extraData?: Uint8Array
  readonly banks?: readonly (readonly [number, readonly number[]])[]
  readonly digest?: Uint8Array
  readonly after?: Uint8Array
}

/** TPMS_ATTEST of a quote over all registers of SHA-256. */
export function attest({
  magic = 0xff544347,
  type = 0x8018,
  extraData = EXTRA,
  banks = [[11, [255, 255, 255]]],
  ...o
}: AttestOptions = {}): Uint8Array {
  const selections = banks.map(([hash, bits]) => concatBytes(uintBytes(hash, 2), Uint8Array.of(bits.length, ...bits)))
  return concatBytes(
    uintBytes(magic, 4),
    uintBytes(type, 2),
    tpm2b(utf8('name of the key')),
    tpm2b(extraData),
    new Uint8Array(8),
    uintBytes(3, 4),
    uintBytes(4, 4),
    Uint8Array.of(1),
    new Uint8Array(8).fill(9),
    uintBytes(banks.length, 4),
    ...selections,
    tpm2b(o.digest ?? digest('SHA-256', concatBytes(...REGISTERS))),
    o.after ?? new Uint8Array(),
  )
}

/** Message, signature and registers as one. */
export function tpmEvidence(
  message: Uint8Array = attest(),
  by: TestKey = tpmKeys.ak,
  registers: readonly Uint8Array[] = REGISTERS,
): Uint8Array {
  const raw = by.raw(message, 'SHA-256')
  const signature =
    by.key.kind === 'ec'
      ? concatBytes(Uint8Array.of(0, 0x18, 0, 11), tpm2b(raw.subarray(0, 32)), tpm2b(raw.subarray(32)))
      : concatBytes(Uint8Array.of(0, 0x14, 0, 11), tpm2b(raw))
  return concatBytes(tpm2b(message), signature, uintBytes(registers.length, 4), ...registers.map(tpm2b))
}
