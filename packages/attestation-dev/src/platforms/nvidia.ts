import { gpuNonce, utf8 } from '@opengradient/protocol'
import { keyOf, lineage, listDates } from '../lineage.ts'
import { digest } from '../make/hash.ts'
import { block, field, gpuCertificates, gpuReport } from '../make/nvidia.ts'
import { type DevelopmentPlatform, kept } from '../platform.ts'

const FIRMWARE = new Uint8Array(48).fill(0xf1)
const FIELDS = [field(3, utf8('550.90.07\0')), field(6, Uint8Array.of(0, 0x9f, 0, 0x96, 1, 0, 0, 0)), field(20, FIRMWARE)]

/** The keys and certificates of a seed. */
export const developmentNvidia = kept((seed) => {
  const key = (name: string) => keyOf('P-384', seed, `gpu ${name}`)
  const keys = { root: key('root'), family: key('family'), maker: key('maker') }
  return { keys, root: gpuCertificates({ ...keys, brom: keys.maker, gpu: keys.maker }, lineage('NVIDIA')).root }
})

export const nvidia: DevelopmentPlatform = {
  size: 48,
  main: (measurement) => digest('SHA-256', measurement),
  machine: ({ seed, machine, measurement }) => {
    const { keys } = developmentNvidia(seed)
    const gpu = keyOf('P-384', seed, `gpu ${machine}`)
    const brom = keyOf('P-384', seed, `gpu boot rom ${machine}`)
    const certificates = gpuCertificates({ ...keys, brom, gpu }, lineage('NVIDIA'))
    const chain = [certificates.leaf({ firmware: FIRMWARE }), certificates.brom, certificates.maker, certificates.family, certificates.root]
    return (reportData, now) => ({
      evidence: gpuReport({ nonce: gpuNonce(reportData), by: gpu, blocks: [block(1, measurement)], fields: FIELDS }),
      endorsements: { certificates: chain, crls: certificates.crls(listDates(now)) },
    })
  },
}
