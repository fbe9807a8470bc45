import { type Endorsements, utf8 } from '@opengradient/protocol'
import { hourBefore, keyOf, lineage, listDates } from '../lineage.ts'
import { qeIdentity, signedFile, tcbInfo } from '../make/collateral.ts'
import { digest } from '../make/hash.ts'
import { intelCertificates } from '../make/intel.ts'
import { pem } from '../make/pem.ts'
import { quote, sgxBody, tdBody } from '../make/quote.ts'
import { type DevelopmentPlatform, filled, kept } from '../platform.ts'

/** The keys and certificates of a seed. */
export const developmentIntel = kept((seed) => {
  const key = (name: string) => keyOf('P-256', seed, `intel ${name}`)
  const keys = { root: key('root'), ca: key('ca'), tcb: key('tcb') }
  const certificates = intelCertificates({ ...keys, pck: keys.ca, attestation: keys.ca }, lineage('Intel'))
  return { keys, certificates, root: certificates.root }
})

/** The platform of a machine: how it quotes a body. */
export function developmentQuotes(seed: string, machine: string): (body: Uint8Array) => Uint8Array {
  const { keys, root } = developmentIntel(seed)
  const pck = keyOf('P-256', seed, `intel platform ${machine}`)
  const attestation = keyOf('P-256', seed, `intel quoting enclave ${machine}`)
  const ppid = digest('SHA-256', utf8(machine)).subarray(0, 16)
  const certificates = intelCertificates({ ...keys, pck, attestation }, lineage('Intel'))
  const chain = pem(certificates.pck({ ppid }), certificates.ca, root)
  return (body) => quote({ body, attestation, pckKey: pck, certificates: chain })
}

/** What Intel publishes beside quotes, of this hour. */
export function developmentCollateral(seed: string, kind: 'TDX' | 'SGX', now: number): Endorsements {
  const { keys, certificates, root } = developmentIntel(seed)
  const dates = listDates(now)
  const signers = [certificates.tcbSigner(), root]
  const issued = hourBefore(now)
  return {
    crls: [certificates.rootCrl(dates), certificates.pckCrl(dates)],
    tcbInfo: signedFile(tcbInfo(kind, issued), keys.tcb, signers),
    qeIdentity: signedFile(qeIdentity(kind === 'TDX' ? 'TD_QE' : 'QE', issued), keys.tcb, signers),
  }
}

export const tdx: DevelopmentPlatform = {
  size: 48,
  main: (measurement) => measurement,
  machine: ({ seed, machine, measurement }) => {
    const quoted = developmentQuotes(seed, machine)
    return (reportData, now) => ({
      evidence: quoted(tdBody({ 136: measurement, 520: filled(reportData) })),
      endorsements: developmentCollateral(seed, 'TDX', now),
    })
  },
}

export const sgx: DevelopmentPlatform = {
  size: 32,
  main: (measurement) => measurement,
  machine: ({ seed, machine, measurement }) => {
    const quoted = developmentQuotes(seed, machine)
    return (reportData, now) => ({
      evidence: quoted(sgxBody({ 64: measurement, 320: filled(reportData) })),
      endorsements: developmentCollateral(seed, 'SGX', now),
    })
  },
}
