// A process of `npm run mutate`: tries mutants on unit tests, one after another, with one Vitest whose sources hold all mutants.
import { once } from 'node:events'
import { createVitest } from 'vitest/node'

const [{ root, config, subjects, tests, ids }] = await once(process, 'message')
process.env.MUTATED = subjects.join(',')
const vitest = await createVitest('test', { root, config, watch: false, bail: 1, reporters: [{}], maxWorkers: 1 })
const all = await vitest.globTestSpecifications([...new Set(ids.flatMap((id) => tests[id]))])
const specifications = new Map(all.map((specification) => [specification.moduleId, specification]))
const timeout = ({ message }) => /timed out in|^\[vitest-pool\]: Timeout/.test(message)

/** What noticed a mutant last is the first to be tried on the next one. */
let likely = []
const attempt = async (id) => {
  process.env.MUTANT = id
  const asked = [...likely.filter((file) => tests[id].includes(file)), ...tests[id].filter((file) => !likely.includes(file))]
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(asked.map((file) => specifications.get(file)))
  // Vitest also gives the modules of earlier runs, as those left them: what failed under another mutant says nothing of this one.
  const failed = testModules.filter((module) => asked.includes(module.moduleId) && !module.ok())
  const files = failed.map(({ moduleId }) => moduleId)
  likely = [...files, ...likely.filter((file) => !files.includes(file))]
  const errors = failed.flatMap((module) => [
    ...module.errors(),
    ...[...module.children.allTests('failed')].flatMap((test) => test.result().errors),
  ])
  return { failed: failed.length > 0, errors: [...errors, ...unhandledErrors] }
}

/** An error outside of any test may be one that the worker before left behind: such a mutant is tried again. */
const outcome = async (id) => {
  let { failed, errors } = await attempt(id)
  if (!failed && errors.length > 0) ({ failed, errors } = await attempt(id))
  return { noticed: failed || errors.length > 0, late: errors.length > 0 && errors.every(timeout) }
}

for (const id of ids) {
  process.send({ id })
  process.send({ id, ...(await outcome(id)) })
}
process.exit(0)
