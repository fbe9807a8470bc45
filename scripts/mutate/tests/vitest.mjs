// What tests take from Vitest, so that thousands of mutants are tried on them in one process: each test is only kept, to be run later.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'

/** Tests in the order in which they were declared. */
export const tests = []

/** What is set up before each test of a file or group, and of those around it; none before a file has said that it begins (`__file`). */
let scope
globalThis.__file = (begins = true) => {
  scope = begins ? { hooks: [] } : undefined
}

/** How long a test may take stands before or behind it; here it takes as long as it takes. */
const runOf = (given) => given.find((one) => typeof one === 'function')

const named = (name, ...given) => {
  const run = runOf(given)
  const own = scope
  const prepared = async () => {
    for (let around = own, hooks = []; ; around = around.around) {
      hooks = [...around.hooks, ...hooks]
      if (around.around) continue
      for (const hook of hooks) await hook()
      return run()
    }
  }
  tests.push({ name, run: own ? prepared : run })
}
/** `%i` and `$name` in names are left as they are: mutants ask for tests by their place. */
const each =
  (declare) =>
  (cases) =>
  (name, ...given) =>
    cases.forEach((values, i) => {
      const run = runOf(given)
      declare(`${name} (${i + 1})`, () => (Array.isArray(values) ? run(...values) : run(values)))
    })

export const test = Object.assign(named, { each: each(named) })
export const it = test
const group = (_name, declare) => {
  const around = scope
  if (around) scope = { hooks: [], around }
  declare()
  scope = around
}
export const describe = Object.assign(group, { each: each(group) })

/** What tests leave to be cleaned up, or set up where files do not say that they begin, is not for one process. */
const refused = (name) => {
  throw new Error(`mutate: ${name} is only run by Vitest; leave the file out of \`tests\` in targets.mjs`)
}
const before = (name) => (run) => (scope ? void scope.hooks.push(run) : refused(name))
/** Both before each test: what one test leaves behind says nothing to the next. */
export const [beforeAll, beforeEach] = ['beforeAll', 'beforeEach'].map(before)
export const [afterEach, afterAll] = ['afterEach', 'afterAll'].map((name) => () => refused(name))

/** As `toMatchObject`: what is expected, and perhaps more, at every depth; a list has no more. */
const matches = (found, expected) =>
  typeof expected === 'object' && expected !== null
    ? typeof found === 'object' &&
      found !== null &&
      (!Array.isArray(expected) || found.length === expected.length) &&
      Object.entries(expected).every(([key, value]) => key in found && matches(found[key], value))
    : Object.is(found, expected)

function thrownBy(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

const MATCHERS = {
  toBe: (found, expected) => Object.is(found, expected),
  toEqual: isDeepStrictEqual,
  toBeUndefined: (found) => found === undefined,
  toBeInstanceOf: (found, type) => found instanceof type,
  toBeGreaterThan: (found, least) => found > least,
  toBeGreaterThanOrEqual: (found, least) => found >= least,
  toBeLessThan: (found, most) => found < most,
  toBeLessThanOrEqual: (found, most) => found <= most,
  toBeCloseTo: (found, expected, digits = 2) => Math.abs(found - expected) < 10 ** -digits / 2,
  toBeDefined: (found) => found !== undefined,
  toHaveLength: (found, length) => found.length === length,
  toMatch: (found, expected) => (expected instanceof RegExp ? expected.test(found) : found.includes(expected)),
  toContain: (found, part) => found.includes(part),
  toMatchObject: matches,
  toThrow: (run, expected) => {
    const error = thrownBy(run)
    if (error === undefined) return false
    if (expected instanceof RegExp) return expected.test(error.message)
    return typeof expected === 'string' ? error.message.includes(expected) : expected === undefined || matches(error, expected)
  },
}

export function expect(found) {
  const asserts = (wanted) =>
    Object.fromEntries(
      Object.entries(MATCHERS).map(([name, holds]) => [
        name,
        (...expected) => assert.equal(Boolean(holds(found, ...expected)), wanted, name),
      ]),
    )
  return { ...asserts(true), not: asserts(false) }
}
expect.objectContaining = (part) => part
expect.fail = (message) => assert.fail(message)
