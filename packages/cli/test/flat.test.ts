import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { liesFlat } from '../bin/flat.js'

const PARTS = ['classic-level', 'ws', 'onnxruntime-node', 'onnxruntime-web']

/** An installation as npm makes it, changed before anything in it is looked for: Node remembers where it found what. */
function installed(change: (root: string, write: (folder: string, manifest?: object) => void) => void = () => {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'og flat ')))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const write = (folder: string, manifest: object = { main: 'index.js' }) => {
    mkdirSync(join(root, 'node_modules', folder), { recursive: true })
    writeFileSync(join(root, 'node_modules', folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(root, 'node_modules', folder, 'index.js'), '')
  }
  for (const part of [...PARTS, '@opengradient/inference', '@opengradient/cli']) write(part)
  write('@opengradient/chain', { exports: { './rpc-thread': './index.js' } })
  change(join(root, 'node_modules'), write)
  return pathToFileURL(join(root, 'node_modules/@opengradient/cli/bin/flat.js')).href
}

test('packed files are taken where npm put all packages beside one another', () => {
  expect(liesFlat(installed())).toBe(true)
})

test('and not where what they leave outside is missing, or another than that of the package that asks for it', () => {
  expect(liesFlat(installed((root) => rmSync(join(root, 'onnxruntime-web'), { recursive: true })))).toBe(false)
  expect(liesFlat(installed((_, write) => write('@opengradient/chain/node_modules/ws')))).toBe(false)
})

test('and not where packages lie in folders of their own, as pnpm puts them', () => {
  const linked = installed((root) => {
    renameSync(join(root, '@opengradient/inference'), join(root, '.store'))
    symlinkSync(join(root, '.store'), join(root, '@opengradient/inference'), 'junction')
  })
  expect(liesFlat(linked)).toBe(false)
})
