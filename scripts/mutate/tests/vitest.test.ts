import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { TARGETS } from '../targets.mjs'
import { failureOf } from './trials.mjs'
import * as standIn from './vitest.mjs'

const fails = (run: () => unknown): boolean => {
  try {
    run()
    return false
  } catch {
    return true
  }
}
const refused = (): never => {
  throw Object.assign(new Error('too long: 3'), { code: 'LIMIT', details: { field: 'x', most: 2 } })
}
const typed = new RangeError('far')

/** A matcher, what is found, and what is expected of it. */
test.each<[string, unknown, ...unknown[]]>([
  ['toBe', 1, 1],
  ['toBe', 1, 2],
  ['toBe', 0, -0],
  ['toBe', Number.NaN, Number.NaN],
  ['toBe', 1n, 1],
  ['toBe', undefined, null],
  ['toEqual', { a: [1, 2n] }, { a: [1, 2n] }],
  ['toEqual', { a: [1, 2n] }, { a: [1, 3n] }],
  ['toEqual', [1], [1, 2]],
  ['toEqual', [1, 2], [1]],
  ['toEqual', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  ['toEqual', Uint8Array.of(1, 2), Uint8Array.of(1, 3)],
  ['toEqual', Uint8Array.of(1, 2), Uint8Array.of(1)],
  ['toEqual', new Map([[1, 2]]), new Map([[1, 3]])],
  ['toBeUndefined', undefined],
  ['toBeUndefined', null],
  ['toBeDefined', 0],
  ['toBeDefined', undefined],
  ['toBeInstanceOf', typed, RangeError],
  ['toBeInstanceOf', typed, TypeError],
  ['toBeGreaterThan', 2, 2],
  ['toBeGreaterThan', 3n, 2n],
  ['toBeGreaterThanOrEqual', 2, 2],
  ['toBeGreaterThanOrEqual', 1, 2],
  ['toBeLessThan', 2, 2],
  ['toBeLessThan', 1, 2],
  ['toBeLessThanOrEqual', 2, 2],
  ['toBeLessThanOrEqual', 3, 2],
  ['toBeCloseTo', 0.1 + 0.2, 0.3],
  ['toBeCloseTo', 0.31, 0.3],
  ['toBeCloseTo', 0.301, 0.3, 4],
  ['toHaveLength', [1], 1],
  ['toHaveLength', [1], 2],
  ['toMatch', 'abc', /b/],
  ['toMatch', 'abc', /^b/],
  ['toMatch', 'abc', 'bc'],
  ['toMatch', 'abc', 'ac'],
  ['toContain', [1, 2], 2],
  ['toContain', [1, 2], 3],
  ['toContain', 'abc', 'c'],
  ['toMatchObject', { a: { b: 1, c: 2 } }, { a: { b: 1 } }],
  ['toMatchObject', { a: { b: 1, c: 2 } }, { a: { b: 2 } }],
  ['toMatchObject', { a: 1 }, { b: undefined }],
  ['toMatchObject', {}, { a: {} }],
  ['toMatchObject', [{ a: 1 }], [{ a: 1 }, { a: 2 }]],
  ['toMatchObject', [{ a: 1 }, { a: 2 }], [{ a: 1 }]],
  ['toThrow', refused],
  ['toThrow', () => 1],
  ['toThrow', refused, 'long'],
  ['toThrow', refused, 'short'],
  ['toThrow', refused, /3$/],
  ['toThrow', refused, /^3/],
  ['toThrow', () => 1, /./],
  ['toThrow', refused, expect.objectContaining({ code: 'LIMIT' })],
  ['toThrow', refused, expect.objectContaining({ code: 'OTHER' })],
])('%s holds where Vitest says so, and its contrary where not', (matcher, found, ...given) => {
  // What Vitest takes for a part of an object is the part itself here.
  const own = given.map((value) =>
    value instanceof Object && 'sample' in value ? standIn.expect.objectContaining(value.sample as object) : value,
  )
  const real = expect(found) as unknown as ReturnType<typeof standIn.expect>
  expect(fails(() => standIn.expect(found)[matcher]!(...own))).toBe(fails(() => real[matcher]!(...given)))
  expect(fails(() => standIn.expect(found).not[matcher]!(...own))).toBe(fails(() => real.not[matcher]!(...given)))
})

describe('tests are kept with their values, and fail where they throw or reject', () => {
  const { tests } = standIn
  const declared = async (declare: () => void): Promise<boolean[]> => {
    const from = tests.length
    declare()
    return Promise.all(tests.slice(from).map(async (trial) => (await failureOf(trial)) !== undefined))
  }
  const even = (value: number) => standIn.expect(value % 2).toBe!(0)

  test('one', async () => {
    expect(await declared(() => standIn.test('even', () => even(2)))).toEqual([false])
    expect(await declared(() => standIn.test('even', () => even(3)))).toEqual([true])
    expect(await declared(() => standIn.it('fails', () => standIn.expect.fail('no')))).toEqual([true])
    expect(await declared(() => standIn.test('throws nothing', () => Promise.reject()))).toEqual([true])
    for (const value of [2, 3]) {
      expect(await declared(() => standIn.test('with options', { timeout: 1 }, () => even(value)))).toEqual([value === 3])
      expect(await declared(() => standIn.test('with a time', () => even(value), 1))).toEqual([value === 3])
    }
  })

  test('each', async () => {
    expect(await declared(() => standIn.test.each([2, 3, 4])('%i is even', even))).toEqual([false, true, false])
    expect(await declared(() => standIn.test.each([2, 3])('%i is even', { timeout: 1 }, even))).toEqual([false, true])
    const sum = (a: number, b: number) => even(a + b)
    expect(
      await declared(() =>
        standIn.test.each([
          [1, 2],
          [1, 3],
        ])('%i + %i is even', sum),
      ),
    ).toEqual([true, false])
    const both = (value: number) => {
      standIn.test('itself', () => even(value))
      standIn.it('the next', () => even(value + 1))
    }
    expect(await declared(() => standIn.describe.each([1, 2])('%i', both))).toEqual([true, false, false, true])
  })

  test('later than they return', async () => {
    const later = async () => {
      await new Promise(setImmediate)
      even(3)
    }
    expect(await declared(() => standIn.test('rejects', later))).toEqual([true])
  })

  test('after what their file and groups set up, once the file says that it begins', async () => {
    const done: string[] = []
    const noting = (what: string) => () => void done.push(what)
    const { beforeAll: once, beforeEach: each, describe: group, test: one } = standIn
    const { __file } = globalThis as unknown as { __file(begins?: boolean): void }
    const from = tests.length
    __file()
    one('first', noting('first'))
    each(noting('file'))
    group('group', () => {
      once(noting('group'))
      group('inner', () => {
        each(async () => {
          await new Promise(setImmediate)
          done.push('inner')
        })
        one('second', noting('second'))
      })
    })
    one('third', noting('third'))
    __file()
    one('of another file', noting('other'))
    for (const trial of tests.slice(from)) expect(await failureOf(trial)).toBeUndefined()
    expect(done).toEqual(['file', 'first', 'file', 'group', 'inner', 'second', 'file', 'third', 'other'])
    __file(false)
  })

  test('what only Vitest has', async () => {
    const rejects = standIn.expect(Promise.resolve()) as unknown as { rejects: { toThrow(): void } }
    expect(await declared(() => standIn.test('rejects', () => rejects.rejects.toThrow()))).toEqual([true])
    expect(await declared(() => standIn.test('with options and nothing to run', { timeout: 1 }))).toEqual([true])
    const { beforeAll, beforeEach, afterEach, afterAll } = standIn
    for (const [name, hook] of Object.entries({ beforeAll, beforeEach, afterEach, afterAll })) {
      expect(() => hook(() => {})).toThrow(`mutate: ${name} is only run by Vitest`)
    }
  })
})

test.each(Object.keys(TARGETS).filter((name) => TARGETS[name]!.tests))('the tests of %s take nothing else from Vitest', (name) => {
  const packages = fileURLToPath(new URL('../../../packages/', import.meta.url))
  const sources = readdirSync(packages).flatMap((of) =>
    ['src', 'test'].flatMap((folder) => listed(`${packages}${of}/${folder}`).map((file) => `packages/${of}/${folder}/${file}`)),
  )
  const files = sources.filter((file) => file.endsWith('.test.ts') && TARGETS[name]!.tests!(file))
  expect(files.length).toBeGreaterThan(5)
  for (const file of files) {
    const [, names] = /import \{([^}]*)\} from 'vitest'/.exec(readFileSync(`${packages}../${file}`, 'utf8'))!
    for (const one of names!.split(',')) expect(Object.keys(standIn), file).toContain(one.trim())
  }
})

function listed(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  } catch {
    return []
  }
}
