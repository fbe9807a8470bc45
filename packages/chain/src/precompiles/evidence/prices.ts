/**
 * Gas of the steps of verifying TEE evidence. Rules of the chain: every node has to use the same numbers, and they are integers, so that sums
 * are exact. At 30 million gas a second each is three times what the step was measured to take, or more; `npm run bench -- precompile` looks.
 */
export const PRICES = {
  /** Each call. */
  call: 50_000,
  /** A byte of the input: copied, compared, hashed. */
  inputByte: 5,
  /** A byte of JSON: policy and keyset; the policy again for each GPU. */
  jsonByte: 50,
  /** A byte of evidence, certificates, lists and vendors' files, each time that they are read: under vendors' roots, and under development roots. */
  evidenceByte: 30,
  /** A signature by curve, or an RSA signature by the square of its 64-bit words; and a byte of the message that it is over. */
  signature: { 'P-256': 250_000, 'P-384': 600_000 },
  rsaWordSquared: 25,
  messageByte: 5,
} as const
