import {
  AMD_ARK_GENOA,
  AMD_ARK_MILAN,
  AMD_ARK_TURIN,
  AMD_ASK_GENOA,
  AMD_ASK_MILAN,
  AMD_ASK_TURIN,
  AMD_ASVK_GENOA,
  AMD_ASVK_MILAN,
  AMD_ASVK_TURIN,
} from './amd.ts'
import { AWS_NITRO_ROOT_G1 } from './aws.ts'
import { GOOGLE_EK_AK_ROOT } from './google.ts'
import { INTEL_SGX_ROOT } from './intel.ts'
import { NVIDIA_DEVICE_ROOT } from './nvidia.ts'
import type { Roots, TrustAnchor } from './types.ts'

const hardware = (certificate: Uint8Array): TrustAnchor => ({ certificate, trust: 'hardware' })

/** The root certificates of the vendors, and nothing else. They are part of the product: a new one comes with a new release. */
export const VENDOR_ROOTS: Required<Roots> = {
  aws: { anchors: [hardware(AWS_NITRO_ROOT_G1)] },
  amd: {
    anchors: [AMD_ARK_MILAN, AMD_ARK_GENOA, AMD_ARK_TURIN].map(hardware),
    intermediates: [AMD_ASK_MILAN, AMD_ASVK_MILAN, AMD_ASK_GENOA, AMD_ASVK_GENOA, AMD_ASK_TURIN, AMD_ASVK_TURIN],
  },
  intel: { anchors: [hardware(INTEL_SGX_ROOT)] },
  nvidia: { anchors: [hardware(NVIDIA_DEVICE_ROOT)] },
  tpm: { anchors: [hardware(GOOGLE_EK_AK_ROOT)] },
}
