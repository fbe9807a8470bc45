import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, test } from 'vitest'

test('the main entry bundles for browsers, without anything of Node', async () => {
  const built = await build({
    root: fileURLToPath(new URL('.', import.meta.url)),
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
    build: { write: false, lib: { entry: 'browserApp.ts', formats: ['es'], fileName: 'app' } },
    plugins: [
      {
        name: 'no-node',
        enforce: 'pre',
        resolveId(id, importer) {
          // What HPKE loads on Node 18, where there is no global `crypto`; a browser never comes there.
          if (id === 'crypto' && importer?.includes('/@hpke/common/')) return '\0absent'
          if (id.startsWith('node:') || builtinModules.includes(id)) throw new Error(`${importer} imports ${id}`)
          return undefined
        },
        load: (id) => (id === '\0absent' ? 'throw new Error("loaded in a browser")' : undefined),
      },
    ],
  })
  const outputs = (Array.isArray(built) ? built : [built]) as { output: { code?: string }[] }[]
  const code = outputs.flatMap(({ output }) => output.map((chunk) => chunk.code ?? '')).join('')
  expect(code).toContain('Wrapped OPG')
  expect(code).not.toMatch(/["']node:/)
  expect(code.length).toBeLessThan(2_000_000)
})
