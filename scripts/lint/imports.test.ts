import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkImports } from './imports.mjs'

let root = ''
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'og-lint-'))
  for (const name of ['contracts', 'packages/chain', 'packages/client', 'packages/protocol']) write(`${name}/package.json`, '{}')
})
afterEach(() => rmSync(root, { recursive: true }))

describe('imports', () => {
  it('go down the rows, to what is declared', () => {
    write('packages/client/src/a.ts', "import { a } from '@opengradient/chain'\n")
    expect(checkImports(root)).toEqual([
      'packages/client/src/a.ts: imports @opengradient/chain: @opengradient/chain is not in client/package.json',
      'packages/client/src/a.ts: imports @opengradient/chain: an import only goes down the rows (client → chain)',
    ])
  })

  it('make no circle of files, nor of packages when the tests of each need the other', () => {
    write('packages/protocol/src/a.ts', "import { b } from './b.ts'\n")
    write('packages/protocol/src/b.ts', "import { a } from './a.ts'\n")
    write('packages/client/test/a.test.ts', "import { a } from '@opengradient/chain'\n")
    write('packages/chain/src/a.test.ts', "import { a } from '@opengradient/client'\n")
    expect(checkImports(root)).toEqual([
      'circle of packages, tests included: chain → client → chain',
      'circle: packages/protocol/src/a.ts → packages/protocol/src/b.ts → packages/protocol/src/a.ts',
    ])
  })

  it('take of zod what is used: a bundle of the verifier is twice as large with all of it', () => {
    write('packages/protocol/package.json', '{ "dependencies": { "zod": "4.0.0" } }')
    write('packages/protocol/src/a.ts', "import * as z from 'zod'\n")
    expect(checkImports(root)).toEqual([])
    write('packages/protocol/src/a.ts', "import { z } from 'zod'\n")
    expect(checkImports(root)).toEqual([expect.stringMatching(/^packages\/protocol\/src\/a.ts: import \* as z from 'zod'/)])
  })

  it('may go up in tests, and reach Node in them alone where a package runs in browsers', () => {
    write('packages/client/test/a.test.ts', "import { a } from '@opengradient/chain'\n")
    write('packages/protocol/src/a.test.ts', "import { a } from 'node:fs'\n")
    expect(checkImports(root)).toEqual([])
    write('packages/protocol/src/a.ts', "import { a } from 'node:fs'\n")
    expect(checkImports(root)).toEqual(['packages/protocol/src/a.ts: imports node:fs: protocol runs in browsers, so no Node built-in'])
  })

  it('are as they should be in this repository', () => {
    expect(checkImports(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
  })
})
