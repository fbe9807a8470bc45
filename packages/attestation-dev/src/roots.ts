import type { Platform } from './platforms/index.ts'
import { developmentIntel } from './platforms/intel.ts'
import { developmentAws } from './platforms/nitro.ts'
import { developmentNvidia } from './platforms/nvidia.ts'
import { developmentAmd } from './platforms/snp.ts'
import { developmentTpm } from './platforms/tpm.ts'

type Vendor = 'aws' | 'amd' | 'intel' | 'nvidia' | 'tpm'

const development = (certificate: Uint8Array) => ({ anchors: [{ certificate, trust: 'development' as const }] })

/**
 * The root of each vendor's place below a seed, always the same bytes: what the genesis of a local network holds. `Roots` of
 * `@opengradient/attestation`. Whoever knows the seed can
 * make evidence under them.
 */
export const developmentRoots = (seed: string) => ({
  aws: development(ROOT.aws(seed)),
  amd: development(ROOT.amd(seed)),
  intel: development(ROOT.intel(seed)),
  nvidia: development(ROOT.nvidia(seed)),
  tpm: development(ROOT.tpm(seed)),
})

const ROOT: Readonly<Record<Vendor, (seed: string) => Uint8Array>> = {
  aws: (seed) => developmentAws(seed).root,
  amd: (seed) => developmentAmd(seed).root,
  intel: (seed) => developmentIntel(seed).root,
  nvidia: (seed) => developmentNvidia(seed).root,
  tpm: (seed) => developmentTpm(seed).root,
}

const VENDOR: Readonly<Record<Platform, Vendor>> = {
  nitro: 'aws',
  snp: 'amd',
  'azure-snp-vtpm': 'amd',
  tdx: 'intel',
  sgx: 'intel',
  'azure-tdx-vtpm': 'intel',
  'nvidia-gpu': 'nvidia',
  tpm: 'tpm',
}

/** The root (DER) that the evidence of one platform ends at. Making all of them takes a second, this one some milliseconds where no RSA is in it. */
export const developmentRootOf = (seed: string, platform: Platform): Uint8Array => ROOT[VENDOR[platform]](seed)

/** The same certificates (DER) as one list: no two have the same name, so each is found by the evidence that ends at it. */
export const developmentCertificates = (seed: string): Uint8Array[] =>
  Object.values(developmentRoots(seed)).flatMap(({ anchors }) => anchors.map(({ certificate }) => certificate))
