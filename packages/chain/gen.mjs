#!/usr/bin/env node
// Compiles assembly/ with AssemblyScript and writes src/generated/kernels.ts: each module as base64, so that it needs no asset paths.
// Deterministic: the same sources give the same bytes. A file that would not change is left alone, so that nothing rebuilds.
// Use: node packages/chain/gen.mjs        (Node core and the pinned packages only); `npm run mutate -- kernels` imports it.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { CURVES, constantsOf } from './assembly/curves.mjs'
import { fieldSource, shapeOf } from './assembly/field.mjs'
import { blake2Source, montgomerySource } from './assembly/words.mjs'

// The compiler runs for seconds: to optimise its own WebAssembly takes longer than that saves.
setFlagsFromString('--liftoff-only')
const { default: asc } = await import('assemblyscript/asc')

const here = dirname(fileURLToPath(import.meta.url))
const source = (...path) => (existsSync(join(here, 'assembly', ...path)) ? readFileSync(join(here, 'assembly', ...path), 'utf8') : null)
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=']

/** points.ts over the base field or over its complex numbers. */
const points = (field, b) =>
  source('points.ts').replace("'./field'", `'./${field}'`).replace("{ B } from './curve'", `{ ${b} as B } from './constants'`)

/** The sources of one curve: those of its folder and those that both share. */
function sourcesOf(name) {
  const made = {
    'fp.ts': fieldSource(shapeOf(CURVES[name])),
    'constants.ts': constantsOf(name),
    'g1.ts': points('element', 'B1'),
    'g2.ts': points('fp2', 'B2'),
  }
  return (file) => made[file] ?? source(name, file) ?? source(file)
}

const wordSources = { 'blake2.ts': blake2Source(), 'montgomery.ts': montgomerySource() }

async function compile(name, read) {
  let wasm
  const { error, stderr } = await asc.main([`${name}/index.ts`, ...OPTIONS, '--outFile', 'kernels.wasm'], {
    readFile: (path) => read(path.replaceAll('\\', '/').replace(`${name}/`, '')),
    writeFile: (_name, contents) => {
      wasm = contents
    },
    listFiles: () => [],
  })
  if (error) {
    console.error(`chain/gen.mjs: ${stderr.toString() || error.message}`)
    process.exit(1)
  }
  return wasm
}

/** src/generated/kernels.ts. `change` gets each source by curve (or `words`) and name, or null where there is none, and says what is compiled instead. */
export async function generated(change = (_module, _file, text) => text) {
  const reads = Object.keys(CURVES).map((name) => [name, sourcesOf(name)])
  reads.push(['words', (file) => wordSources[file] ?? source('words', file)])
  const modules = []
  for (const [name, read] of reads) modules.push([name, await compile(name, (file) => change(name, file, read(file)))])
  if (process.argv.includes('--size')) for (const [name, wasm] of modules) console.log(`${name}: ${wasm.length} bytes`)
  return `// Written by packages/chain/gen.mjs; do not edit.
${modules.map(([name, wasm]) => `export const ${name.toUpperCase()}_WASM = '${Buffer.from(wasm).toString('base64')}'\n`).join('')}`
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = await generated()
  const file = join(here, 'src', 'generated', 'kernels.ts')
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}
