import { utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../result/rejection.ts'
import { IntelJson } from './json.ts'

const of = (value: unknown): IntelJson => IntelJson.parse(utf8(JSON.stringify(value)), 'file')

describe('Intel’s files', () => {
  it('are refused when they are no objects, hold a key twice, or lack a member', () => {
    for (const value of [[], null, 1, 'text']) expect(() => of(value)).toThrow(Refusal)
    expect(() => IntelJson.parse(utf8('{"a":1,"a":2}'), 'file')).toThrow()
    expect(() => of({}).text('constructor')).toThrow(Refusal)
    expect(() => of({}).text('a')).toThrow(Refusal)
  })

  it('are refused with members of another type or range', () => {
    const wrong: [unknown, (json: IntelJson) => unknown][] = [
      [1, (json) => json.text('a')],
      ['1', (json) => json.number('a', 9)],
      [10, (json) => json.number('a', 9)],
      [-1, (json) => json.number('a', 9)],
      [1.5, (json) => json.number('a', 9)],
      [[], (json) => json.objects('a')],
      [{}, (json) => json.objects('a')],
      [[1], (json) => json.objects('a')],
      [[1], (json) => json.texts('a')],
      ['x', (json) => json.texts('a')],
      ['2026-03-01', (json) => json.time('a')],
      ['2026-13-01T00:00:00Z', (json) => json.time('a')],
      ['2026-02-30T00:00:00Z', (json) => json.time('a')],
      ['2026-02-28T24:00:00Z', (json) => json.time('a')],
      ['Unknown', (json) => json.status('a')],
      ['Unsupported', (json) => json.status('a')],
      ['uptodate', (json) => json.status('a')],
      ['0', (json) => json.hex('a', 1)],
      ['0102', (json) => json.hex('a', 1)],
      ['zz', (json) => json.hex('a', 1)],
    ]
    for (const [a, read] of wrong) expect(() => read(of({ a })), JSON.stringify(a)).toThrow()
  })

  it('are refused with the name of what is wrong', () => {
    const sentence = (a: unknown, read: (json: IntelJson) => unknown, says: string) => expect(() => read(of({ a }))).toThrow(says)
    sentence(1, (json) => json.text('b'), 'file: b is missing.')
    sentence('text', (json) => json.objects('a'), 'file.a: not a list.')
    sentence('text', (json) => json.texts('a'), 'file.a: not a list of texts.')
    sentence('2026-13-01T00:00:00Z', (json) => json.time('a'), 'file.a: not a time.')
  })

  it('give their members', () => {
    const json = of({ a: 'AB', t: '2026-03-01T00:00:00Z', s: 'OutOfDate', n: 7, l: ['x'], o: [{ n: 1 }] })
    expect(json.hex('a', 1)).toBe('0xab')
    expect(json.time('t')).toBe(1_772_323_200)
    expect(json.status('s')).toBe('OutOfDate')
    expect(json.number('n', 7)).toBe(7)
    expect(json.texts('l')).toEqual(['x'])
    expect(json.texts('none')).toEqual([])
    expect(json.objects('o')[0]!.number('n', 1)).toBe(1)
  })
})
