// npm run lint: formatting and common mistakes (Biome), the house's import rows, unused exports, exact versions, types of the tests.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkDevelopment } from './lint/development.mjs'
import { checkExports } from './lint/exports.mjs'
import { checkImports } from './lint/imports.mjs'
import { checkRealms } from './lint/realms.mjs'
import { checkVersions } from './lint/versions.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const node = (...argv) => spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' }).status === 0

const problems = [...checkImports(root), ...checkExports(root), ...checkVersions(root), ...checkDevelopment(root), ...checkRealms(root)]
for (const problem of problems) console.error(problem)

const passed = [
  problems.length === 0,
  node(join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--error-on-warnings'),
  node(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.tests.json', '--noEmit'),
]
if (passed.includes(false)) process.exit(1)
console.log('lint: formatting, imports, exports, versions and the types of the tests are fine')
