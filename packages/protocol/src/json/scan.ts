import type { ErrorCode } from '../error/codes.ts'
import { OgError } from '../error/error.ts'

/** The limits that the scanner itself enforces. */
export interface ScanLimits {
  maxDepth: number
  maxNodes: number
  inexactNumbers: boolean
}

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const UPPER_E = 0x45
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LOWER_E = 0x65
const LOWER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const LITERALS: Record<number, Uint8Array | undefined> = Object.fromEntries(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), new TextEncoder().encode(word)]),
)
const ESCAPED: ReadonlySet<number | undefined> = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)))
const MAX_SAFE_DIGITS = 15
/** Without `ignoreBOM` a key that begins with U+FEFF would be taken for the key without it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Walks UTF-8 JSON once and throws at the first thing that `parseStrictJson` refuses. It builds no values: `JSON.parse`
 * does that afterwards, several times faster than JavaScript could. Both read the same grammar (tested against each other).
 */
export function scanJson(bytes: Uint8Array, limits: ScanLimits): void {
  new Scanner(bytes, limits).document()
}

class Scanner {
  readonly bytes: Uint8Array
  readonly limits: ScanLimits
  at = 0
  nodes = 0

  constructor(bytes: Uint8Array, limits: ScanLimits) {
    this.bytes = bytes
    this.limits = limits
  }

  document(): void {
    this.space()
    this.value()
    this.space()
    if (this.at < this.bytes.length) throw this.syntax('nothing after the value')
  }

  /** A value with everything inside it; a loop over open containers, so that depth costs no call stack. */
  private value(): void {
    const open: (Set<string> | undefined)[] = []
    for (;;) {
      this.node()
      const byte = this.bytes[this.at]
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.at++
        const keys = byte === OPEN_OBJECT ? new Set<string>() : undefined
        if (open.push(keys) > this.limits.maxDepth) throw this.tooDeep()
        this.space()
        if (this.bytes[this.at] !== (keys ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (keys) this.key(keys)
          continue
        }
      } else {
        this.scalar(byte)
        if (open.length === 0) return
        this.space()
      }
      // After a value: close what ends here, then go on to the next member or item.
      for (;;) {
        const keys = open.at(-1)
        const next = this.bytes[this.at]
        if (next === (keys ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          this.at++
          open.pop()
          if (open.length === 0) return
          this.space()
          continue
        }
        if (next !== COMMA) throw this.syntax(keys ? 'a comma or the end of the object' : 'a comma or the end of the array')
        this.at++
        this.space()
        if (keys) this.key(keys)
        break
      }
    }
  }

  private scalar(byte: number | undefined): void {
    if (byte === QUOTE) {
      this.string()
      return
    }
    if (byte === MINUS || isDigit(byte)) {
      this.number()
      return
    }
    const literal = LITERALS[byte!]
    if (!literal?.every((expected, i) => this.bytes[this.at + i] === expected)) throw this.syntax('a value')
    this.at += literal.length
  }

  private key(keys: Set<string>): void {
    const start = this.at
    if (this.bytes[start] !== QUOTE) throw this.syntax('a key in double quotes')
    const escaped = this.string()
    const key = escaped
      ? String(JSON.parse(decoder.decode(this.bytes.subarray(start, this.at))))
      : decoder.decode(this.bytes.subarray(start + 1, this.at - 1))
    if (key === '__proto__') throw this.refuse('JSON_FORBIDDEN_KEY', start, 'The key __proto__ is refused. Rename it.')
    if (keys.has(key)) {
      throw this.refuse('JSON_DUPLICATE_KEY', start, `The key ${JSON.stringify(key.slice(0, 64))} is twice in one object. Keep one.`)
    }
    keys.add(key)
    this.space()
    if (this.bytes[this.at] !== COLON) throw this.syntax('a colon')
    this.at++
    this.space()
  }

  /** Moves past a string; whether it held an escape. */
  private string(): boolean {
    const { bytes } = this
    let escapes = 0
    let at = this.at + 1
    for (;;) {
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === BACKSLASH) {
        escapes++
        this.at = at
        at = this.escape()
        continue
      }
      if (byte === undefined || byte < SPACE) {
        this.at = at
        throw this.syntax(byte === undefined ? 'the end of the string' : 'control characters written as escapes')
      }
      at++
    }
    this.at = at + 1
    return escapes > 0
  }

