import type { DevelopmentPlatform } from '../platform.ts'
import { azureSnp, azureTdx } from './azure.ts'
import { sgx, tdx } from './intel.ts'
import { nitro } from './nitro.ts'
import { nvidia } from './nvidia.ts'
import { snp } from './snp.ts'
import { tpm } from './tpm.ts'

/** Every format, by the names that `PLATFORMS` of `@opengradient/attestation` has for them. */
export const DEVELOPMENT_PLATFORMS = {
  nitro,
  snp,
  tdx,
  sgx,
  'azure-snp-vtpm': azureSnp,
  'azure-tdx-vtpm': azureTdx,
  tpm,
  'nvidia-gpu': nvidia,
} as const satisfies Readonly<Record<string, DevelopmentPlatform>>

export type Platform = keyof typeof DEVELOPMENT_PLATFORMS
