/*
 * The common case of an inference request, read in one pass: plain ASCII, no escapes, no key twice, few levels. It accepts only what
 * `parseStrictJson` accepts and gives the same value; for anything else it gives up, and the strict reader decides.
 */

/** Not the common case: read it strictly. */
export const GIVE_UP: unique symbol = Symbol('give up')

export interface FastLimits {
  readonly maxDepth: number
  readonly maxNodes: number
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const UPPER_E = 0x45
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const LOWER_E = 0x65
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const ASCII_END = 0x7f

/** Texts of the protocol, so that reading one makes no new string. By length, then first byte. */
const KNOWN: (readonly string[])[] = []
for (const text of [
  'id',
  'inputs',
  'outputs',
  'parameters',
  'name',
  'shape',
  'datatype',
  'data',
  'binary_data',
  'binary_data_size',
  'binary_data_output',
  'FP32',
  'FP64',
  'FP16',
  'INT64',
  'INT32',
  'INT8',
  'UINT8',
  'BOOL',
  'BYTES',
  'input',
  'output',
  'x',
  'y',
])
  KNOWN[text.length] = [...(KNOWN[text.length] ?? []), text]

/** Digits of a whole part that is surely below 2^53. */
const MAX_WHOLE = 15

/** Powers of ten that a double holds exactly. */
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** The value of `bytes`, or GIVE_UP. */
export function fastJson(bytes: Buffer, limits: FastLimits): unknown {
  const reader = new FastReader(bytes, limits)
  const value = reader.document()
  return reader.failed ? GIVE_UP : value
}

class FastReader {
  failed = false
  readonly #bytes: Buffer
  readonly #maxDepth: number
  #at = 0
  #nodesLeft: number

  constructor(bytes: Buffer, { maxDepth, maxNodes }: FastLimits) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
    this.#nodesLeft = maxNodes
  }

