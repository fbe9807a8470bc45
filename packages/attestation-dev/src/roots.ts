import type { Roots, TrustAnchors } from '@opengradient/attestation'
import { developmentIntel } from './platforms/intel.ts'
import { developmentAws } from './platforms/nitro.ts'
import { developmentNvidia } from './platforms/nvidia.ts'
import { developmentAmd } from './platforms/snp.ts'
import { developmentTpm } from './platforms/tpm.ts'

const development = (certificate: Uint8Array): TrustAnchors => ({ anchors: [{ certificate, trust: 'development' }] })

/**
 * The root of each vendor's place below a seed, always the same bytes: what the genesis of a local network holds. Whoever knows the seed can
 * make evidence under them.
 */
export const developmentRoots = (seed: string): Required<Roots> => ({
  aws: development(developmentAws(seed).root),
  amd: development(developmentAmd(seed).root),
  intel: development(developmentIntel(seed).root),
  nvidia: development(developmentNvidia(seed).root),
  tpm: development(developmentTpm(seed).root),
})

/** The same certificates (DER) as one list: no two have the same name, so each is found by the evidence that ends at it. */
export const developmentCertificates = (seed: string): Uint8Array[] =>
  Object.values(developmentRoots(seed)).flatMap(({ anchors }) => anchors.map(({ certificate }) => certificate))
