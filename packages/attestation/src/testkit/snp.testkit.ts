import { snpReport as report, type SnpLeafOptions, snpCertificates } from '@opengradient/attestation-dev/make'
import type { SnpFamily } from '../result/claims.ts'
import type { Endorsements } from '../result/evidence.ts'
import type { TrustAnchor } from '../roots/types.ts'
import { LIST, lineage } from './ca.testkit.ts'
import { ecKey, rsaKey, type TestKey } from './keys.testkit.ts'

export const snpKeys = {
  ark: rsaKey('pss', 'ark'),
  ask: rsaKey('pss', 'ask'),
  vcek: ecKey('P-384', 'vcek'),
  other: ecKey('P-384', 'other'),
}
export const CHIP = new Uint8Array(64).fill(0xc1)
/** bootloader 7, tee 0, snp 14, microcode 72. */
export const TCB = Uint8Array.of(7, 0, 0, 0, 0, 0, 14, 72)

const certificates = snpCertificates(snpKeys, lineage(''))
export const { ask } = certificates

/** Each root is made once: the trust in it is remembered by its bytes in memory. */
const arks = new Map<SnpFamily, Uint8Array>()

export function ark(family: SnpFamily): Uint8Array {
  const made = arks.get(family) ?? certificates.ark(family)
  arks.set(family, made)
  return made
}

export const arkCrl = (family: SnpFamily, revoked: readonly number[] = []): Uint8Array => certificates.arkCrl(family, LIST, revoked)
export const vcek = (o: SnpLeafOptions = {}): Uint8Array => certificates.vcek({ chip: CHIP, ...o })

export const snpRoots = (...families: readonly SnpFamily[]) => ({
  amd: { anchors: families.map((family) => ({ certificate: ark(family), trust: 'development' }) satisfies TrustAnchor) },
})

export const snpEndorsements = (family: SnpFamily = 'Genoa', leaf = vcek({ family })): Endorsements => ({
  certificates: [leaf, ask(family), ark(family)],
  crls: [arkCrl(family)],
})

/** Patches of a report by offset (SNP ABI, ATTESTATION_REPORT). */
export type SnpPatch = Readonly<Record<number, readonly number[] | Uint8Array>>

/** A report of version 3 by a Genoa processor, signed after the patches. */
export const snpReport = (patches: SnpPatch = {}, by: TestKey = snpKeys.vcek): Uint8Array =>
  report(
    {
      0: [3],
      8: [0, 0, 3],
      52: [1],
      64: [0x25],
      80: new Uint8Array(64).fill(0xda),
      144: new Uint8Array(48).fill(0x3e),
      384: TCB,
      392: [0x19, 0x11, 1],
      416: CHIP,
      480: TCB,
      ...patches,
    },
    by,
  )
