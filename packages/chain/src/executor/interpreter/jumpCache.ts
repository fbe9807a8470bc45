const JUMPDEST = 0x5b
const PUSH1 = 0x60
const PUSH32 = 0x7f

/**
 * Where code may jump to, found once instead of once a call. It depends on nothing but the code, which is known by the identity of its
 * array: the state hands out the same one for the same contract. What is known goes when the array does.
 *
 * A call of a contract that was called before costs 100 gas, so whatever is done anew for each call has to take microseconds however long
 * its code is. That is why the numbers in the code are not looked at here.
 */
export class JumpCache {
  readonly #known = new WeakMap<Uint8Array, Uint8Array>()

  /** 1 where a jump may lead, if that was found before. */
  get(code: Uint8Array): Uint8Array | undefined {
    return this.#known.get(code)
  }

  /**
   * 1 where a jump may lead. `kept` for code of the state. Code that creates a contract runs once, and is a view of the memory of whoever
   * creates it, all of which would stay with it.
   */
  of(code: Uint8Array, kept: boolean): Uint8Array {
    const known = this.#known.get(code)
    if (known) return known
    const jumps = destinations(code)
    if (kept) this.#known.set(code, jumps)
    return jumps
  }
}

function destinations(code: Uint8Array): Uint8Array {
  const jumps = new Uint8Array(code.length)
  for (let at = 0; at < code.length; at++) {
    const opcode = code[at]!
    if (opcode === JUMPDEST) jumps[at] = 1
    else if (opcode >= PUSH1 && opcode <= PUSH32) at += opcode - PUSH1 + 1
  }
  return jumps
}
