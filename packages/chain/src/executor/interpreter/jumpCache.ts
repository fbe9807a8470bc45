/** What has to be known of a piece of code before it can jump. */
export interface CodeAnalysis {
  /** 1 where a jump may lead. */
  readonly jumps: Uint8Array
  /** The number that a PUSH pushes, by the place after it. */
  readonly pushes: Record<number, bigint>
}

/** Bytes of code whose analysis is kept. An analysis takes about twenty times as much memory. */
const KEPT_CODE_BYTES = 400_000

const JUMPDEST = 0x5b
const PUSH1 = 0x60
const PUSH32 = 0x7f

/**
 * Analyses of code, each made once instead of once a call. They depend on nothing but the code. Known by the identity of its array:
 * the state hands out the same one for the same contract.
 */
export class JumpCache {
  readonly #known = new Map<Uint8Array, CodeAnalysis>()
  #bytes = 0

  has(code: Uint8Array): boolean {
    return this.#known.has(code)
  }

  of(code: Uint8Array): CodeAnalysis {
    const known = this.#known.get(code)
    if (known) return known
    const analysis = analyse(code)
    this.#known.set(code, analysis)
    this.#bytes += code.length
    for (const [oldest] of this.#known) {
      if (this.#bytes <= KEPT_CODE_BYTES) break
      this.#known.delete(oldest)
      this.#bytes -= oldest.length
    }
    return analysis
  }
}

/** Code that ends in the middle of a PUSH goes on with zeros. */
function analyse(code: Uint8Array): CodeAnalysis {
  const jumps = new Uint8Array(code.length)
  const pushes: Record<number, bigint> = {}
  for (let at = 0; at < code.length; at++) {
    const opcode = code[at]!
    if (opcode === JUMPDEST) jumps[at] = 1
    else if (opcode >= PUSH1 && opcode <= PUSH32) {
      const size = opcode - PUSH1 + 1
      const bytes = Buffer.from(code.subarray(at + 1, at + 1 + size)).toString('hex')
      pushes[at + 1] = BigInt(`0x${bytes.padEnd(2 * size, '0')}`)
      at += size
    }
  }
  return { jumps, pushes }
}
