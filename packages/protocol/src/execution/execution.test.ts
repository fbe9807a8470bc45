import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { anExecution, hashOf } from '../testkit/samples.testkit.ts'
import { BILLING_UNITS, type ExecutionRecord, encodeExecution, MAX_EXECUTION_BYTES, parseExecution, quotedPrice } from './execution.ts'

const changed = (change: object): Uint8Array => utf8(JSON.stringify({ ...anExecution(), ...change }))

describe('an execution record', () => {
  it('comes back as it was', () => {
    const record = anExecution()
    expect(parseExecution(encodeExecution(record))).toEqual(record)
  })

  it('has one encoding, whatever the order of its fields', () => {
    const record = anExecution()
    const reversed = Object.fromEntries(Object.entries(record).reverse()) as ExecutionRecord
    expect(encodeExecution(reversed)).toEqual(encodeExecution(record))
  })

  it('keeps every parameter as it was used', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__'),
          fc.oneof(fc.string({ maxLength: 200 }), fc.boolean(), fc.integer(), fc.double({ noNaN: true, min: -1e15, max: 1e15 })),
        ),
        (parameters) => {
          const read = parseExecution(encodeExecution({ ...anExecution(), parameters })).parameters
          expect(Object.keys(read).sort()).toEqual(Object.keys(parameters).sort())
          for (const [name, value] of Object.entries(parameters)) expect(read[name]).toBe(value === 0 ? 0 : value)
        },
      ),
    )
  })

  it.each<[string, object]>([
    ['another version', { v: 2 }],
    ['an unknown field', { extra: 1 }],
    ['a missing field', { salt: undefined }],
    ['a short salt', { salt: '0x00' }],
    ['an endpoint that is no path', { endpoint: 'infer' }],
    ['an unknown class', { class: 'roughly' }],
    ['an unknown finish', { finish: 'done' }],
    ['a nested parameter', { parameters: { a: { b: 1 } } }],
    ['a parameter of null', { parameters: { a: null } }],
    ['a long text as parameter', { parameters: { a: 'x'.repeat(257) } }],
    ['a parameter without name', { parameters: { '': 1 } }],
    ['a file path that climbs', { model: { modelId: hashOf('m'), files: [{ path: '../x', sha256: hashOf('f') }] } }],
    ['units as number', { usage: [{ unit: 'request', units: 1 }] }],
    ['negative units', { usage: [{ unit: 'request', units: '-1' }] }],
    ['an unknown unit', { usage: [{ unit: 'minute', units: '1' }] }],
    ['a unit used twice', { usage: [1, 2].map((n) => ({ unit: 'byte', units: String(n) })) }],
    ['a unit quoted twice', { quote: [1, 2].map((n) => ({ unit: 'byte', rate: String(n), source: 'chain' })) }],
    ['a rate with fraction', { quote: [{ unit: 'byte', rate: '1.5', source: 'chain' }] }],
    ['a quote from nowhere', { quote: [{ unit: 'byte', rate: '1', source: 'node' }] }],
    ['a start as number', { startedAt: 1790000000123 }],
    ['a negative duration', { durationUs: -1 }],
    ['a duration with fraction', { durationUs: 0.5 }],
  ])('is refused with %s', (_, change) => {
    const error = refusal(() => parseExecution(changed(change)), 'EXECUTION_MALFORMED')
    expect(error.message).toContain(Object.keys(change)[0])
  })

  it('is refused as JSON before it is read as a record', () => {
    refusal(() => parseExecution(utf8('{"v":1,"v":1}')), 'JSON_DUPLICATE_KEY')
    refusal(() => parseExecution(new Uint8Array(MAX_EXECUTION_BYTES + 1)), 'JSON_TOO_LARGE')
    refusal(() => parseExecution(utf8('['.repeat(20))), 'JSON_TOO_DEEP')
  })
})

describe('quotedPrice', () => {
  it('is the sum of rate times units', () => {
    fc.assert(
      fc.property(fc.tuple(...BILLING_UNITS.map(() => fc.tuple(uintOf(100), uintOf(64)))), (lines) => {
        const quote = BILLING_UNITS.map((unit, i) => ({ unit, rate: lines[i]![0].toString(), source: 'chain' as const }))
        const usage = BILLING_UNITS.map((unit, i) => ({ unit, units: lines[i]![1].toString() })).reverse()
        expect(quotedPrice({ quote, usage })).toBe(lines.reduce((sum, [rate, units]) => sum + rate * units, 0n))
      }),
    )
  })

  it('is zero without a quote, and with a free one', () => {
    const usage = [{ unit: 'request' as const, units: '1' }]
    expect(quotedPrice({ quote: [], usage })).toBe(0n)
    expect(quotedPrice({ quote: [{ unit: 'request', rate: '0', source: 'free' }], usage })).toBe(0n)
  })

  it('leaves usage alone that nobody charges for', () => {
    expect(
      quotedPrice({
        quote: [{ unit: 'request', rate: '3', source: 'chain' }],
        usage: [
          { unit: 'byte', units: '9' },
          { unit: 'request', units: '1' },
        ],
      }),
    ).toBe(3n)
  })

  it('refuses a quote for a unit without usage', () => {
    const error = refusal(
      () => quotedPrice({ quote: [{ unit: 'token_in', rate: '1', source: 'chain' }], usage: [] }),
      'EXECUTION_QUOTE_UNMATCHED',
    )
    expect(error.details).toEqual({ unit: 'token_in' })
  })

  it('refuses a free quote with a rate', () => {
    const usage = [{ unit: 'byte' as const, units: '1' }]
    refusal(() => quotedPrice({ quote: [{ unit: 'byte', rate: '1', source: 'free' }], usage }), 'EXECUTION_QUOTE_UNMATCHED')
  })
})
