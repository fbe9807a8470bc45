// Tests of a target in one process, where a mutant costs what its first failing test takes: `prepare` and `firstDifference` for `vectors.mjs`.
// What watches modules is loaded before anything that loads one.
import './watch.mjs'
import fc from 'fast-check'
import { checksOf } from '../../../packages/zkml/test/mutate/subject.ts'
import 'mutate:tests'
import { tests } from './vitest.mjs'
import { choose, numbers } from './watch.mjs'

// Every mutant is asked the same; that it is noticed is enough, and nobody reads the smallest example.
fc.configureGlobal({ seed: 1, endOnFailure: true })

/** Milliseconds. What takes longer is not tried first for having noticed the mutant before; what takes too long is for Vitest, or for no one. */
const QUICK = 500
const LONG = 5_000
let trials = []

/** Takes the vectors, by file, and notes which mutants each test comes by. Tests that only Vitest can run are left out. */
export async function prepare(vectors, noted) {
  const other = globalThis.__kernels ? undefined : await noted()
  for (const [place, trial] of [...checksOf(vectors), ...tests].entries()) {
    choose(0)
    const start = performance.now()
    const failed = await failureOf(trial)
    const took = performance.now() - start
    if (failed !== undefined) console.error(`mutate: left to Vitest: ${trial.name}: ${failed.message}`)
    else if (took < LONG) trials.push({ ...trial, took, reached: other ? await other.reached(place) : numbers() })
  }
  trials.sort((a, b) => a.took - b.took)
}

/** What a test throws. A module that gave up (`kernels.mjs`) may only have had more to do than others. */
async function failureOf({ run }) {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError && error.message === 'unreachable') globalThis.__late = true
    return error
  }
}

/** The mutants that the test at this place comes by, in code that takes notes. */
export async function reached(place) {
  const ids = new Set()
  globalThis.__reached = ids
  await failureOf(tests[place])
  globalThis.__reached = undefined
  return ids
}

/** The first test that fails, of all or of the first `most`; what kills a mutant is tried first next time. */
export async function firstDifference(most = trials.length) {
  const id = globalThis.__mutant ?? ''
  const number = Number(id.split('#')[1] ?? 0)
  const those = id === '' ? trials : trials.filter(({ reached }) => reached.has(id) || reached.has(number))
  for (const trial of those.slice(0, most)) {
    choose(number)
    if ((await failureOf(trial)) === undefined) continue
    if (trial.took < QUICK) trials = [trial, ...trials.filter((other) => other !== trial)]
    return trial.name
  }
  return undefined
}
