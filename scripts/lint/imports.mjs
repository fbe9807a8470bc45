import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { DEVELOPMENT } from './development.mjs'
import { codeOf, importsOf, sources } from './files.mjs'

/** The rows of the house, top to bottom: an import only goes down, never sideways. `web` may reach `sdk`, not the nodes. */
const ROWS = [
  ['cli', 'web'],
  ['sdk', 'inference', 'data', 'chain', 'store'],
  ['verifier', 'client'],
  ['attestation', 'zkml', 'contracts'],
  ['attestation-dev'],
  ['protocol'],
]
const NO_NODE = new Set(['protocol', 'verifier', 'zkml', 'attestation'])
/** Parts of those that are reached by an export of their own, for Node alone. */
const FOR_NODE = [
  'packages/attestation/src/crypto/node.ts',
  'packages/attestation/src/attest/',
  'packages/protocol/src/node/',
  'packages/zkml/src/node/',
]
/** The files that are those exports. */
const NODE_EXPORTS = ['packages/attestation/src/node.ts']
const NODES = new Set(['inference', 'data', 'chain', 'store'])
const BUILTIN = new Set(builtinModules)

const rowOf = (name) => (name.startsWith('adapters-') ? 0 : ROWS.findIndex((row) => row.includes(name)))

/** Problems, one line each: arrows up or sideways, circles between files and (tests included) between packages, Node built-ins in pure packages, undeclared dependencies. */
export function checkImports(root) {
  const packages = [
    { name: 'contracts', folder: join(root, 'contracts') },
    ...readdirSync(join(root, 'packages')).map((name) => ({ name, folder: join(root, 'packages', name) })),
  ]
  const problems = []
  const reached = new Map(packages.map(({ name, folder }) => [name, packagesReached(folder).filter((target) => target !== name)]))
  for (const circle of circles(reached)) problems.push(`circle of packages, tests included: ${circle.join(' → ')}`)
  for (const { name, folder } of packages) {
    if (rowOf(name) < 0)
      problems.push(`packages/${name}: the import rows do not know this package; add it to scripts/lint/imports.mjs and the design`)
    const declared = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies ?? {}
    const graph = new Map()
    for (const file of sources(join(folder, 'src'))) {
      const test = /\.(test|testkit)\.ts$/.test(file)
      const forNode = [...FOR_NODE, ...NODE_EXPORTS].some((part) => relative(root, file).replaceAll('\\', '/').startsWith(part))
      if (/^import (?:type )?\{ z \} from 'zod'/m.test(codeOf(file)))
        problems.push(
          `${relative(root, file)}: import * as z from 'zod': of a name that holds all of it esbuild leaves nothing out, 350 kB`,
        )
      for (const { specifier, typeOnly } of importsOf(file)) {
        const where = `${relative(root, file)}: imports ${specifier}`
        if (specifier.startsWith('.')) {
          if (typeOnly) continue
          graph.set(file, [...(graph.get(file) ?? []), resolve(dirname(file), specifier)])
          const part = FOR_NODE.some((path) => resolve(dirname(file), specifier).startsWith(join(root, path)))
          if (part && !test && !forNode) problems.push(`${where}: that part is for Node alone`)
          continue
        }
        const bare = specifier.replace(/^node:/, '')
        const builtin = specifier.startsWith('node:') || BUILTIN.has(bare.split('/')[0])
        if (builtin) {
          if (NO_NODE.has(name) && !test && !forNode) problems.push(`${where}: ${name} runs in browsers, so no Node built-in`)
          continue
        }
        const dependency = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/')
        if (dependency === DEVELOPMENT) continue // judged by development.mjs
        if (!test && !declared[dependency]) problems.push(`${where}: ${dependency} is not in ${name}/package.json`)
        const target = packageOf(specifier)
        if (!target || test || target === name) continue
        if (rowOf(target) <= rowOf(name)) problems.push(`${where}: an import only goes down the rows (${name} → ${target})`)
        if (NO_NODE.has(name) && /^@opengradient\/(attestation\/attest|(attestation|protocol|zkml)\/node)$/.test(specifier) && !typeOnly)
          problems.push(`${where}: ${name} runs in browsers, and that export is for Node alone`)
        if (name === 'web' && NODES.has(target)) problems.push(`${where}: web may reach sdk, not the nodes`)
      }
    }
    for (const circle of circles(graph)) problems.push(`circle: ${circle.map((file) => relative(root, file)).join(' → ')}`)
  }
  return problems
}

const packageOf = (specifier) => /^@opengradient\/([a-z-]+)/.exec(specifier)?.[1]

/** The packages that the sources and tests in a folder import. */
function packagesReached(folder) {
  const files = ['src', 'test'].flatMap((part) => [...sources(join(folder, part))])
  return [...new Set(files.flatMap((file) => importsOf(file).flatMap(({ specifier }) => packageOf(specifier) ?? [])))]
}

/** Circles in a graph (files or packages by what they import), each reported once. */
function circles(graph) {
  const done = new Set()
  const found = []
  const visit = (file, path) => {
    const at = path.indexOf(file)
    if (at >= 0) return found.push([...path.slice(at), file])
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}
