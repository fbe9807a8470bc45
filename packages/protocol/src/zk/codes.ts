/**
 * What the chain's precompile 0x0901 answers in its second word: 0 for a valid proof, otherwise why it is refused (`packages/zkml/SPEC.md`,
 * 9.2). `HeldPayments.prove` gives the same number in `InvalidProof`. The numbers never change; contracts may compare with them.
 */
export const ZK_CODES = {
  OK: 0,
  BAD_ENCODING: 1,
  TOO_LARGE: 2,
  WRONG_VERSION: 3,
  WRONG_MODE: 4,
  WRONG_MODEL: 5,
  UNSUPPORTED_OP: 6,
  BAD_IR: 7,
  BOUND_EXCEEDED: 8,
  LIMIT: 9,
  STATEMENT_MISMATCH: 10,
  BAD_PARAMS: 11,
  NON_CANONICAL: 12,
  LOOKUP: 13,
  SUMCHECK: 14,
  BATCH: 15,
  EVAL: 16,
  POW: 17,
  QUERY: 18,
  MERKLE: 19,
  INTERNAL: 20,
} as const

/** One of `ZK_CODES`. */
export type ZkCode = keyof typeof ZK_CODES
