import { describe, expect, it } from 'vitest'
import { bodyText } from './bodyText.ts'

const shown = (text: string): string => bodyText(new TextEncoder().encode(text))

describe('a body as text', () => {
  it('has JSON indented, as JSON.stringify would', () => {
    const value = { a: [1, [], {}, [[2]]], b: { c: 'x, {"y": [1]} \\" z' }, d: [true, null] }
    expect(shown(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
    expect(shown(JSON.stringify(value, null, 7))).toBe(JSON.stringify(value, null, 2))
    expect(shown('{ }')).toBe('{}')
    expect(shown(' 1 ')).toBe('1')
  })

  it('has the tokens that were signed, not what JavaScript makes of them', () => {
    expect(shown('{"a":9007199254740993,"a":1e400,"b":0.10}')).toBe('{\n  "a": 9007199254740993,\n  "a": 1e400,\n  "b": 0.10\n}')
    expect(shown('"\\u0061"')).toBe('"\\u0061"')
  })

  it('stays as it is where it is no JSON, and is hex where it is no text', () => {
    expect(shown('[INST]  hello,\n  world')).toBe('[INST]  hello,\n  world')
    expect(bodyText(Uint8Array.of(0xff, 1, 0x20))).toBe('ff 01 20')
  })

  it('is cut, however long or deep', () => {
    expect(shown('x'.repeat(50_000))).toBe(`${'x'.repeat(20_000)}\n… 50.0 kB in all`)
    expect(shown(`[${'1,'.repeat(30_000)}1]`)).toHaveLength(20_000 + '\n… 60.0 kB in all'.length)
    expect(shown(`${'['.repeat(5_000)}1${']'.repeat(5_000)}`)).toMatch(/^\[\n {2}\[\n {4}\[/)
    expect(shown(`${'['.repeat(1_500_000)}${']'.repeat(1_500_000)}`).slice(0, 20_000)).toBe('['.repeat(20_000))
  })
})
