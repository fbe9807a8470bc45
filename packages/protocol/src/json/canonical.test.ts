import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../testkit/expect.testkit.ts'
import { canonicalJson } from './canonical.ts'
import { parseStrictJson } from './parse.ts'

describe('canonical JSON', () => {
  it('has keys in the order of UTF-16 code units and no spaces', () => {
    expect(canonicalJson({ b: [1, true, null], a: { d: 'x', c: -0 }, '\u20ac': 1, '\ufb33': 2, '😀': 3, A: 4, 1: 5, 10: 6, 2: 7 })).toBe(
      '{"1":5,"10":6,"2":7,"A":4,"a":{"c":0,"d":"x"},"b":[1,true,null],"€":1,"😀":3,"\ufb33":2}',
    )
  })

  it('writes numbers as ECMAScript does (RFC 8785, appendix B)', () => {
    const samples: [number, string][] = [
      [0, '0'],
      [-0, '0'],
      [Number.MIN_VALUE, '5e-324'],
      [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
      [9007199254740992, '9007199254740992'],
      [1e21, '1e+21'],
      [999999999999999900000, '999999999999999900000'],
      [1e-6, '0.000001'],
      [1e-7, '1e-7'],
      [Number('333333333.33333329'), '333333333.3333333'],
    ]
    for (const [number, text] of samples) expect(canonicalJson(number)).toBe(text)
  })

  it('escapes what must be escaped and nothing else', () => {
    expect(canonicalJson('\u0000\u001f\b\t\n\f\r"\\/\u007f\u2028é😀')).toBe('"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\u007f\u2028é😀"')
  })

  it('depends on the value only, not on the order in which keys were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalJson(reversed)).toBe(canonicalJson(value))
      }),
    )
  })

  it('is strict JSON, and canonical JSON of what it is read as', () => {
    const values = fc.object({
      maxDepth: 3,
      values: [fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })],
      key: fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
    })
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value)
        // Doubles beyond 2^53 print without exponent up to 1e21, which the strict parser refuses as whole numbers.
        fc.pre(!/[0-9]{16}/.test(text))
        expect(canonicalJson(parseStrictJson(text, { maxBytes: 1e6, maxDepth: 10 }))).toBe(text)
      }),
    )
  })

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
    expect(canonicalJson({ a: undefined })).toBe('{}')
  })

  it('takes objects without prototype', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
  })

  it.each([
    ['NaN', Number.NaN],
    ['infinity', -Infinity],
    ['a bigint', 1n],
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', new Array(1)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['bytes', new Uint8Array(2)],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udfff': 1 }],
    ['a lone surrogate among escapes', '"\n\ud800'],
  ])('refuses %s', (_, value) => {
    refusal(() => canonicalJson({ nested: value === undefined ? [value] : value }), 'JSON_UNREPRESENTABLE')
  })

  it('refuses a circle instead of running out of stack', () => {
    const circle: unknown[] = []
    circle.push(circle)
    refusal(() => canonicalJson(circle), 'JSON_TOO_DEEP')
  })

  it('writes lists and objects within each other to a depth of 256, and no deeper', () => {
    const nested = (depth: number, around: (value: unknown) => unknown): unknown =>
      Array.from({ length: depth }).reduce<unknown>((value) => around(value), 1)
    for (const around of [(value: unknown) => [value], (value: unknown) => ({ a: value })]) {
      expect(canonicalJson(nested(256, around))).toBe(JSON.stringify(nested(256, around)))
      refusal(() => canonicalJson(nested(257, around)), 'JSON_TOO_DEEP')
    }
  })
})
