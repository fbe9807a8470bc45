import type { Platform } from '@opengradient/attestation'
import type { DevelopmentPlatform } from '../platform.ts'
import { azureSnp, azureTdx } from './azure.ts'
import { sgx, tdx } from './intel.ts'
import { nitro } from './nitro.ts'
import { nvidia } from './nvidia.ts'
import { snp } from './snp.ts'
import { tpm } from './tpm.ts'

export const DEVELOPMENT_PLATFORMS: Readonly<Record<Platform, DevelopmentPlatform>> = {
  nitro,
  snp,
  tdx,
  sgx,
  'azure-snp-vtpm': azureSnp,
  'azure-tdx-vtpm': azureTdx,
  tpm,
  'nvidia-gpu': nvidia,
}
