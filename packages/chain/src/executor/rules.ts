import { type CommonOpts, ConsensusType, Hardfork, type HardforkTransitionConfig, Mainnet } from '@ethereumjs/common'
import type { KZG } from '@ethereumjs/util'
import type { Crypto } from '../crypto/crypto.ts'
import { FixedCommon } from './common.ts'

/** Gas of one block. Half of it is the target at which the base fee stands still: 300 settlements of 100,000 gas a second. */
export const BLOCK_GAS_LIMIT = 60_000_000n
/** Base fee of the first block, wei per gas, unless the genesis names a higher least one. */
const INITIAL_BASE_FEE = 1_000_000_000n
/** The base fee never falls below this where the genesis names nothing else, as on Ethereum (EIP-1559 arithmetic stops there). */
export const MIN_BASE_FEE = 7n
/** Largest transaction, RLP bytes: room for a zk proof with the weights of its model. */
export const MAX_TRANSACTION_BYTES = 512 * 1024
/** All transactions of a block, RLP bytes: what one CometBFT block of default size can carry. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024
/** Gas of the cheapest transaction, and how many of these a block has gas for. */
export const MIN_TRANSACTION_GAS = 21_000n
export const MAX_BLOCK_TRANSACTIONS = Number(BLOCK_GAS_LIMIT / MIN_TRANSACTION_GAS)

/** What one chain's rules differ in from another's. */
export interface ChainRules {
  readonly chainId: bigint
  /** The base fee never falls below this, wei per gas; `MIN_BASE_FEE` if absent. */
  readonly minBaseFee?: bigint | undefined
}

/** The rules alone, for a thread: a genesis may be large. */
export const rulesOf = ({ chainId, minBaseFee }: ChainRules): ChainRules => ({ chainId, minBaseFee })

/**
 * The rules of the chain for EthereumJS: Ethereum's at prague, from the first block on. (Mainnet's own schedule would bring its other
 * forks back at their block numbers: the DAO fork's `extraData` rule at 1,920,000.)
 */
export function chainCommon({ chainId, minBaseFee = MIN_BASE_FEE }: ChainRules, crypto: Crypto): FixedCommon {
  const hardforks: HardforkTransitionConfig[] = UP_TO_PRAGUE.map((name) => ({ name, block: 0 }))
  const options: CommonOpts = {
    chain: {
      ...Mainnet,
      name: 'opengradient',
      comment: '',
      url: '',
      chainId: Number(chainId),
      consensus: { type: ConsensusType.ProofOfStake, algorithm: 'casper' },
      hardforks,
    },
    hardfork: Hardfork.Prague,
    customCrypto: { keccak256: crypto.keccak, ecrecover: crypto.recover, sha256: crypto.sha256, kzg: NO_BLOBS },
  }
  return new FixedCommon(options, minBaseFee)
}

const refuse = (): never => {
  throw new Error('this chain has no blobs')
}

/**
 * There are no blobs here for the point evaluation precompile (0x0a) to speak of: it refuses every proof and takes the gas. Without
 * this, EthereumJS throws in the middle of the transaction, which would be left out of the block after running for nothing.
 */
const NO_BLOBS: KZG = {
  verifyProof: () => false,
  blobToKzgCommitment: refuse,
  computeBlobProof: refuse,
  verifyBlobProofBatch: refuse,
  computeCells: refuse,
  computeCellsAndProofs: refuse,
  recoverCellsAndProofs: refuse,
  verifyCellKzgProofBatch: refuse,
}

const UP_TO_PRAGUE = [
  Hardfork.Chainstart,
  Hardfork.Homestead,
  Hardfork.TangerineWhistle,
  Hardfork.SpuriousDragon,
  Hardfork.Byzantium,
  Hardfork.Constantinople,
  Hardfork.Petersburg,
  Hardfork.Istanbul,
  Hardfork.Berlin,
  Hardfork.London,
  Hardfork.Paris,
  Hardfork.Shanghai,
  Hardfork.Cancun,
  Hardfork.Prague,
]

/** A block as the next base fee sees it, wei per gas. */
interface FilledBlock {
  readonly gasUsed: bigint
  readonly gasLimit: bigint
  readonly baseFee: bigint
}

/** EIP-1559: the base fee after a block that used `gasUsed` of `gasLimit` at `baseFee`; never less than `minBaseFee`. */
export function baseFeeAfter({ gasUsed, gasLimit, baseFee }: FilledBlock, minBaseFee: bigint): bigint {
  const target = gasLimit / 2n
  const step = (distance: bigint) => (baseFee * distance) / target / 8n
  if (gasUsed > target) return baseFee + max(step(gasUsed - target), 1n)
  return max(baseFee - step(target - gasUsed), minBaseFee)
}

/** Base fee of the first block, wei per gas. */
export const initialBaseFee = ({ minBaseFee }: Pick<FixedCommon, 'minBaseFee'>): bigint => max(INITIAL_BASE_FEE, minBaseFee)

const max = (a: bigint, b: bigint) => (a > b ? a : b)
