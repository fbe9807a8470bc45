import type { Trial } from './trials.mjs'

type Declare = (name: string, ...given: unknown[]) => void
type Each<T> = T & { each(cases: readonly unknown[]): T }
type Matchers = Record<string, (...expected: unknown[]) => void>

export const tests: Trial[]
export const test: Each<Declare>
export const it: Each<Declare>
export const describe: Each<Declare>
export const beforeAll: (run: () => unknown) => void
export const beforeEach: (run: () => unknown) => void
export const afterEach: (run: () => unknown) => void
export const afterAll: (run: () => unknown) => void
export const expect: ((found: unknown) => Matchers & { not: Matchers }) & {
  objectContaining(part: object): object
  fail(message: string): never
}
