import type { Fields } from './fields.ts'

/** Gas of a transaction before any of its code runs. EIP-2028, EIP-2930, EIP-3860, EIP-7623, EIP-7702. */
const TRANSACTION = 21_000
const CREATION = 32_000
const INIT_CODE_WORD = 2
const ACCESS_LIST_ADDRESS = 2_400
const ACCESS_LIST_SLOT = 1_900
/** As if no authorization named an account that exists; what was too much is refunded. */
export const AUTHORIZATION = 25_000
/** A byte of data counts as this many tokens when it is not zero, else as one. */
const TOKENS = 4
const TOKEN = 4
const FLOOR_TOKEN = 10

export interface IntrinsicGas {
  /** What the transaction costs before its code runs. */
  readonly intrinsic: bigint
  /** What it costs at least, all in all. */
  readonly floor: bigint
}

export function intrinsicGas({ to, data, counts }: Fields): IntrinsicGas {
  let tokens = 0
  for (let i = 0; i < data.length; i++) tokens += data[i] === 0 ? 1 : TOKENS
  let gas = TRANSACTION + TOKEN * tokens + AUTHORIZATION * counts.authorizations
  if (!to) gas += CREATION + INIT_CODE_WORD * Math.ceil(data.length / 32)
  gas += ACCESS_LIST_ADDRESS * counts.addresses + ACCESS_LIST_SLOT * counts.slots
  return { intrinsic: BigInt(gas), floor: BigInt(TRANSACTION + FLOOR_TOKEN * tokens) }
}
