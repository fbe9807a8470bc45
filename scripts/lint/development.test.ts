import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkDevelopment, DEVELOPMENT } from './development.mjs'

let root = ''
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'og-lint-'))
  for (const name of ['contracts', 'packages/cli', 'packages/inference']) write(`${name}/package.json`, JSON.stringify({ name }))
  write('packages/attestation-dev/package.json', JSON.stringify({ name: DEVELOPMENT, private: true }))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('development attesters', () => {
  it('are in no program: not by an import, not by loading, not as a dependency', () => {
    write('packages/inference/src/a.ts', `import { developmentAttester } from '${DEVELOPMENT}'\n`)
    write('packages/inference/src/b.ts', `export const a = () => import('${DEVELOPMENT}')\n`)
    write('packages/cli/src/tee/development.ts', `import { developmentAttester } from '${DEVELOPMENT}/make'\n`)
    write('packages/cli/package.json', JSON.stringify({ name: 'cli', optionalDependencies: { [DEVELOPMENT]: '0.1.0' } }))
    write('packages/attestation-dev/package.json', JSON.stringify({ name: DEVELOPMENT }))
    expect(checkDevelopment(root).sort()).toEqual([
      `packages/attestation-dev/package.json: ${DEVELOPMENT} is private`,
      'packages/cli/package.json: no package depends on @opengradient/attestation-dev',
      'packages/cli/src/tee/development.ts: holds development attesters',
      'packages/inference/src/a.ts: holds development attesters',
      'packages/inference/src/b.ts: loads development attesters; packages/cli/src/tee/development.ts does',
    ])
  })

  it('may be loaded by the one file that asks the network first, and used by tests', () => {
    write(
      'packages/cli/src/tee/development.ts',
      `import type { A } from '${DEVELOPMENT}'\nexport const a = () => import('${DEVELOPMENT}')\n`,
    )
    write('packages/inference/src/a.test.ts', `import { developmentAttester } from '${DEVELOPMENT}'\n`)
    expect(checkDevelopment(root)).toEqual([])
  })

  it('are where they may be in this repository', () => {
    expect(checkDevelopment(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
  })
})
