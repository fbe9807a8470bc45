import { concatBytes } from '@opengradient/protocol'
import { keyOf, lineage, listDates } from '../lineage.ts'
import { digest } from '../make/hash.ts'
import { attest, tpmCertificates, tpmEvidence } from '../make/tpm.ts'
import { type DevelopmentPlatform, kept } from '../platform.ts'

/** Where systemd measures unified kernel images. */
const REGISTER = 11

/** Registers 0 to 23: what runs is in one of them, the others are empty. */
export const developmentRegisters = (measurement: Uint8Array): Uint8Array[] =>
  Array.from({ length: 24 }, (_, i) => (i === REGISTER ? measurement : new Uint8Array(32)))

/** The keys and certificates of a seed. */
export const developmentTpm = kept((seed) => {
  const certificates = tpmCertificates(keyOf('P-384', seed, 'tpm root'), lineage('TPM'))
  return { certificates, root: certificates.root }
})

export const tpm: DevelopmentPlatform = {
  size: 32,
  main: (measurement) => digest('SHA-256', concatBytes(...developmentRegisters(measurement))),
  machine: ({ seed, machine, measurement }) => {
    const { certificates, root } = developmentTpm(seed)
    const ak = keyOf('P-256', seed, `tpm ${machine}`)
    const certificate = certificates.ak(ak)
    const registers = developmentRegisters(measurement)
    return (extraData, now) => ({
      evidence: tpmEvidence(attest({ extraData, registers }), ak, registers),
      endorsements: { certificates: [certificate, root], crls: [certificates.crl(listDates(now))] },
    })
  },
}
