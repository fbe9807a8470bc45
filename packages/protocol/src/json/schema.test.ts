import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { base64Codec, decimalSchema, hexSchema, hexUpTo, parseAs, uintCodec } from './schema.ts'

const ok = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success

describe('hexSchema', () => {
  it('takes lower-case hex of the length only', () => {
    expect(ok(hexSchema(2), '0xab01')).toBe(true)
    for (const bad of ['0xab', '0xab0102', '0xAB01', 'ab01', '0xab0g', '0xab01\n', 5, null])
      expect(ok(hexSchema(2), bad), String(bad)).toBe(false)
  })

  it('is a pattern in JSON Schema', () => {
    expect(z.toJSONSchema(hexSchema(2))).toMatchObject({ type: 'string', pattern: '^0x[0-9a-f]{4}$' })
  })
})

describe('hexUpTo', () => {
  it('takes whole bytes up to the limit', () => {
    for (const good of ['0x', '0xab', '0xabab']) expect(ok(hexUpTo(2), good)).toBe(true)
    for (const bad of ['0xababab', '0xa', '0xaba', '']) expect(ok(hexUpTo(2), bad)).toBe(false)
  })
})

describe('decimals', () => {
  it('have one form', () => {
    for (const good of ['0', '1', '255']) expect(ok(decimalSchema(8), good), good).toBe(true)
    for (const bad of ['256', '00', '01', '-1', '+1', '1.0', '1e2', ' 1', '1 ', '', '٣', 'abc', '999', '1000', 255, 255n]) {
      expect(ok(decimalSchema(8), bad), String(bad)).toBe(false)
    }
  })

  it('are bounded by bits, exactly', () => {
    for (const bits of [8, 32, 64, 128, 256]) {
      const limit = 1n << BigInt(bits)
      expect(ok(decimalSchema(bits), (limit - 1n).toString())).toBe(true)
      expect(ok(decimalSchema(bits), limit.toString())).toBe(false)
      expect(ok(decimalSchema(bits), '9'.repeat(100_000))).toBe(false)
    }
  })

  it('become bigints and come back', () => {
    fc.assert(
      fc.property(uintOf(256), (value) => {
        expect(uintCodec(256).decode(value.toString())).toBe(value)
        expect(uintCodec(256).encode(value)).toBe(value.toString())
      }),
    )
  })
})

describe('base64Codec', () => {
  it('turns text into bytes and back', () => {
    expect(base64Codec(3).decode('AQID')).toEqual(Uint8Array.of(1, 2, 3))
    expect(base64Codec(3).encode(Uint8Array.of(1, 2, 3))).toBe('AQID')
  })

  it('refuses text that is not canonical and text that is too long', () => {
    expect(ok(base64Codec(3), 'AQI')).toBe(false)
    expect(ok(base64Codec(3), 'AQIDBA==')).toBe(false)
    expect(ok(base64Codec(3), 7)).toBe(false)
  })
})

describe('parseAs', () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ id: hexSchema(1) })), n: z.number() })

  it('refuses what has more faults than zod can list, as anything else', () => {
    const faults = z.array(z.strictObject({ list: z.array(z.number()) }))
    // Arguments for 4.8 MB of stack: a process has 1 MB, a thread 4 MB.
    const many = [{ list: Array(600_000).fill(null) }]
    const error = refusal(() => parseAs(faults, many, 'MANIFEST_MALFORMED', 'manifest'), 'MANIFEST_MALFORMED')
    expect(error.message).toBe('manifest: more of it is wrong than can be said.')
  })

  it('says of one fault that it is one, and why text is no base64', () => {
    const bytes = z.strictObject({ bytes: base64Codec(6) })
    const { message } = refusal(() => parseAs(bytes, { bytes: 'AQIDA' }, 'BUNDLE_MALFORMED', 'thing'), 'BUNDLE_MALFORMED')
    expect(message).toMatch(/^thing, field bytes: value: not canonical base64/)
    expect(message).not.toMatch('more')
  })

  it('gives on what a schema throws that is about something else', () => {
    const schema = z.string().refine(() => {
      throw new TypeError('a fault of ours')
    })
    expect(() => parseAs(schema, 'text', 'BUNDLE_MALFORMED', 'thing')).toThrow('a fault of ours')
  })

  it('gives what the schema makes of the value', () => {
    expect(parseAs(schema, { list: [{ id: '0x01' }], n: 1 }, 'BUNDLE_MALFORMED', 'thing')).toEqual({ list: [{ id: '0x01' }], n: 1 })
  })

  it('names the first wrong field and counts the others', () => {
    const error = refusal(
      () => parseAs(schema, { list: [{ id: '0x01' }, { id: 'zz' }], n: 'x' }, 'BUNDLE_MALFORMED', 'thing'),
      'BUNDLE_MALFORMED',
    )
    expect(error.message).toBe('thing, field list[1].id: expected 0x and lower-case hex of 1 bytes (and 1 more).')
    expect(error.details.field).toBe('list[1].id')
    expect(error.details.fields).toHaveLength(2)
  })

  it('names unknown keys', () => {
    const error = refusal(() => parseAs(schema, { list: [], n: 1, extra: 1 }, 'BUNDLE_MALFORMED', 'thing'), 'BUNDLE_MALFORMED')
    expect(error.message).toContain('extra')
  })

  it('says so when the whole value is of the wrong type', () => {
    expect(refusal(() => parseAs(schema, 5, 'BUNDLE_MALFORMED', 'thing'), 'BUNDLE_MALFORMED').message).toMatch(/^thing: /)
  })

  it('lists ten problems at most, whatever it was given', () => {
    const list = Array.from({ length: 1000 }, () => ({ id: 'zz' }))
    const error = refusal(() => parseAs(schema, { list, n: 1 }, 'BUNDLE_MALFORMED', 'thing'), 'BUNDLE_MALFORMED')
    expect(error.details.fields).toHaveLength(10)
  })
})
