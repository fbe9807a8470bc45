// A process of `npm run mutate`: tries mutants on unit tests, one after another, with one Vitest whose sources hold all mutants.
import { once } from 'node:events'
import { createVitest } from 'vitest/node'

const [{ root, config, subjects, tests, ids }] = await once(process, 'message')
process.env.MUTATED = subjects.join(',')
const vitest = await createVitest('test', { root, config, watch: false, bail: 1, reporters: [{}], maxWorkers: 1 })
const failed = async (id) => {
  process.env.MUTANT = id
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(await vitest.globTestSpecifications(tests[id]))
  return unhandledErrors.length > 0 || testModules.some((module) => !module.ok())
}

tests[''] = [...new Set(Object.values(tests).flat())]
if (await failed('')) process.exit(1)
for (const id of ids) {
  process.send({ id })
  process.send({ id, noticed: await failed(id) })
}
process.exit(0)
