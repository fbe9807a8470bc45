import type { VerifierCost } from '@opengradient/zkml'

/**
 * Gas of the steps of verifying a proof. Rules of the chain: every node has to use the same numbers, and they are integers, so that sums are
 * exact. At 30 million gas a second each is three times what the step was measured to take, or more; `npm run bench -- precompile` looks.
 */
export const PRICES = {
  /** Each call. */
  call: 150_000,
  /** A byte of manifest or integer model: hashed, read, written again to compare. */
  modelByte: 80,
  /** A byte of weights: hashed and read. */
  weightByte: 4,
  /** A weight, each time that a node of the model reads it for its bounds: an int16, or a wider one. */
  weight: { i16: 1, wide: 8 },
  /** A byte of x or y. */
  valueByte: 5,
  /** A byte of ctx or proof. */
  proofByte: 2,
  /** Parts of the program as they are written, and entries of its public vectors before they are built; the lowering makes both twice. */
  lowering: { part: 150, entry: 20 },
  /** The counts of `verifierCost`. */
  verifier: {
    parts: 250,
    entries: 6,
    cells: 2,
    products: 2,
    rounds: 100,
    columns: 2,
    codeword: 1,
    hashes: 30,
  } satisfies Record<keyof VerifierCost, number>,
} as const
