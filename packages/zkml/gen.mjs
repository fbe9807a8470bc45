#!/usr/bin/env node
// Compiles assembly/ with AssemblyScript and writes src/generated/kernels.ts: the module as base64, so that Node and browsers load it without
// asset paths. Deterministic: the same sources give the same bytes. A file that would not change is left alone, so that nothing rebuilds.
// Use: node packages/zkml/gen.mjs        (Node core and the pinned packages only)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { compressSource } from './assembly/unrolled.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const PAGES_MAX = 32_768 // 2 GiB
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--converge',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--use',
  'abort=',
  '--maximumMemory',
  String(PAGES_MAX),
]

const made = new Map([['assembly/compress.ts', compressSource()]])
let wasm
const { error, stderr } = await asc.main(['assembly/index.ts', ...OPTIONS, '--outFile', 'kernels.wasm'], {
  readFile: (name) => {
    const path = name.replaceAll('\\', '/')
    return made.get(path) ?? (existsSync(join(here, path)) ? readFileSync(join(here, path), 'utf8') : null)
  },
  writeFile: (_name, contents) => {
    wasm = contents
  },
  listFiles: () => [],
})
if (error) {
  console.error(`zkml/gen.mjs: ${stderr.toString() || error.message}`)
  process.exit(1)
}

const text = `// Written by packages/zkml/gen.mjs; do not edit.\nexport const WASM_BASE64 = '${Buffer.from(wasm).toString('base64')}'\n`
const file = join(here, 'src', 'generated', 'kernels.ts')
mkdirSync(dirname(file), { recursive: true })
if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
if (process.argv.includes('--size')) console.log(`${wasm.length} bytes`)
