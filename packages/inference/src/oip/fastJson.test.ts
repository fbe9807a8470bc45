import { isOgError, parseStrictJson } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fastJson, GIVE_UP } from './fastJson.ts'

const LIMITS = { maxDepth: 6, maxNodes: 60 }

const strict = (text: Buffer): unknown => {
  try {
    return parseStrictJson(text, { ...LIMITS, maxBytes: 1e6 })
  } catch (error) {
    if (!isOgError(error)) throw error
    return GIVE_UP
  }
}

/** The one promise: whatever it reads, the strict reader reads as the same. */
const agrees = (text: Buffer): boolean => {
  const fast = fastJson(text, LIMITS)
  if (fast === GIVE_UP) return false
  expect(fast).toEqual(strict(text))
  return true
}

const key = fc.constantFrom('data', 'name', 'shape', 'inputs', 'x', 'y', 'constructor', '__proto__', 'é', 'a"b')
const scalar = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom('FP32', 'x', '', 'é', '\n', '\\'),
  fc.boolean(),
  fc.constant(null),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(scalar, { maxLength: 8 }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4 }),
  ),
}))

describe('the fast reader', () => {
  it('reads the requests that it is for', () => {
    const request = {
      id: '1',
      inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP32', data: [0.1, -2, 0.13137885928153992] }],
      parameters: { binary_data_output: true },
      outputs: [],
    }
    expect(agrees(Buffer.from(JSON.stringify(request)))).toBe(true)
    expect(agrees(Buffer.from(JSON.stringify(request, null, 2)))).toBe(true)
  })

  it('agrees with the strict reader on everything that it reads', () => {
    let read = 0
    fc.assert(
      fc.property(
        json,
        fc.integer({ min: 0, max: 2 }),
        (value, indent) => void (agrees(Buffer.from(JSON.stringify(value, null, indent))) && read++),
      ),
      { numRuns: 3000 },
    )
    expect(read).toBeGreaterThan(500)
  })

  it('agrees with the strict reader on damaged text', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.nat(255), fc.boolean(), (value, at, byte, insert) => {
        const text = Buffer.from(JSON.stringify({ data: [1.5, 20, -0.25], inputs: [value], x: { data: [2, 0.13137885928153992, -3] } }))
        const i = at % text.length
        agrees(
          insert
            ? Buffer.concat([text.subarray(0, i), Buffer.of(byte), text.subarray(i)])
            : Buffer.from(text.map((b, k) => (k === i ? byte : b))),
        )
      }),
      { numRuns: 5000 },
    )
  })

  it('converts numbers as every parser does', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double({ noNaN: true, noDefaultInfinity: true }),
            fc.float({ noNaN: true, noDefaultInfinity: true }),
            fc.double({ min: -1e6, max: 1e6, noNaN: true }),
          ),
          { minLength: 1, maxLength: 40 },
        ),
        (values) => {
          const text = Buffer.from(
            `{"data":[${values.map((value) => (Object.is(value, -0) ? '-0' : String(value))).join(', ')}],"shape":[${values.map((value) => value.toFixed(12)).join()}]}`,
          )
          const fast = fastJson(text, { maxDepth: 9, maxNodes: 1000 })
          if (fast !== GIVE_UP) expect(fast).toEqual(JSON.parse(text.toString()))
        },
      ),
      { numRuns: 3000 },
    )
  })

  it.each([
    '',
    ' ',
    '{',
    '[',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '[1,]',
    '[1 2]',
    '{"a":1 "b":2}',
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '+1',
    '1e5',
    '-1.5',
    '0.1234567890123456789',
    '1e999',
    '9007199254740993',
    '1234567890123456789',
    '"\\u0041"',
    '"\\ud800"',
    '"é"',
    '"\u0001"',
    '{"a":1,"a":2}',
    '{"__proto__":1}',
    '{"constructor":1}',
    'nul',
    'truex',
    '1 1',
    '\ufeff1',
    '[[[[[[[1]]]]]]]',
    `[${'1,'.repeat(70)}1]`,
    `{"data":[${'1,'.repeat(70)}1]}`,
    '{"data":[1,"a"]}',
    '{"data":[1,[2]]}',
    '{"data":[1e3]}',
    '{"data":[-]}',
    '{"data":[1.]}',
    '{"data":[00]}',
    '{"data":[0.13137885928153992,"a"]}',
    '{"data":[0.13137885928153992,null]}',
    '{"data":[0.13137885928153992,[2]]}',
    '{"data":[0.13137885928153992,{"a":[1]}]}',
    '{"data":[0.13137885928153992,1e999]}',
    '{"data":[0.13137885928153992,9007199254740993]}',
    '{"data":[0.13137885928153992,-9007199254740993]}',
    '{"data":[0.13137885928153992,01]}',
    '{"data":[0.13137885928153992,]}',
    '{"data":[0.13137885928153992',
    `{"data":[0.13137885928153992${',1'.repeat(70)}]}`,
    `{"data":[${'1,'.repeat(70)}0.13137885928153992]}`,
  ])('leaves %j to the strict reader', (text) => {
    expect(fastJson(Buffer.from(text), LIMITS)).toBe(GIVE_UP)
  })

  it.each([
    '0',
    '-0',
    'null',
    'true',
    '"x"',
    '[]',
    '{}',
    '{"data":[]}',
    '[1,2,[3,{"a":"b"}]]',
    ' { "data" : [ 1 , 2.50 , -0.0 ] } ',
    '{"data":[[1,2],[3,4]]}',
    '{"data":[0.00000000000000000000000000001]}',
    '{"data":[1, 0.13137885928153992 , -0, 1e-400, 2.5E3,9007199254740991],"x":[1]}',
    `{"data":[0.13137885928153992${',1'.repeat(50)}]}`,
  ])('reads %j as the strict reader does', (text) => {
    expect(agrees(Buffer.from(text))).toBe(true)
  })
})
