import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sources } from '../../../scripts/lint/files.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const REACHED = [
  'packages/sdk',
  'packages/client',
  'packages/protocol',
  'packages/verifier',
  'packages/attestation',
  'packages/zkml',
  'contracts',
]

test('nothing that an application imports is declared with types that only @types/node has: its compiler would stop at them', () => {
  const files = REACHED.flatMap((folder) => [...sources(root + folder)]).filter((file) => /\/src\/.*(?<!\.test|\.testkit)\.ts$/.test(file))
  expect(files.length).toBeGreaterThan(300)
  expect(files.filter((file) => /^export .*\bNodeJS\./m.test(readFileSync(file, 'utf8')))).toEqual([])
})
