import { concatBytes, utf8 } from '@opengradient/protocol'
import { keyOf, lineage, listDates } from '../lineage.ts'
import { digest } from '../make/hash.ts'
import { rsaKey } from '../make/keys.ts'
import { snpCertificates, snpReport } from '../make/snp.ts'
import { type DevelopmentPlatform, filled, kept } from '../platform.ts'

const FAMILY = 'Genoa'
/** bootloader 7, tee 0, snp 14, microcode 72. */
const TCB = Uint8Array.of(7, 0, 0, 0, 0, 0, 14, 72)

/** The keys and certificates of a seed. The names are AMD's (verification demands them); the organization says DEVELOPMENT. */
export const developmentAmd = kept((seed) => {
  const keys = { ark: rsaKey('pss', `${seed}: snp ark`), ask: rsaKey('pss', `${seed}: snp ask`) }
  const { ark, ask } = snpCertificates({ ...keys, vcek: keys.ask }, lineage('AMD'))
  return { keys, root: ark(FAMILY), authority: ask(FAMILY) }
})

/** The chip of a machine: its certificate, and how it signs reports. */
export function developmentChip(seed: string, machine: string, measurement: Uint8Array) {
  const { keys } = developmentAmd(seed)
  const vcek = keyOf('P-384', seed, `snp chip ${machine}`)
  const chip = digest('SHA-512', utf8(machine))
  const certificates = snpCertificates({ ...keys, vcek }, lineage('AMD'))
  return {
    certificate: certificates.vcek({ family: FAMILY, chip }),
    arkCrl: (now: number): Uint8Array => certificates.arkCrl(FAMILY, listDates(now)),
    /** Version 3; SMT allowed and on, ECC, aliases checked; privilege level 0. */
    report: (reportData: Uint8Array): Uint8Array =>
      snpReport(
        {
          0: [3],
          8: [0, 0, 3],
          52: [1],
          64: [0x25],
          80: filled(reportData),
          144: measurement,
          384: TCB,
          392: [0x19, 0x11, 1],
          416: chip,
          480: concatBytes(TCB, Uint8Array.of(21, 55, 1, 0, 21, 55, 1, 0), TCB),
        },
        vcek,
      ),
  }
}

export const snp: DevelopmentPlatform = {
  size: 48,
  main: (measurement) => measurement,
  machine: ({ seed, machine, measurement }) => {
    const { root, authority } = developmentAmd(seed)
    const chip = developmentChip(seed, machine, measurement)
    return (reportData, now) => ({
      evidence: chip.report(reportData),
      endorsements: { certificates: [chip.certificate, authority, root], crls: [chip.arkCrl(now)] },
    })
  },
}
