import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../error/codes.ts'
import { OgError } from '../error/error.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { parseStrictJson } from './parse.ts'

const LIMITS = { maxBytes: 10_000, maxDepth: 8, maxNodes: 1000 }
const parse = (input: string | Uint8Array): unknown => parseStrictJson(input, LIMITS)

describe('what strict JSON accepts', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        try {
          expect(parse(text)).toEqual(JSON.parse(text))
        } catch (error) {
          // Random JSON may hold what is refused on purpose; everything else must be read.
          if (!(error instanceof OgError)) throw error
          expect(['JSON_FORBIDDEN_KEY', 'JSON_NUMBER_RANGE', 'JSON_NOT_UTF8']).toContain(error.code)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is the same as text and as bytes', () => {
    const text = ' {"a" : [1, -2.5e3, "é😀\\u0041\\n", true, false, null, {}], "":"" }\n'
    expect(parse(new TextEncoder().encode(text))).toEqual(JSON.parse(text))
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it('begins with a byte order mark only where all of its three bytes are there', () => {
    refusal(() => parse(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)), 'JSON_BOM')
    for (const [first, second, third] of [
      [0x22, 0xbb, 0xbf],
      [0xef, 0x22, 0xbf],
      [0xef, 0xbb, 0x22],
      [0x22, 0x22, 0xbf],
    ] as const)
      refusal(() => parse(Uint8Array.of(first, second, third)), 'JSON_NOT_UTF8')
  })

  it('is neither a number nor a list of bytes', () => {
    for (const input of [1, [0x31], null, { length: 1 }])
      expect(refusal(() => parse(input as never), 'JSON_SYNTAX').message).toBe(
        'JSON is read from bytes (a Uint8Array) or a text; this is neither.',
      )
  })

  it.each([
    ['0', 0],
    ['-0', -0],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['1e400'.replace('400', '300'), 1e300],
    ['0.1', 0.1],
    ['1E+2', 100],
    ['0.1234567890123456789', 0.12345678901234568],
    ['123456789.0123456789', 123456789.01234567],
    [' \t\r\n[ \t\r\n1 \t\r\n] \t\r\n', [1]],
    ['[[1] , {"a":[] } ]', [[1], { a: [] }]],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\ud800\\udc00\\uDBFF\\uDFFF"', '\u{10000}\u{10ffff}'],
    ['"\\ud7ff\\ue000\\uFFFF"', '\ud7ff\ue000\uffff'],
    ['"\\u09af\\u09AF"', '\u09af\u09af'],
    ['"\\u0000"', '\0'],
    ['"\\\\\\/\\"\\b\\f\\n\\r\\t"', '\\/"\b\f\n\r\t'],
    ['[[[[[[[[]]]]]]]]', [[[[[[[[]]]]]]]]],
    ['{"constructor":1,"toString":2}', { constructor: 1, toString: 2 }],
    ['{"a":1,"\ufeffa":2}', { a: 1, '\ufeffa': 2 }],
  ])('%s', (text, value) => {
    expect(parse(text)).toStrictEqual(value)
  })
})

