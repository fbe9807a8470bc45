// Tests of a target in one process, where a mutant costs what its first failing test takes: `prepare` and `firstDifference` for `vectors.mjs`.
// What watches modules is loaded before anything that loads one.
import './watch.mjs'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { checksOf } from '../../../packages/zkml/test/mutate/subject.ts'
import 'mutate:tests'
import { failureOf, Trials } from './trials.mjs'
import { tests } from './vitest.mjs'
import { choose, numbers } from './watch.mjs'

// Every mutant is asked the same; that it is noticed is enough, and nobody reads the smallest example.
fc.configureGlobal({ seed: 1, endOnFailure: true })

const trials = new Trials({ choose, numbers })

/**
 * Takes the vectors, by file, and notes which mutants each test comes by. What tests asked is kept in `file`, for other processes. Throws where one
 * of kernels fails without a mutant: nobody else asks, and what it is for would go unnoticed.
 */
export async function prepare(vectors, noted, file) {
  const checks = checksOf(vectors)
  const other = globalThis.__kernels ? undefined : await noted()
  const reached = other && ((place) => other.reached(place - checks.length))
  const asked = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const found = await trials.prepare([...checks, ...tests], reached, asked)
  const { length } = found.broken
  if (globalThis.__kernels && length > 0) throw new Error(`Without any mutant ${length} tests fail. Run them first. ${found.broken[0]}`)
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(asked))
  return found
}

/** The mutants that the test at this place comes by, in code that takes notes. */
export async function reached(place) {
  const ids = new Set()
  globalThis.__reached = ids
  if (place >= 0) await failureOf(tests[place])
  globalThis.__reached = undefined
  return ids
}

/** The first test that fails, of all or of the first `most`. */
export const firstDifference = (most) => trials.firstDifference(most)
