import type { CustomPrecompile } from '@ethereumjs/evm'
import { createAddressFromString } from '@ethereumjs/util'
import { PRECOMPILES } from '@opengradient/contracts/addresses'
import { evidence } from './evidence/evidence.ts'
import { zkProof } from './zkProof/zkProof.ts'

/** What this chain has beside Ethereum's precompiles (`docs/precompiles.md`). */
export const OWN_PRECOMPILES: CustomPrecompile[] = [
  { address: createAddressFromString(PRECOMPILES.evidence), function: evidence },
  { address: createAddressFromString(PRECOMPILES.zkProof), function: zkProof },
]