describe('what strict JSON refuses', () => {
  const cases: [ErrorCode, string, string][] = [
    ['JSON_SYNTAX', 'empty', ''],
    ['JSON_SYNTAX', 'spaces only', '  '],
    ['JSON_SYNTAX', 'two values', '1 2'],
    ['JSON_SYNTAX', 'text behind the value', '{}x'],
    ['JSON_SYNTAX', 'a trailing comma in an array', '[1,]'],
    ['JSON_SYNTAX', 'a trailing comma in an object', '{"a":1,}'],
    ['JSON_SYNTAX', 'a leading comma', '[,1]'],
    ['JSON_SYNTAX', 'a missing comma', '[1 2]'],
    ['JSON_SYNTAX', 'a missing colon', '{"a" 1}'],
    ['JSON_SYNTAX', 'a key without quotes', '{a:1}'],
    ['JSON_SYNTAX', 'a key without its first quote', '{xa":1}'],
    ['JSON_SYNTAX', 'single quotes', "{'a':1}"],
    ['JSON_SYNTAX', 'a key without value', '{"a"}'],
    ['JSON_SYNTAX', 'brackets that do not match', '[}'],
    ['JSON_SYNTAX', 'an array that does not end', '[1'],
    ['JSON_SYNTAX', 'an object that does not end', '{"a":1'],
    ['JSON_SYNTAX', 'a string that does not end', '"a'],
    ['JSON_SYNTAX', 'a string that ends in a backslash', '"\\'],
    ['JSON_SYNTAX', 'a line feed in a string', '"a\nb"'],
    ['JSON_SYNTAX', 'an unknown escape', '"\\x41"'],
    ['JSON_SYNTAX', 'an escape that is cut', '"\\u00"'],
    ['JSON_SYNTAX', 'an escape that is not hex', '"\\u00zz"'],
    ['JSON_SYNTAX', 'an escape one beyond hex', '"\\u000g"'],
    ['JSON_SYNTAX', 'an escape just before the letters of hex', '"\\u000`"'],
    ['JSON_SYNTAX', 'a leading zero', '01'],
    ['JSON_SYNTAX', 'a plus', '+1'],
    ['JSON_SYNTAX', 'a point without digits behind', '1.'],
    ['JSON_SYNTAX', 'a point without digits before', '.5'],
    ['JSON_SYNTAX', 'an exponent without digits', '1e'],
    ['JSON_SYNTAX', 'a minus alone', '-'],
    ['JSON_SYNTAX', 'hex', '0x10'],
    ['JSON_SYNTAX', 'NaN', 'NaN'],
    ['JSON_SYNTAX', 'Infinity', '-Infinity'],
    ['JSON_SYNTAX', 'undefined', 'undefined'],
    ['JSON_SYNTAX', 'a literal cut short', 'tru'],
    ['JSON_SYNTAX', 'a literal that goes on', 'nulll'],
    ['JSON_SYNTAX', 'a comment', '/* */ 1'],
    ['JSON_SYNTAX', 'a no-break space', '\u00a01'],
    ['JSON_DUPLICATE_KEY', 'a key twice', '{"a":1,"b":2,"a":3}'],
    ['JSON_DUPLICATE_KEY', 'a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['JSON_DUPLICATE_KEY', 'the empty key twice', '{"":1,"":2}'],
    ['JSON_DUPLICATE_KEY', 'a key twice, deep inside', '[{"x":{"y":1,"y":1}}]'],
    ['JSON_DUPLICATE_KEY', 'a non-ASCII key twice', '{"é":1,"\\u00e9":1}'],
    ['JSON_FORBIDDEN_KEY', '__proto__', '{"__proto__":1}'],
    ['JSON_FORBIDDEN_KEY', '__proto__ in disguise', '{"\\u005f_proto__":1}'],
    ['JSON_NUMBER_RANGE', '2^53', '9007199254740992'],
    ['JSON_NUMBER_RANGE', '−2^53', '[-9007199254740992]'],
    ['JSON_NUMBER_RANGE', 'a wei amount', '{"price":1000000000000000000}'],
    ['JSON_NUMBER_RANGE', 'a number beyond a double', '1e400'],
    ['JSON_NUMBER_RANGE', 'a long number beyond a double', `${'9'.repeat(310)}.5`],
    ['JSON_NOT_UTF8', 'a lone high surrogate, escaped', '"\\ud800"'],
    ['JSON_NOT_UTF8', 'a lone low surrogate, escaped', '"\\udc00"'],
    ['JSON_NOT_UTF8', 'the last low surrogate, escaped', '"\\udfff"'],
    ['JSON_NOT_UTF8', 'two high surrogates, escaped', '"\\ud800\\ud800"'],
    ['JSON_NOT_UTF8', 'a high surrogate before the last high one', '"\\ud800\\udbff"'],
    ['JSON_NOT_UTF8', 'a high surrogate before what is none', '"\\ud800\\ue000"'],
    ['JSON_NOT_UTF8', 'two low surrogates, escaped', '"\\udc00\\udc00"'],
    ['JSON_NOT_UTF8', 'a high surrogate before another escape', '"\\ud800\\n"'],
    ['JSON_NOT_UTF8', 'a high surrogate before what looks like an escape', '"\\ud800Xudc00"'],
    ['JSON_NOT_UTF8', 'a lone surrogate in a key', '{"\\ud800":1}'],
    ['JSON_NOT_UTF8', 'a lone surrogate as it is', '"\ud800"'],
    ['JSON_BOM', 'a byte order mark', '\ufeff{}'],
    ['JSON_TOO_DEEP', 'nine arrays', '[[[[[[[[[]]]]]]]]]'],
    ['JSON_TOO_DEEP', 'nine containers', '{"a":[{"a":[{"a":[{"a":[{}]}]}]}]}'],
    ['JSON_TOO_DEEP', 'thousands of open brackets', '['.repeat(9999)],
    ['JSON_TOO_MANY_NODES', 'a thousand and one values', `[${'1,'.repeat(999)}1]`],
    ['JSON_TOO_LARGE', 'ten thousand and one bytes', `"${'a'.repeat(9999)}"`],
  ]

  it.each(cases)('%s: %s', (code, _, text) => {
    refusal(() => parse(text), code)
  })

  it.each(cases.filter(([code]) => code === 'JSON_SYNTAX'))('%s names the place: %s', (_code, _, text) => {
    const { details, message } = refusal(() => parse(text), 'JSON_SYNTAX')
    expect(details.offset).toBeLessThanOrEqual(new TextEncoder().encode(text).length)
    expect(message.startsWith(`Byte ${details.offset}: Expected `), message).toBe(true)
  })

  it.each([
    ['a continuation byte alone', [0x22, 0x80, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character that is cut', [0x22, 0xe2, 0x82, 0x22]],
    ['beyond Unicode', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('bytes that are not UTF-8: %s', (_, bytes) => {
    refusal(() => parse(Uint8Array.from(bytes)), 'JSON_NOT_UTF8')
  })

  it('leaves the prototype of everything alone', () => {
    refusal(() => parse('{"__proto__":{"polluted":true}}'), 'JSON_FORBIDDEN_KEY')
    expect('polluted' in {}).toBe(false)
  })
})

describe('limits', () => {
  it('are inclusive', () => {
    expect(parseStrictJson('[[]]', { maxBytes: 4, maxDepth: 2, maxNodes: 2 })).toEqual([[]])
    refusal(() => parseStrictJson('[[]]', { maxBytes: 3, maxDepth: 2, maxNodes: 2 }), 'JSON_TOO_LARGE')
    refusal(() => parseStrictJson('[[]]', { maxBytes: 4, maxDepth: 1, maxNodes: 2 }), 'JSON_TOO_DEEP')
    refusal(() => parseStrictJson('[[]]', { maxBytes: 4, maxDepth: 2, maxNodes: 1 }), 'JSON_TOO_MANY_NODES')
  })

  it('count UTF-8 bytes, not characters', () => {
    expect(parseStrictJson('"é"', { maxBytes: 4, maxDepth: 0 })).toBe('é')
    refusal(() => parseStrictJson('"é"', { maxBytes: 3, maxDepth: 0 }), 'JSON_TOO_LARGE')
  })

  it('let siblings be as deep as each other', () => {
    expect(parse('[[[]],[[]],{"a":{}}]')).toEqual([[[]], [[]], { a: {} }])
  })
})

describe('inexactNumbers', () => {
  const loose = { ...LIMITS, inexactNumbers: true }

  it('lets floats through as JavaScript writes them', () => {
    for (const float of [1e17, -1e20, 2 ** 60, 9007199254740992]) {
      expect(parseStrictJson(JSON.stringify({ data: [float] }), loose)).toEqual({ data: [float] })
      refusal(() => parse(JSON.stringify({ data: [float] })), 'JSON_NUMBER_RANGE')
    }
  })

  it('still refuses what no double holds', () => {
    refusal(() => parseStrictJson('1e400', loose), 'JSON_NUMBER_RANGE')
    refusal(() => parseStrictJson('9'.repeat(400), loose), 'JSON_NUMBER_RANGE')
  })
})

describe('errors', () => {
  it('name the offset in bytes', () => {
    expect(refusal(() => parse('{"é": tru}'), 'JSON_SYNTAX').details.offset).toBe(7)
    expect(refusal(() => parse('{"é":1,"é":2}'), 'JSON_DUPLICATE_KEY').message).toBe(
      'Byte 8: The key "é" is twice in one object. Keep one.',
    )
  })

  it('name what is expected', () => {
    expect(refusal(() => parse('{"a":1 2}'), 'JSON_SYNTAX').message).toBe('Byte 7: Expected a comma or the end of the object.')
    expect(refusal(() => parse('[1 2]'), 'JSON_SYNTAX').message).toBe('Byte 3: Expected a comma or the end of the array.')
    expect(refusal(() => parse('{"a" 1}'), 'JSON_SYNTAX').message).toBe('Byte 5: Expected a colon.')
    expect(refusal(() => parse('"abc'), 'JSON_SYNTAX').message).toBe('Byte 4: Expected the end of the string.')
    expect(refusal(() => parse('"a\nb"'), 'JSON_SYNTAX').message).toBe('Byte 2: Expected control characters written as escapes.')
    expect(Object.keys(refusal(() => parse('"abc'), 'JSON_SYNTAX').details)).toEqual(['offset'])
  })

  it('name the limit', () => {
    expect(refusal(() => parse('['.repeat(9)), 'JSON_TOO_DEEP').details).toEqual({ offset: 8, limit: 8 })
    expect(refusal(() => parse(' '.repeat(10_001)), 'JSON_TOO_LARGE').details).toEqual({ bytes: 10_001, limit: 10_000 })
  })
})

describe('hostile bytes', () => {
  const fragments = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"\\u0061"',
    '\\',
    '\\ud800',
    '1',
    '-',
    '0',
    '.5',
    'e9',
    'true',
    'null',
    ' ',
    '\n',
    'é',
  ]

  it('give a value that JSON.parse agrees with, or an OgError: nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 14 }), (parts) => {
        const text = parts.join('')
        let value: unknown
        try {
          value = parse(text)
        } catch (error) {
          if (!(error instanceof OgError)) throw error
          if (error.code === 'JSON_SYNTAX') expect(() => JSON.parse(text), text).toThrow(SyntaxError)
          return
        }
        expect(value).toEqual(JSON.parse(text))
      }),
      { numRuns: 5000 },
    )
  })

  it('of any kind give a value or an OgError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parse(bytes)
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })
})
