import type { Hex } from '@opengradient/protocol'

/** 4 MiB of words, of which only those that were used take memory. */
const WORDS = 1 << 20
/** Hex digits of an id that are used: five for the word, and fifteen bits of the other four. */
const DIGITS = 9

/**
 * Which ids, all of them hashes, were never added: those that were are never said to be new, and of a million a new one is said to be known once in
 * several hundred times. Three bits in one word each, so that asking touches memory once (a blocked Bloom filter: Putze, Sanders, Singler 2007).
 * Nothing is taken out; tens of millions fill it, and it says nothing any more then.
 */
export class IdFilter {
  readonly #words = new Uint32Array(WORDS)

  /** @param id at least nine hex digits behind 0x */
  add(id: Hex): void {
    const [word, bits] = placeOf(id)
    this.#words[word]! |= bits
  }

  /** Whether it may have been added. */
  mayHave(id: Hex): boolean {
    const [word, bits] = placeOf(id)
    // Both as signed 32-bit integers: bit 31 is the sign.
    return (this.#words[word]! & bits) === bits
  }
}

function placeOf(id: Hex): [word: number, bits: number] {
  const number = Number.parseInt(id.slice(2, 2 + DIGITS), 16)
  // The upper 20 of 36 bits; what is bitwise takes the lower 32.
  const word = Math.floor(number / 2 ** 16)
  return [word, (1 << (number & 31)) | (1 << ((number >> 5) & 31)) | (1 << ((number >> 10) & 31))]
}
