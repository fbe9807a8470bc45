import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { importsOf, sources } from './files.mjs'

/** Makes evidence that looks like the hardware's, under roots that stand for none. */
export const DEVELOPMENT = '@opengradient/attestation-dev'
/** The one file that may load it, while it runs, after it has looked whether the genesis of the network trusts such roots. */
const LOADER = 'packages/cli/src/tee/development.ts'

/** Problems, one line each: no package depends on development attesters, and no program holds them from the start. Tests may. */
export function checkDevelopment(root) {
  const problems = []
  for (const name of ['contracts', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)]) {
    const manifest = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8'))
    const asked = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
    if (Object.hasOwn(asked, DEVELOPMENT)) problems.push(`${name}/package.json: no package depends on ${DEVELOPMENT}`)
    if (manifest.name === DEVELOPMENT && manifest.private !== true) problems.push(`${name}/package.json: ${DEVELOPMENT} is private`)
    if (manifest.name === DEVELOPMENT) continue
    for (const file of sources(join(root, name, 'src'))) {
      if (/\.(test|testkit)\.ts$/.test(file)) continue
      const path = relative(root, file).replaceAll('\\', '/')
      const found = importsOf(file).filter(({ specifier }) => specifier.startsWith(DEVELOPMENT))
      if (found.some(({ typeOnly }) => !typeOnly)) problems.push(`${path}: holds development attesters`)
      if (found.some(({ dynamic }) => dynamic) && path !== LOADER) problems.push(`${path}: loads development attesters; ${LOADER} does`)
    }
  }
  return problems
}
