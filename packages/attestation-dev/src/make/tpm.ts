import { concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { AUTHORITY, issueCrl, issuerOf, LEAF, type Lineage, type ListDates } from './ca.ts'
import { digest } from './hash.ts'
import type { SigningKey } from './keys.ts'

/** The bytes as a TPM2B. */
const tpm2b = (bytes: Uint8Array): Uint8Array => concatBytes(uintBytes(bytes.length, 2), bytes)

/** Root → attestation key, as clouds certify those of their virtual TPMs. */
export function tpmCertificates(rootKey: SigningKey, lineage: Lineage) {
  const { root } = lineage
  const issue = issuerOf(lineage)
  return {
    root: issue({ subject: root, issuer: root, key: rootKey, by: rootKey, ...AUTHORITY }),
    ak: (key: SigningKey, by = rootKey): Uint8Array => issue({ subject: 'ak', issuer: root, key, by, ...LEAF, serial: 31 }),
    crl: (dates: ListDates, revoked: readonly number[] = []): Uint8Array =>
      issueCrl({ ...lineage, issuer: root, by: rootKey, revoked, ...dates }),
  }
}

export interface AttestOptions {
  readonly extraData: Uint8Array
  /** Registers 0 to 23 of SHA-256. */
  readonly registers: readonly Uint8Array[]
  readonly magic?: number
  readonly type?: number
  readonly banks?: readonly (readonly [number, readonly number[]])[]
  readonly digest?: Uint8Array
  readonly after?: Uint8Array
}

/** TPMS_ATTEST of a quote over all registers of SHA-256. */
export function attest({ extraData, registers, banks = [[11, [255, 255, 255]]], ...o }: AttestOptions): Uint8Array {
  const selections = banks.map(([hash, bits]) => concatBytes(uintBytes(hash, 2), Uint8Array.of(bits.length, ...bits)))
  return concatBytes(
    uintBytes(o.magic ?? 0xff544347, 4),
    uintBytes(o.type ?? 0x8018, 2),
    tpm2b(utf8('name of the key')),
    tpm2b(extraData),
    new Uint8Array(8),
    uintBytes(3, 4),
    uintBytes(4, 4),
    Uint8Array.of(1),
    new Uint8Array(8).fill(9),
    uintBytes(banks.length, 4),
    ...selections,
    tpm2b(o.digest ?? digest('SHA-256', concatBytes(...registers))),
    o.after ?? new Uint8Array(),
  )
}

/** Message, signature and registers as one. */
export function tpmEvidence(message: Uint8Array, by: SigningKey, registers: readonly Uint8Array[]): Uint8Array {
  const raw = by.raw(message, 'SHA-256')
  const signature =
    by.key.kind === 'ec'
      ? concatBytes(Uint8Array.of(0, 0x18, 0, 11), tpm2b(raw.subarray(0, 32)), tpm2b(raw.subarray(32)))
      : concatBytes(Uint8Array.of(0, 0x14, 0, 11), tpm2b(raw))
  return concatBytes(tpm2b(message), signature, uintBytes(registers.length, 4), ...registers.map(tpm2b))
}
