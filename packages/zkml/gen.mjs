#!/usr/bin/env node
// Compiles assembly/ with AssemblyScript and writes src/generated/kernels.ts: the module as base64, so that Node and browsers load it without
// asset paths, and where its addresses stand, so that threads on one memory each have their own static area (src/kernels/module.ts).
// Deterministic: the same sources give the same bytes. A file that would not change is left alone, so that nothing rebuilds.
// Use: node packages/zkml/gen.mjs        (Node core and the pinned packages only); `npm run mutate -- kernels` imports it.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { compressSource } from './assembly/unrolled.mjs'

// The compiler runs for seconds: to optimise its own WebAssembly takes longer than that saves.
setFlagsFromString('--liftoff-only')
const { default: asc } = await import('assemblyscript/asc')

const here = dirname(fileURLToPath(import.meta.url))
const PAGES_MAX = 32_768 // 2 GiB
/** Where the static area starts: from 2^20 to 2^27 every address takes four bytes of LEB128, the last of them in units of 2^21. */
const BASE = 2 ** 20
const AREA = 2 ** 21
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--use',
  'abort=',
  '--maximumMemory',
  String(PAGES_MAX),
  '--importMemory',
  '--zeroFilledMemory',
]

const made = new Map([['assembly/compress.ts', compressSource()]])

/** A source of the compiler, by its path from here. */
function source(path) {
  return made.get(path) ?? (existsSync(join(here, path)) ? readFileSync(join(here, path), 'utf8') : null)
}

/** The module with its static area at `base`. */
async function compile(base, read) {
  let wasm
  const { error, stderr } = await asc.main(['assembly/index.ts', ...OPTIONS, '--memoryBase', String(base), '--outFile', 'kernels.wasm'], {
    readFile: (name) => read(name.replaceAll('\\', '/')),
    writeFile: (_name, contents) => {
      wasm = contents
    },
    listFiles: () => [],
  })
  if (error) {
    console.error(`zkml/gen.mjs: ${stderr.toString() || error.message}`)
    process.exit(1)
  }
  return wasm
}

/** Where the flags of the memory stand, and the fourth byte of each address: all that differs between the module here and one area further. */
function sitesOf(wasm, moved) {
  if (wasm.length !== moved.length) throw new Error('zkml/gen.mjs: an address does not have four bytes')
  const [pages, ...addresses] = [...wasm.keys()].filter((i) => wasm[i] !== moved[i])
  // Before the least size of the memory stands whether it has a maximum (1), and is shared (2).
  if (moved[pages] !== wasm[pages] + AREA / 65_536 || wasm[pages - 1] !== 1)
    throw new Error('zkml/gen.mjs: the memory is not where it should be')
  for (const i of addresses) {
    const isAddress = wasm[i] === 0 && moved[i] === 1 && wasm.subarray(i - 3, i).every((part) => part >= 128)
    if (!isAddress) throw new Error(`zkml/gen.mjs: byte ${i} is no part of an address`)
  }
  return [pages - 1, ...addresses]
}

const base64 = (bytes) => Buffer.from(bytes).toString('base64')

/** src/generated/kernels.ts. `change` gets each source by its path, or null where there is none, and says what is compiled instead. */
export async function generated(change = (_path, text) => text) {
  const read = (path) => change(path, source(path))
  const wasm = await compile(BASE, read)
  const sites = sitesOf(wasm, await compile(BASE + AREA, read))
  const distances = Uint16Array.from(sites, (site, i) => site - (sites[i - 1] ?? 0))
  if (process.argv.includes('--size')) console.log(`${wasm.length} bytes`)
  return `// Written by packages/zkml/gen.mjs; do not edit.
export const WASM_BASE64 = '${base64(wasm)}'
/** Distances from one to the next, as u16 LE: of the flags of the memory, then of the fourth byte of each address. */
export const SITES_BASE64 = '${base64(distances.buffer)}'
`
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = await generated()
  const file = join(here, 'src', 'generated', 'kernels.ts')
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}
