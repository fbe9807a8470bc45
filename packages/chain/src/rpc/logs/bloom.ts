import type { Hex } from '@opengradient/protocol'
import type { Keccak } from '../../crypto/keccak.ts'
import type { LogCriteria } from '../codec/filter.ts'

/**
 * The three bits, of 2,048, that each address or topic sets in a bloom, one after the other (Yellow Paper, 4.4.3): eleven bits from each of
 * the first three byte pairs of its hash.
 */
function bloomBits(values: ReadonlySet<Hex>, keccak: Keccak): Uint16Array {
  const bits = new Uint16Array(3 * values.size)
  let at = 0
  for (const value of values) {
    const hash = keccak(Buffer.from(value.slice(2), 'hex'))
    for (const pair of [0, 2, 4]) bits[at++] = ((hash[pair]! << 8) | hash[pair + 1]!) & 2047
  }
  return bits
}

const isSet = (bloom: Uint8Array, bit: number): boolean => (bloom[255 - (bit >> 3)]! & (1 << (bit & 7))) !== 0

function holdsOne(bloom: Uint8Array, bits: Uint16Array): boolean {
  for (let at = 0; at < bits.length; at += 3)
    if (isSet(bloom, bits[at]!) && isSet(bloom, bits[at + 1]!) && isSet(bloom, bits[at + 2]!)) return true
  return false
}

/**
 * A test that says of a block's bloom whether the block may hold logs that match. Hashing happens once here, so that a scan
 * costs a few byte reads a block. Blooms lie in one direction only: "no" is certain.
 */
export function bloomTest({ addresses, topics }: LogCriteria, keccak: Keccak): (bloom: Uint8Array) => boolean {
  const groups = [addresses, ...topics].filter((group) => group !== null && group.size > 0).map((group) => bloomBits(group!, keccak))
  if (groups.length === 0) return (bloom) => bloom.some((byte) => byte !== 0)
  return (bloom) => groups.every((bits) => holdsOne(bloom, bits))
}
