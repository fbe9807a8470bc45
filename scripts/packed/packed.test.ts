import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'vite'
import { afterEach, describe, expect, it, test } from 'vitest'
import { packing } from '../pack.mjs'
import { isFresh, noting } from './noting.mjs'
import { STARTED } from './starting.mjs'
import { startsPacked } from './tests.mjs'

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('a packed program', () => {
  async function packed() {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'og packed ')))
    made.push(root)
    const write = (name: string, text: string) => writeFileSync(join(root, name), text)
    write('program.mjs', `import { deep } from './index.mjs'\nconsole.log(deep, await import('./later.mjs'))`)
    write('index.mjs', `export { deep } from './deep.mjs'`)
    for (const name of ['deep', 'later', 'other']) write(`${name}.mjs`, `export const ${name} = 1`)
    const input = { program: join(root, 'program.mjs'), other: join(root, 'other.mjs') }
    const output = { entryFileNames: '[name].js' }
    const out = join(root, 'out')
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      plugins: [noting(root)],
      build: { ssr: true, outDir: out, rolldownOptions: { input, output } },
    })
    return { root, write, isFresh: (program: string) => isFresh(root, out, program) }
  }

  it('is fresh until what it is made of changes or is gone, however deep, and whatever else does', async () => {
    const { root, write, isFresh } = await packed()
    const both = () => [isFresh('program'), isFresh('other')]
    expect(both()).toEqual([true, true])
    write('unrelated.mjs', 'export {}')
    write('deep.mjs', 'export const deep = 1')
    expect(both()).toEqual([true, true])
    for (const name of ['deep', 'index', 'later']) {
      const before = readFileSync(join(root, `${name}.mjs`), 'utf8')
      write(`${name}.mjs`, `${before}\n`)
      expect(both(), name).toEqual([false, true])
      write(`${name}.mjs`, before)
    }
    rmSync(join(root, 'later.mjs'))
    expect(both()).toEqual([false, true])
  })

  it('that is missing, or of which nothing is noted, is not fresh', async () => {
    const { root, isFresh } = await packed()
    expect(isFresh('never')).toBe(false)
    rmSync(join(root, 'out', 'other.js'))
    expect(isFresh('other')).toBe(false)
    rmSync(join(root, 'out', 'sources.json'))
    expect(isFresh('program')).toBe(false)
  })
})

test('a program that runs while it is packed anew goes on with its own parts; those of days ago are gone', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'og packed ')))
  made.push(root)
  const out = join(root, 'out')
  const write = (name: string, text: string) => writeFileSync(join(root, name), text)
  const parts = () => readdirSync(out).filter((name) => name.startsWith('later'))
  const pack = async (later: number) => {
    write('later.mjs', `export const later = ${later}`)
    await build({ root, configFile: false, ...packing({ programs: { program: join(root, 'program.mjs') }, out }) })
  }
  write('program.mjs', `export const later = async () => (await import('./later.mjs')).later`)
  await pack(1)
  const { later } = (await import(pathToFileURL(join(out, 'program.js')).href)) as { later(): Promise<number> }
  const [first] = parts()
  await pack(2)
  expect(parts()).toHaveLength(2)
  expect(await later()).toBe(1)
  utimesSync(join(out, first!), 0, 0)
  await pack(3)
  expect(parts()).toHaveLength(2)
  expect(parts()).not.toContain(first)
})

const sourceOf = (starter: string) => fileURLToPath(new URL(`../../packages/${starter}`, import.meta.url))

test.each(Object.keys(STARTED))('in tests %s starts what is packed, or says that it is not', (starter) => {
  const code = readFileSync(sourceOf(starter), 'utf8')
  const started = startsPacked.transform.handler(code, sourceOf(starter))
  expect(started).toMatch(/new URL\('file:[^']*(dist\/packed\/[^']*|packed\/stale)\.m?js', import\.meta\.url\)/)
  expect(started).not.toMatch(/dist\/(?!packed)|\.resolve\('@opengradient/)
  expect(startsPacked.transform.handler(code, sourceOf('cli/src/main.ts'))).toBe(undefined)
})

test('what starts in place of a program that is not fresh ends with what to do', async () => {
  const worker = new Worker(new URL('./stale.mjs', import.meta.url), { execArgv: [] })
  const error = await new Promise((resolve) => worker.once('error', resolve))
  expect(error).toMatchObject({ message: expect.stringMatching(/not packed from the sources as they are.*npm run build/) })
})
