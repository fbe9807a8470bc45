import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { distribute } from './distribute.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

/** A repository whose path has characters that URLs write otherwise, with one source of two mutants and a test that knows of one. */
function repository() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'mutate with spaces é ')))
  onTestFinished(() => rmSync(root, { recursive: true }))
  cpSync(here, join(root, 'scripts/mutate'), { recursive: true })
  symlinkSync(join(here, '../../node_modules'), join(root, 'node_modules'))
  const folder = join(root, 'packages/a/src')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'a.ts'), 'export const both = (a: number, b: number): number[] => [a + b, a - b]')
  writeFileSync(
    join(folder, 'a.test.ts'),
    `import { expect, test } from 'vitest'
    import { both } from './a.ts'
    test('adds', () => expect(both(1, 2)[0]).toBe(3))`,
  )
  return { root, file: join(folder, 'a.test.ts'), config: join(root, 'scripts/mutate/vitest.config.ts'), subjects: ['packages/a/src/'] }
}

test('unit tests that come by a mutant are found, and tried on it, wherever the repository stands', async () => {
  const { root, file, config, subjects } = repository()
  const ids = ['packages/a/src/a.ts#1', 'packages/a/src/a.ts#2', 'packages/a/src/a.ts#3']
  const script = `import { reach } from ${JSON.stringify(pathToFileURL(join(root, 'scripts/mutate/reach.mjs')).href)}
    const [root, config, subjects, filters, ids] = ${JSON.stringify([root, config, subjects, ['packages/a/src/'], ids])}
    const { reached } = await reach(root, config, subjects, [filters])
    console.log(JSON.stringify(ids.map((id) => reached(filters, id))))`
  const found = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' })
  expect(JSON.parse(found)).toEqual([[file], [file], []])

  const tests = Object.fromEntries(ids.slice(0, 2).map((id) => [id, [file]]))
  const data = { root, config, subjects, tests }
  const late = new Set<string>()
  const alive = await distribute(join(here, 'units.mjs'), ids.slice(0, 2), data, { jobs: 1, patience: () => 200_000, late })
  expect([alive, [...late]]).toEqual([['packages/a/src/a.ts#2'], []])
})
