import { type Hex, hexToBytes, keccak256 } from '@opengradient/protocol'
import type { LogCriteria } from '../codec/filter.ts'

/** The three bits that one address or topic sets in a 2,048-bit bloom, as byte positions and masks. */
interface BloomBits {
  readonly bytes: readonly [number, number, number]
  readonly masks: readonly [number, number, number]
}

/** The bits of a value by the Yellow Paper, 4.4.3: eleven bits from each of the first three byte pairs of its hash. */
function bloomBits(value: Hex): BloomBits {
  const hash = keccak256(hexToBytes(value))
  const bit = (pair: number) => ((hash[pair]! << 8) | hash[pair + 1]!) & 2047
  const bits = [bit(0), bit(2), bit(4)] as const
  const byte = (position: number) => 255 - (position >> 3)
  const mask = (position: number) => 1 << (position & 7)
  return { bytes: [byte(bits[0]), byte(bits[1]), byte(bits[2])], masks: [mask(bits[0]), mask(bits[1]), mask(bits[2])] }
}

const holds = (bloom: Uint8Array, { bytes, masks }: BloomBits): boolean =>
  (bloom[bytes[0]]! & masks[0]) !== 0 && (bloom[bytes[1]]! & masks[1]) !== 0 && (bloom[bytes[2]]! & masks[2]) !== 0

/**
 * A test that says of a block's bloom whether the block may hold logs that match. Hashing happens once here, so that a scan
 * costs a few byte reads a block. Blooms lie in one direction only: "no" is certain.
 */
export function bloomTest(criteria: LogCriteria): (bloom: Uint8Array) => boolean {
  const groups = [criteria.addresses, ...criteria.topics]
    .filter((group) => group !== null && group.length > 0)
    .map((group) => group!.map(bloomBits))
  if (groups.length === 0) return (bloom) => bloom.some((byte) => byte !== 0)
  return (bloom) => groups.every((group) => group.some((bits) => holds(bloom, bits)))
}
