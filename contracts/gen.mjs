#!/usr/bin/env node
// Compiles contracts/sol with solc-js and writes contracts/src/generated: ABIs, creation bytecode, storage layout, Multicall3.
// Deterministic: the same sources give the same bytes. Files that would not change are left alone, so that nothing rebuilds.
// Use: node contracts/gen.mjs        (Node core and the pinned packages only)
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const require = createRequire(import.meta.url)
const here = dirname(fileURLToPath(import.meta.url))
const sourceDir = join(here, 'sol')
const outDir = join(here, 'src', 'generated')

/** Deployed contracts, and the name under which their parts are exported. Libraries and interfaces are inlined or implied. */
const CONTRACTS = {
  Registry: 'registry',
  Models: 'models',
  Nodes: 'nodes',
  Settlement: 'settlement',
  HeldPayments: 'heldPayments',
  Attestations: 'attestations',
  Till: 'till',
  History: 'history',
  WOPG: 'wopg',
  Vesting: 'vesting',
  Staking: 'staking',
  StakeVotes: 'stakeVotes',
  Rewards: 'rewards',
}

/** Too large for the limit of EIP-170 when compiled for cheap calls; so they are a fifth smaller, and a few per cent dearer to call. */
const COMPACT = ['Staking']

// solc runs for seconds: to optimise its WebAssembly takes longer than that saves.
setFlagsFromString('--liftoff-only')
const solc = require('solc')
const sources = Object.fromEntries(
  solidityFiles(sourceDir).map((file) => [relative(sourceDir, file), { content: readFileSync(file, 'utf8') }]),
)
const compiled = {
  ...compile(
    Object.keys(CONTRACTS).filter((name) => !COMPACT.includes(name)),
    1_000_000,
  ),
  ...compile(COMPACT, 200),
}

const files = new Map()
for (const [contract, name] of Object.entries(CONTRACTS)) {
  const { abi, evm } = compiled[contract]
  const size = evm.deployedBytecode.object.length / 2
  if (size > 24_576) fail(`${contract} is ${size} bytes, over the limit of 24,576 (EIP-170)`)
  files.set(`${name}.ts`, abiFile(name, abi))
}
files.set('multicall3.ts', abiFile('multicall3', viemConstant('abis', 'multicall3Abi')))
files.set('bytecode.ts', bytecodeFile())
files.set('layout.ts', layoutFile())
write(files)

/** Contracts by name. `runs`: for how many calls in its life a contract is optimised. */
function compile(names, runs) {
  const wanted = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout']
  const input = {
    language: 'Solidity',
    sources,
    settings: {
      evmVersion: 'prague',
      optimizer: { enabled: true, runs },
      metadata: { appendCBOR: false, bytecodeHash: 'none' },
      outputSelection: Object.fromEntries(names.map((name) => [`${name}.sol`, { [name]: wanted }])),
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: importOpenZeppelin }))
  report(output.errors ?? [])
  return Object.fromEntries(names.map((name) => [name, output.contracts[`${name}.sol`][name]]))
}

function solidityFiles(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? solidityFiles(join(dir, entry.name)) : entry.name.endsWith('.sol') ? [join(dir, entry.name)] : [],
    )
}

/** Answers solc's request for a file that is not ours: only OpenZeppelin's are. */
function importOpenZeppelin(path) {
  if (!path.startsWith('@openzeppelin/contracts/')) return { error: `${path} is neither ours nor OpenZeppelin's` }
  const root = dirname(require.resolve('@openzeppelin/contracts/package.json'))
  return { contents: readFileSync(join(root, path.slice('@openzeppelin/contracts/'.length)), 'utf8') }
}

function report(problems) {
  const ours = problems.filter((p) => p.severity === 'error' || !p.sourceLocation?.file?.startsWith('@openzeppelin/'))
  for (const problem of ours) process.stderr.write(`${problem.formattedMessage}\n`)
  if (ours.length > 0) fail(`${ours.length} problem(s) in contracts/sol; warnings count as well`)
}

function fail(message) {
  process.stderr.write(`gen: ${message}\n`)
  process.exit(1)
}

/** A constant that viem has in its sources but does not export. */
function viemConstant(file, name) {
  return require(join(dirname(require.resolve('viem/package.json')), '_cjs', 'constants', `${file}.js`))[name]
}

function abiFile(name, abi) {
  return `export const ${name}Abi = ${JSON.stringify(abi, null, 2)} as const\n`
}

function bytecodeFile() {
  const lines = Object.keys(CONTRACTS).map((contract) => {
    const code = compiled[contract].evm.bytecode.object
    return `  ${contract}: '0x${code}',`
  })
  const multicall = viemConstant('contracts', 'multicall3Bytecode')
  return `/** Creation bytecode, without constructor arguments. */\nexport const creationCode = {\n${lines.join('\n')}\n  Multicall3: '${multicall}',\n} as const\n`
}

/** Only what the computation of slots needs: where each state variable starts, and where each struct member lies. */
function layoutFile() {
  const layouts = {}
  for (const contract of Object.keys(CONTRACTS)) {
    const { storage, types } = compiled[contract].storageLayout
    const place = ({ label, slot, offset, type }) => [label, { slot: Number(slot), offset, bytes: Number(types[type].numberOfBytes) }]
    const structs = Object.values(types ?? {}).filter((type) => type.members)
    layouts[contract] = {
      variables: Object.fromEntries(storage.map(place)),
      structs: Object.fromEntries(
        structs.map((type) => [type.label.replace(/^struct (.*\.)?/, ''), Object.fromEntries(type.members.map(place))]),
      ),
    }
  }
  return `/** From solc's storageLayout: slots; byte offsets within a slot, counted from its low end; sizes in bytes. */\nexport const layout = ${JSON.stringify(layouts, null, 2)} as const\n`
}

function write(wanted) {
  mkdirSync(outDir, { recursive: true })
  for (const old of readdirSync(outDir)) if (!wanted.has(old)) rmSync(join(outDir, old))
  for (const [name, text] of wanted) {
    const path = join(outDir, name)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  }
}
