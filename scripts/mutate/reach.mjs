import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVitest } from 'vitest/node'

/** Instrumented code that is wrong nowhere, and notes every mutant that is come by in the set `__reached`. */
export const noted = (code) =>
  code.replace(/globalThis\.__mutant ([!=])== (["'][^"']+["'])/g, (_, sign, id) => `(globalThis.__reached?.add(${id}), ${sign === '!'})`)

/**
 * Runs unit tests once, without a mutant. `reached(filters, id)` gives the files among those that `filters` name that come by a mutant, the
 * fastest first, and `took(file)` how many milliseconds one took. Throws if one fails.
 */
export async function reach(root, config, subjects, filters) {
  const notes = mkdtempSync(join(tmpdir(), 'mutate-'))
  Object.assign(process.env, { MUTATED: subjects.join(','), NOTES: join(notes, 'reached') })
  const vitest = await createVitest('test', { root, config, watch: false, reporters: [{}], maxWorkers: 1 })
  const named = new Map()
  for (const key of new Set(filters.map(String))) {
    named.set(key, new Set((await vitest.globTestSpecifications(key.split(','))).map(({ moduleId }) => moduleId)))
  }
  const specifications = await vitest.globTestSpecifications([...new Set(filters.flat())])
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  const failed = testModules.filter((module) => !module.ok())
  if (failed.length > 0 || unhandledErrors.length > 0) {
    const what = failed.map(({ moduleId }) => moduleId).join('\n') || unhandledErrors.map(String).join('\n')
    throw new Error(`mutate: the tests do not even pass without a mutant\n${what}`)
  }
  const cost = new Map(testModules.map((module) => [module.moduleId, milliseconds(module.diagnostic())]))
  await vitest.close()
  const lines = readFileSync(process.env.NOTES, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const files = lines.map(({ file, reached }) => ({ file, reached: new Set(reached) })).sort((a, b) => cost.get(a.file) - cost.get(b.file))
  rmSync(notes, { recursive: true })
  delete process.env.NOTES
  return {
    took: (file) => cost.get(file),
    reached: (filters, id) =>
      files.filter(({ file, reached }) => named.get(String(filters)).has(file) && reached.has(id)).map(({ file }) => file),
  }
}

const milliseconds = ({ collectDuration, setupDuration, duration }) => collectDuration + setupDuration + duration
