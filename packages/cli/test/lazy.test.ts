import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { Home, UNPACKED } from './og.testkit.ts'

const home = new Home()
afterAll(() => home.remove())

/** Packages and own folders of which a command loads anything. */
function loadedBy(...args: string[]): Set<string> {
  const [hooks, list] = [home.path('hooks.mjs'), home.path(`loaded-${args[0]}`)]
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs'
     export async function resolve(name, context, next) {
       const found = await next(name, context)
       appendFileSync(${JSON.stringify(list)}, found.url + '\\n')
       return found
     }`,
  )
  const register = `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(hooks).href)})`
  home.env.NODE_OPTIONS = `--import "data:text/javascript,${encodeURIComponent(register)}"`
  expect(home.run(UNPACKED, ...args).code).toBe(0)
  // How files are written is one small file of the client, which loads nothing.
  const urls = readFileSync(list, 'utf8')
    .split('\n')
    .filter((url) => !url.endsWith('/client/dist/node/aside.js'))
  return new Set(
    urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? /packages\/([^/]+)\/dist/.exec(url)?.[1] ?? []),
  )
}

test('commands load what they need and no more', () => {
  expect(
    [...loadedBy('version')].filter((name) => !['cli', 'commander', 'zod', 'protocol'].includes(name) && !name.startsWith('@noble')),
  ).toEqual([])
  const config = loadedBy('config')
  for (const heavy of ['chain', 'inference', 'sdk', 'store', 'viem', 'onnxruntime-node', 'classic-level', 'fastify'])
    expect([heavy, config.has(heavy)]).toEqual([heavy, false])
  expect(loadedBy('completion', 'bash').has('sdk')).toBe(false)
})
