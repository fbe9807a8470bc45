import { concatBytes, hash, integer, u8, u64, utf8ToBytes, xof } from './bytes.ts'
import { type K, P } from './field.ts'

/** Labels of two challenges with no absorb between them. */
export type Turned = readonly [first: string, second: string]
type Stream = (length: number) => Uint8Array

/**
 * The Fiat–Shamir transcript of SPEC 1.6. A *forked* protocol leaves absorbs out (`skip`), or squeezes two challenges that follow one another in
 * the other order (`turned`); the real one does neither.
 */
export class Transcript {
  state = hash(utf8ToBytes('zkml/v1/fs'))
  readonly #skip: ReadonlySet<string>
  readonly #turned: Turned | undefined
  #early: Stream | undefined
  constructor(skip: ReadonlySet<string> = new Set(), turned?: Turned) {
    this.#skip = skip
    this.#turned = turned
  }

  absorb(label: string, data: Uint8Array): void {
    if (this.#skip.has(label)) return
    this.state = hash(this.state, u8(1), u8(label.length), utf8ToBytes(label), u64(data.length), data)
  }

  /** The stream of `squeeze(label)`, `length` bytes of it. */
  #squeeze(label: string): Stream {
    const [first, second] = this.#turned ?? []
    const early = this.#early
    this.#early = undefined
    if (label === second && early) return early
    if (label === first) this.#early = this.#next(second!)
    return this.#next(label)
  }

  #next(label: string): Stream {
    const before = this.state
    const name = concatBytes(u8(label.length), utf8ToBytes(label))
    this.state = hash(before, u8(3), name)
    return (length) => xof(length, before, u8(2), name)
  }

  /** `count` challenges: 8-byte words of the stream, words ≥ p skipped. */
  vector(label: string, count: number): K[] {
    const stream = this.#squeeze(label)
    for (let length = 16 * count + 16; ; length *= 2) {
      const bytes = stream(length)
      const words: bigint[] = []
      for (let at = 0; at + 8 <= length; at += 8) {
        const word = integer(bytes.slice(at, at + 8))
        if (word < P) words.push(word)
      }
      if (words.length >= 2 * count) return Array.from({ length: count }, (_, i) => [words[2 * i]!, words[2 * i + 1]!] as const)
    }
  }

  challenge(label: string): K {
    return this.vector(label, 1)[0]!
  }

  /** `count` distinct indices below 2^l, ascending. SPEC 6.4. */
  indices(label: string, count: number, l: number): number[] {
    const stream = this.#squeeze(label)
    for (let length = 8 * count; ; length *= 2) {
      const bytes = stream(length)
      const seen = new Set<number>()
      for (let at = 0; at + 4 <= length && seen.size < count; at += 4)
        seen.add(Number(integer(bytes.slice(at, at + 4)) % (1n << BigInt(l))))
      if (seen.size === count) return [...seen].sort((x, y) => x - y)
    }
  }

  copy(): Transcript {
    const copy = new Transcript(this.#skip, this.#turned)
    copy.state = this.state
    return copy
  }

  /** Whether a nonce has the work of SPEC 1.8. */
  grinds(nonce: bigint, g: number): boolean {
    return integer(hash(this.state, u8(4), u64(nonce)).slice(0, 8)) % (1n << BigInt(g)) === 0n
  }
}
