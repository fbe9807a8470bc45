import type { Address, Hex } from '@opengradient/protocol'
import { bytesToHex, concatBytes, hexToBytes, keccak256 } from '@opengradient/protocol'

/**
 * Solidity's storage rules (docs.soliditylang.org, "Layout of State Variables in Storage"): where mappings, arrays and
 * strings lie, and how members share a slot. Slots are 32-byte hex; words are the 256-bit values stored there, as bigint.
 */
export interface Place {
  /** Slot, relative to the start of the contract's storage or of the struct. */
  readonly slot: number
  /** Bytes from the low end of the slot. */
  readonly offset: number
  /** Size in bytes. */
  readonly bytes: number
}

/** A number as the 32 bytes that Solidity hashes. */
export function word(value: bigint): Uint8Array {
  return hexToBytes(toSlot(value))
}

/** A number as a slot; sums wrap around at 2^256 as they do in the EVM. */
export function toSlot(value: bigint): Hex {
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(64, '0')}`
}

/** Slot of `mapping[key]`; `key` is left-padded to 32 bytes (numbers, addresses) or is 32 bytes already. */
export function mappingSlot(mapping: bigint, key: bigint): bigint {
  return BigInt(bytesToHex(keccak256(concatBytes(word(key), word(mapping)))))
}

/** Where the elements of a dynamic array begin; its length is in `array` itself. */
export function arrayStart(array: bigint): bigint {
  return BigInt(bytesToHex(keccak256(word(array))))
}

/** A member that shares a slot, as the unsigned number it is. */
export function member(value: bigint, place: Place): bigint {
  return BigInt.asUintN(place.bytes * 8, value >> BigInt(place.offset * 8))
}

/** Slots that hold the text of a string whose own slot holds `head`; none if it is short enough to be in the head. */
export function stringSlots(slot: bigint, head: bigint): Hex[] {
  if ((head & 1n) === 0n) return []
  const start = arrayStart(slot)
  return Array.from({ length: Number((head / 2n + 31n) / 32n) }, (_, i) => toSlot(start + BigInt(i)))
}

/** The text of a string from its own slot's word and the words of `stringSlots`. Bytes that are not UTF-8 become U+FFFD. */
export function decodeString(head: bigint, words: readonly bigint[]): string {
  const short = (head & 1n) === 0n
  const length = Number(short ? (head & 0xffn) / 2n : head / 2n)
  const bytes = short ? word(head) : concatBytes(...words.map(word))
  return new TextDecoder().decode(bytes.subarray(0, length))
}

/** Where a state variable begins. */
export const base = (place: Pick<Place, 'slot'>): bigint => BigInt(place.slot)

/** Slot of `mapping[key][key]…`. */
export const nested = (start: bigint, ...keys: bigint[]): bigint => keys.reduce(mappingSlot, start)

/** Slots that follow one another. */
export const run = (start: bigint, length: number): Hex[] => Array.from({ length }, (_, i) => toSlot(start + BigInt(i)))

/** A member that is an address. */
export const asAddress = (value: bigint): Address => `0x${value.toString(16).padStart(40, '0')}`
