import { gpuChain, gpuCrls, gpuReport, gpuRoot, gpuRoots } from '../../../src/testkit/nvidia.testkit.ts'
import { type Story, tell } from '../story.ts'

const gpu = tell({ platform: 'nvidia-gpu', evidence: gpuReport(), roots: gpuRoots })
const [rootList] = gpuCrls() as [Uint8Array]

/** Who vouches for himself. */
export const vouching: readonly Story[] = [
  gpu('root-below-itself', 'The root stands below itself, so that the list of the family would not be asked for, and is left out.', {
    endorsements: { certificates: [...gpuChain(), gpuRoot], crls: [rootList] },
    code: 'CHAIN_INVALID',
  }),
]