  document(): unknown {
    this.#space()
    const value = this.#value(0, false)
    this.#space()
    if (this.#at !== this.#bytes.length) this.failed = true
    return value
  }

  #value(depth: number, isData: boolean): unknown {
    if (--this.#nodesLeft < 0) return this.#giveUp()
    const byte = this.#bytes[this.#at]
    if (byte === QUOTE) return this.#text()
    if (byte === OPEN_OBJECT) return this.#object(depth + 1)
    if (byte === OPEN_LIST) return this.#list(depth + 1, isData)
    if (byte === MINUS || (byte !== undefined && byte >= ZERO && byte <= NINE)) return this.#number()
    return this.#literal()
  }

  #object(depth: number): unknown {
    if (depth > this.#maxDepth) return this.#giveUp()
    const object: Record<string, unknown> = {}
    this.#at++
    this.#space()
    if (this.#bytes[this.#at] === CLOSE_OBJECT) {
      this.#at++
      return object
    }
    for (;;) {
      if (this.#bytes[this.#at] !== QUOTE) return this.#giveUp()
      const key = this.#text()
      // Inherited names (`constructor`, `__proto__`) look like repetitions: both are for the strict reader.
      if (this.failed || object[key] !== undefined) return this.#giveUp()
      this.#space()
      if (this.#bytes[this.#at] !== COLON) return this.#giveUp()
      this.#at++
      this.#space()
      const value = this.#value(depth, key === 'data')
      if (this.failed) return undefined
      object[key] = value
      this.#space()
      const next = this.#bytes[this.#at++]
      if (next === CLOSE_OBJECT) return object
      if (next !== COMMA) return this.#giveUp()
      this.#space()
    }
  }

  #list(depth: number, isData: boolean): unknown {
    if (depth > this.#maxDepth) return this.#giveUp()
    const start = this.#at
    this.#at++
    this.#space()
    const first = this.#bytes[this.#at]
    if (first === CLOSE_LIST) {
      this.#at++
      return []
    }
    if (isData && first !== undefined && (first === MINUS || (first >= ZERO && first <= NINE))) return this.#numbers(start)
    const list: unknown[] = []
    for (;;) {
      list.push(this.#value(depth, isData))
      if (this.failed) return undefined
      this.#space()
      const next = this.#bytes[this.#at++]
      if (next === CLOSE_LIST) return list
      if (next !== COMMA) return this.#giveUp()
      this.#space()
    }
  }

  /**
   * A list of numbers and nothing else: the bulk of a request, so a loop over local variables. At the first that cannot be had exactly with one
   * division (17 digits, as floats of 32 bits are often written) the list is left to `JSON.parse`.
   */
  #numbers(start: number): unknown {
    const bytes = this.#bytes
    const list: number[] = []
    for (let at = this.#at; ; ) {
      const negative = bytes[at] === MINUS
      if (negative) at++
      const first = at
      let mantissa = 0
      let byte = bytes[at]!
      while (byte >= ZERO && byte <= NINE) {
        mantissa = mantissa * 10 + (byte - ZERO)
        byte = bytes[++at]!
      }
      const whole = at - first
      if (whole === 0 || whole > MAX_WHOLE || (whole > 1 && bytes[first] === ZERO)) return this.#giveUp()
      if (byte === DOT) {
        const from = ++at
        byte = bytes[at]!
        while (byte >= ZERO && byte <= NINE) {
          mantissa = mantissa * 10 + (byte - ZERO)
          byte = bytes[++at]!
        }
        const fraction = at - from
        if (fraction === 0) return this.#giveUp()
        // Mantissa and power are exact doubles, so their quotient is rounded once: the nearest double, as every parser gives.
        if (mantissa > Number.MAX_SAFE_INTEGER || fraction >= POWERS.length) return this.#longNumbers(start)
        mantissa /= POWERS[fraction]!
      }
      list.push(negative ? -mantissa : mantissa)
      if (list.length > this.#nodesLeft) return this.#giveUp()
      while (byte === SPACE || byte === LF || byte === CR || byte === TAB) byte = bytes[++at]!
      at++
      if (byte === CLOSE_LIST) return this.#readTo(at, list)
      if (byte !== COMMA) return this.#giveUp()
      byte = bytes[at]!
      while (byte === SPACE || byte === LF || byte === CR || byte === TAB) byte = bytes[++at]!
    }
  }

  /** The list that begins at `start`, if up to its first bracket it is one of so many numbers, each of which has an exact whole part. */
  #longNumbers(start: number): unknown {
    const end = this.#bytes.indexOf(CLOSE_LIST, start) + 1
    if (end === 0 || (end - start > 2 * this.#nodesLeft && membersOf(this.#bytes, start, end) > this.#nodesLeft)) return this.#giveUp()
    const list = parsed(this.#bytes.toString('latin1', start, end))
    if (list === undefined) return this.#giveUp()
    for (let i = 0; i < list.length; i++) {
      const value = list[i]
      if (typeof value !== 'number' || value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) return this.#giveUp()
    }
    return this.#readTo(end, list)
  }

  #readTo(end: number, list: readonly unknown[]): readonly unknown[] {
    this.#at = end
    this.#nodesLeft -= list.length
    return list
  }

  /** A number outside such a list: sizes mostly. */
  #number(): unknown {
    const bytes = this.#bytes
    let at = this.#at
    if (bytes[at] === MINUS) at++
    const first = at
    let value = 0
    while (bytes[at]! >= ZERO && bytes[at]! <= NINE) value = value * 10 + (bytes[at++]! - ZERO)
    const next = bytes[at]
    // Fractions and exponents are rare here.
    if (
      at === first ||
      at - first > MAX_WHOLE ||
      (at > first + 1 && bytes[first] === ZERO) ||
      next === DOT ||
      next === LOWER_E ||
      next === UPPER_E
    )
      return this.#giveUp()
    const negative = first > this.#at
    this.#at = at
    return negative ? -value : value
  }

  #text(): string {
    const bytes = this.#bytes
    const start = this.#at + 1
    let at = start
    let byte = bytes[at]
    while (byte !== QUOTE) {
      if (byte === undefined || byte < SPACE || byte === BACKSLASH || byte > ASCII_END) {
        this.failed = true
        return ''
      }
      byte = bytes[++at]
    }
    this.#at = at + 1
    const known = KNOWN[at - start]
    if (known !== undefined) for (const text of known) if (this.#is(text, start)) return text
    return bytes.toString('latin1', start, at)
  }

  #is(text: string, start: number): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.#bytes[start + i]) return false
    return true
  }

  #literal(): unknown {
    for (const [text, value] of LITERALS) {
      if (this.#is(text, this.#at)) {
        this.#at += text.length
        return value
      }
    }
    return this.#giveUp()
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) return
      this.#at++
    }
  }

  #giveUp(): undefined {
    this.failed = true
    return undefined
  }
}

const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

/** How many members a list has at most, by its commas. */
function membersOf(bytes: Buffer, start: number, end: number): number {
  let members = 1
  for (let at = start; at < end; at++) if (bytes[at] === COMMA) members++
  return members
}

/** The list that a text is. */
function parsed(text: string): unknown[] | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
