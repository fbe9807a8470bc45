import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, addressOf, keccak256, utf8 } from '@opengradient/protocol'

/** Someone in the vectors. The private key is public knowledge: it is the hash of the name. */
export interface Actor {
  readonly key: Uint8Array
  readonly address: Address
}

/** Everybody plays in hundreds of stories, with the same key in each. */
const actors = new Map<string, Actor>()

export function actor(name: string): Actor {
  const key = keccak256(utf8(`OpenGradient test vectors: key of ${name}`))
  const known = actors.get(name) ?? { key, address: addressOf(key) }
  actors.set(name, known)
  return { ...known }
}

/** The network of the vectors, and another one. */
export const CHAIN_ID = 7_310_579_611
export const OTHER_CHAIN_ID = 8_424_242_424_242
export const SETTLEMENT = ADDRESSES.settlement

export const HOUR = 3_600
export const DAY = 24 * HOUR
/** Genesis, and the second at which the answer is signed if nothing else is said. Unix seconds. */
export const GENESIS = 1_790_000_000
export const ISSUED = GENESIS + 30 * HOUR

export const OPG = 10n ** 18n
