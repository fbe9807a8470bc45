import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkExports } from './exports.mjs'

let root = ''
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'og-lint-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('exports', () => {
  it('are named by another file, not in a comment alone', () => {
    write('packages/chain/src/a.ts', 'export const lonely = 1\nexport async function idle() {\n  return lonely\n}\nexport class Used {}\n')
    write('packages/chain/src/b.ts', "import { Used } from './a.ts'\n/** Like idle. */\nexport const shown = Used\n")
    write('packages/cli/test/a.test.ts', '// lonely\nshown\n')
    expect(checkExports(root)).toEqual([
      'packages/chain/src/a.ts: exports lonely, which no other file names',
      'packages/chain/src/a.ts: exports idle, which no other file names',
    ])
  })

  it('do not count where they were written by a build', () => {
    write('packages/chain/src/a.ts', 'export const lonely = 1\n')
    write('packages/chain/dist/a.mjs', 'export const lonely = 1\n')
    expect(checkExports(root)).toHaveLength(1)
  })

  it('of kernels are called from WebAssembly', () => {
    write('packages/zkml/assembly/a.ts', 'export function kernel() {}\n')
    expect(checkExports(root)).toEqual([])
  })
})
