import type { Frame } from './frame.ts'

export const BLOCKHASH = 0x40
/** Older blocks have the hash zero. */
const WINDOW = 256n

/** The hashes that code has asked for in the block that runs: at 20 gas they cannot be read from disk and computed each time. */
export class BlockHashes {
  #block: object | undefined
  readonly #known = new Map<bigint, bigint>()

  /** The hash of a block as a word, as far as that is known. */
  of(number: bigint, block: { readonly header: { readonly number: bigint } }): bigint | undefined {
    const { number: now } = block.header
    if (number >= now || now - number > WINDOW) return 0n
    if (block !== this.#block) {
      this.#block = block
      this.#known.clear()
    }
    return this.#known.get(number)
  }

  /** To be told what `of` did not know. */
  learn(number: bigint, hash: bigint): void {
    this.#known.set(number, hash)
  }
}

/** The hash of the block that is named on top of the stack, if it is known. */
export function knownHash({ blockHashes, _env: { block }, _runState: { stack } }: Frame): bigint | undefined {
  return stack._len < 1 ? undefined : blockHashes.of(stack._store[stack._len - 1]!, block)
}
