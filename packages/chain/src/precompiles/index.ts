import type { CustomPrecompile } from '@ethereumjs/evm'
import { createAddressFromString } from '@ethereumjs/util'
import { PRECOMPILES } from '@opengradient/contracts/addresses'
import { blake2f } from './ethereum/blake2f.ts'
import { modexp } from './ethereum/modexp.ts'
import { evidence } from './evidence/evidence.ts'
import { zkProof } from './zkProof/zkProof.ts'

/** What this chain has beside Ethereum's precompiles (`docs/precompiles.md`). */
export const OWN_PRECOMPILES: CustomPrecompile[] = [
  { address: createAddressFromString(PRECOMPILES.evidence), function: evidence },
  { address: createAddressFromString(PRECOMPILES.zkProof), function: zkProof },
]

/** Precompiles of Ethereum that take EthereumJS too long for their gas. */
export const PRAGUE_PRECOMPILES: CustomPrecompile[] = [
  { address: `0x${'5'.padStart(40, '0')}`, function: modexp },
  { address: `0x${'9'.padStart(40, '0')}`, function: blake2f },
]
