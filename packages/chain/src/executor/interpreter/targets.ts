import { Address } from '@ethereumjs/util'
import { byteKey } from '../../state/store.ts'
import { readNumber, wordBytes } from './words.ts'

/** An account that an opcode names by a word. */
export interface Target {
  readonly address: Address
  /** `byteKey` of it. */
  readonly id: string
}

/** The words that are remembered at once. Code that looks at many accounts pays 2,600 gas for each. */
const MOST = 4_096
const ADDRESS = (1n << 160n) - 1n

/** Accounts by the words that name them: code asks for few, again and again, and to make an address of a word costs as much as a call. */
export class Targets {
  readonly #known = new Map<bigint, Target>()

  /** Of the word the lower 160 bits count. */
  of(word: bigint): Target {
    const known = this.#known.get(word)
    if (known) return known
    const bytes = wordBytes(word & ADDRESS).slice(12)
    const target = { address: new Address(bytes), id: byteKey(bytes) }
    if (this.#known.size >= MOST) this.#known.clear()
    this.#known.set(word, target)
    return target
  }

  /** With this address. */
  at(address: Uint8Array): Target {
    return this.of(readNumber(address, 0, address.length))
  }
}
