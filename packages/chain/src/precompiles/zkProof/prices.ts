import type { VerifierCost } from '@opengradient/zkml'

/**
 * Gas for each step of verifying a proof. The rules of the chain: every node has to use the same numbers. They are integers, so that sums of
 * them are exact. Measured times (`npm run bench -- precompile`) at 30 million gas a second, times three or more.
 */
export const PRICES = {
  /** Each call. */
  call: 30_000,
  /** Bytes of manifest and integer model: hashed, read, written again to compare. */
  modelByte: 200,
  /** Bytes of weights: hashed, read, added up for the bounds. */
  weightByte: 20,
  /** Bytes of x and y. */
  valueByte: 20,
  /** Bytes of ctx and proof. */
  proofByte: 5,
  /** Steps of the lowering: parts of the program, entries of its vectors. */
  loweringStep: 100,
  /** Counts of `verifierCost`. */
  verifier: Object.entries({ parts: 300, entries: 20, cells: 5, rounds: 500, columns: 20, codeword: 5, hashes: 100 } satisfies Record<
    keyof VerifierCost,
    number
  >) as [keyof VerifierCost, number][],
} as const
