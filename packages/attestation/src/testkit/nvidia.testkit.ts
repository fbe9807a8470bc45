import { block, field, type GpuOptions, gpuCertificates, gpuReport as made } from '@opengradient/attestation-dev/make'
import { utf8 } from '@opengradient/protocol'
import type { TrustAnchor } from '../roots/types.ts'
import { type CertificateOptions, LIST, lineage } from './ca.testkit.ts'
import { ecKey, type TestKey } from './keys.testkit.ts'

export { block, field }

const key = (name: string): TestKey => ecKey('P-384', `gpu ${name}`)
export const gpuKeys = {
  root: key('root'),
  family: key('family'),
  maker: key('maker'),
  brom: key('brom'),
  gpu: key('gpu'),
  other: key('other'),
}
const certificates = gpuCertificates(gpuKeys, lineage('Device CA'))
export const { root: gpuRoot, family: gpuFamily, maker: gpuMaker, brom: gpuBrom } = certificates
export const FIRMWARE = new Uint8Array(48).fill(0xf1)

export const gpuLeaf = (o: Partial<CertificateOptions> & { readonly firmware?: Uint8Array } = {}): Uint8Array =>
  certificates.leaf({ firmware: FIRMWARE, ...o })
export const gpuChain = (leaf = gpuLeaf()): Uint8Array[] => [leaf, gpuBrom, gpuMaker, gpuFamily, gpuRoot]
export const gpuRoots = { nvidia: { anchors: [{ certificate: gpuRoot, trust: 'development' } satisfies TrustAnchor] } }
export const gpuCrls = (root: readonly number[] = [], family: readonly number[] = []): Uint8Array[] => certificates.crls(LIST, root, family)

export const GPU_NONCE = new Uint8Array(32).fill(0x9e)

/** Request and signed response. */
export const gpuReport = (o: Partial<GpuOptions> = {}): Uint8Array =>
  made({
    nonce: GPU_NONCE,
    by: gpuKeys.gpu,
    blocks: [block(1), block(2), block(3)],
    fields: [field(3, utf8('550.90.07\0')), field(6, Uint8Array.of(0, 0x9f, 0, 0x96, 1, 0, 0, 0)), field(20, FIRMWARE)],
    ...o,
  })
