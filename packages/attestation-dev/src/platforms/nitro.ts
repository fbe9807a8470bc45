import { bytesToHex, utf8 } from '@opengradient/protocol'
import { keyOf, lineage } from '../lineage.ts'
import { digest } from '../make/hash.ts'
import { indefinite, nitroCertificates, nitroMessage } from '../make/nitro.ts'
import { type DevelopmentPlatform, kept } from '../platform.ts'

const PCR_SIZE = 48
/** Seconds: certificates of enclaves live as long at AWS; the clock of whoever verifies may be a little behind. */
const LIFE = 10_800
const MARGIN = 300

/** The keys and certificates of a seed. */
export const developmentAws = kept((seed) => {
  const key = (name: string) => keyOf('P-384', seed, `nitro ${name}`)
  const keys = { root: key('root'), zone: key('zone') }
  return { keys, root: nitroCertificates({ ...keys, leaf: keys.zone }, lineage('AWS Nitro')).root }
})

export const nitro: DevelopmentPlatform = {
  size: PCR_SIZE,
  main: (measurement) => measurement,
  machine: ({ seed, machine, measurement }) => {
    const { keys, root } = developmentAws(seed)
    const leaf = keyOf('P-384', seed, `nitro enclave ${machine}`)
    const certificates = nitroCertificates({ ...keys, leaf }, lineage('AWS Nitro'))
    const id = bytesToHex(digest('SHA-256', utf8(machine))).slice(2)
    return (reportData, now) => {
      const document = {
        module_id: `i-${id.slice(0, 17)}-enc${id.slice(17, 33)}`,
        digest: 'SHA384',
        timestamp: now * 1000,
        pcrs: new Map(Array.from({ length: 16 }, (_, i) => [i, i === 0 ? measurement : new Uint8Array(PCR_SIZE)])),
        certificate: certificates.leaf({ notBefore: now - MARGIN, notAfter: now + LIFE }),
        cabundle: [root, certificates.zone],
        public_key: null,
        user_data: reportData,
        nonce: null,
      }
      return { evidence: nitroMessage(indefinite(document), leaf), endorsements: {} }
    }
  },
}