  /** The offset after the escape at `this.at`; the two halves of a surrogate pair count as one escape. */
  private escape(): number {
    const kind = this.bytes[this.at + 1]
    if (kind !== LOWER_U) {
      if (!ESCAPED.has(kind)) throw this.syntax('a known escape')
      return this.at + 2
    }
    const unit = this.codeUnit(this.at)
    if (unit < 0xd800 || unit > 0xdfff) return this.at + 6
    const paired = unit < 0xdc00 && this.bytes[this.at + 6] === BACKSLASH && this.bytes[this.at + 7] === LOWER_U
    const low = paired ? this.codeUnit(this.at + 6) : 0
    if (low < 0xdc00 || low > 0xdfff) throw this.refuse('JSON_NOT_UTF8', this.at, 'A lone surrogate is refused. Write both halves.')
    return this.at + 12
  }

  private codeUnit(at: number): number {
    let unit = 0
    for (let i = at + 2; i < at + 6; i++) {
      const digit = hexDigit(this.bytes[i])
      if (digit < 0) throw this.syntax('four hex digits after \\u')
      unit = (unit << 4) | digit
    }
    return unit
  }

  private number(): void {
    const { bytes } = this
    const start = this.at
    let at = start
    if (bytes[at] === MINUS) at++
    const first = at
    while (isDigit(bytes[at])) at++
    if (at === first || (bytes[first] === ZERO && at > first + 1)) throw this.syntax('a number without leading zeros')
    let whole = true
    let exponent = false
    if (bytes[at] === DOT) {
      whole = false
      const fraction = ++at
      while (isDigit(bytes[at])) at++
      if (at === fraction) throw this.syntax('digits after the decimal point')
    }
    if (bytes[at] === LOWER_E || bytes[at] === UPPER_E) {
      exponent = true
      at++
      if (bytes[at] === PLUS || bytes[at] === MINUS) at++
      const digits = at
      while (isDigit(bytes[at])) at++
      if (at === digits) throw this.syntax('digits in the exponent')
    }
    this.at = at
    whole &&= !exponent
    const exact = whole && !this.limits.inexactNumbers
    if (exact && at - first > MAX_SAFE_DIGITS && !Number.isSafeInteger(this.numberFrom(start))) {
      throw this.refuse(
        'JSON_NUMBER_RANGE',
        start,
        'A whole number beyond ±(2^53 − 1) is refused. Write it as a decimal string, or a float with an exponent.',
      )
    }
    if (!exact && (exponent || at - first > 300) && !Number.isFinite(this.numberFrom(start))) {
      throw this.refuse('JSON_NUMBER_RANGE', start, 'A number beyond the range of a double is refused.')
    }
  }

  private numberFrom(start: number): number {
    return Number(decoder.decode(this.bytes.subarray(start, this.at)))
  }

  private node(): void {
    if (++this.nodes > this.limits.maxNodes) {
      throw this.refuse('JSON_TOO_MANY_NODES', this.at, `The JSON has more than ${this.limits.maxNodes} values.`, this.limits.maxNodes)
    }
  }

  private space(): void {
    const { bytes } = this
    for (;;) {
      const byte = bytes[this.at]
      if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return
      this.at++
    }
  }

  private tooDeep(): OgError {
    const { maxDepth } = this.limits
    return this.refuse('JSON_TOO_DEEP', this.at - 1, `The JSON is nested deeper than ${maxDepth}.`, maxDepth)
  }

  private syntax(expected: string): OgError {
    return this.refuse('JSON_SYNTAX', this.at, `Expected ${expected}.`)
  }

  private refuse(code: ErrorCode, offset: number, message: string, limit?: number): OgError {
    return new OgError(code, `Byte ${offset}: ${message}`, { details: { offset, ...(limit === undefined ? {} : { limit }) } })
  }
}

/** Also of the byte behind the last, which is none. */
function isDigit(byte: number | undefined): boolean {
  return byte! >= ZERO && byte! <= NINE
}

/** The value of a hex digit; negative for everything else. */
function hexDigit(byte: number | undefined): number {
  if (byte! <= NINE) return byte! - ZERO
  const letter = (byte! | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}
