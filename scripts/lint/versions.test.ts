import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { checkVersions } from './versions.mjs'

it('dependencies are pinned to one exact version, the same one everywhere', () => {
  const root = mkdtempSync(join(tmpdir(), 'og-lint-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const write = (folder: string, manifest: object): void => {
    mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, folder, 'package.json'), JSON.stringify(manifest))
  }
  write('.', { devDependencies: { viem: '2.57.0', vitest: '^4.1.12' } })
  write('packages/a', { dependencies: { viem: '2.56.0', pino: 'latest' }, optionalDependencies: { noble: '1.0.0-rc.1' } })
  expect(checkVersions(root)).toEqual([
    './package.json: vitest "^4.1.12" is not an exact version',
    'packages/a/package.json: viem 2.56.0, but . has 2.57.0',
    'packages/a/package.json: pino "latest" is not an exact version',
  ])
  expect(checkVersions(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
})
