#!/usr/bin/env node
// Compiles contracts/sol with solc-js and writes contracts/src/generated: ABIs, creation bytecode, what is known of the code that
// constructors return, storage layout, Multicall3.
// Deterministic: the same sources give the same bytes. Files that would not change are left alone, so that nothing rebuilds.
// Notes beside them what they were made of. Node core and the pinned packages only.
// Use: node contracts/gen.mjs
//      node contracts/gen.mjs --check [CONTRACT…]   writes nothing; fails when what it compiles again is not what is there. Without names: all
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const require = createRequire(import.meta.url)
const { keccak256 } = require('viem')
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

/** Which sources the generated files are made of, and what was in each. */
const NOTES = 'made.json'

const [mode, ...named] = process.argv.slice(2)
const names = named.length > 0 ? named : Object.keys(CONTRACTS)
const sources = Object.fromEntries(
  solidityFiles(sourceDir).map((file) => [relative(sourceDir, file), { content: readFileSync(file, 'utf8') }]),
)
if (mode === '--check') checkNotes()

// solc runs for seconds: to optimise its WebAssembly takes longer than that saves.
setFlagsFromString('--liftoff-only')
const solc = require('solc')
const compiled = {
  ...compile(
    names.filter((name) => !COMPACT.includes(name)),
    1_000_000,
  ),
  ...compile(
    names.filter((name) => COMPACT.includes(name)),
    200,
  ),
}
const parts = names.map((contract) => [contract, partsOf(contract)])
if (mode === '--check') checkParts()
else write(files())

/** What is generated of a contract: its interface, its line of creation code, what is known of its code, its layout. */
function partsOf(contract) {
  const { abi, evm, storageLayout } = compiled[contract]
  const size = evm.deployedBytecode.object.length / 2
  if (size > 24_576) fail(`${contract} is ${size} bytes, over the limit of 24,576 (EIP-170)`)
  return {
    abi: abiFile(CONTRACTS[contract], abi),
    code: `  ${contract}: '0x${evm.bytecode.object}',`,
    deployed: deployedOf(evm.deployedBytecode),
    layout: layoutOf(storageLayout),
  }
}

/** Everything that is generated, by name. */
function files() {
  const files = new Map(parts.map(([contract, { abi }]) => [`${CONTRACTS[contract]}.ts`, abi]))
  files.set('multicall3.ts', abiFile('multicall3', viemConstant('abis', 'multicall3Abi')))
  files.set('bytecode.ts', bytecodeFile())
  files.set('deployed.ts', deployedFile())
  files.set('layout.ts', layoutFile())
  const made = Object.fromEntries([...files].map(([name, text]) => [name, digest(text)]))
  return files.set(NOTES, `${JSON.stringify({ of: madeOf(), files: made }, null, 2)}\n`)
}

function generated(name) {
  return existsSync(join(outDir, name)) ? readFileSync(join(outDir, name), 'utf8') : ''
}

/** What is there is made of the sources as they are, and as it was written. */
function checkNotes() {
  const { of, files = {} } = JSON.parse(generated(NOTES) || '{}')
  if (of !== madeOf()) fail('contracts/src/generated is not made of the sources as they are')
  for (const name of new Set([...Object.keys(files), ...readdirSync(outDir)]))
    if (name !== NOTES && files[name] !== digest(generated(name))) fail(`contracts/src/generated/${name} is not what was generated`)
}

/** What was compiled again is what is there. */
function checkParts() {
  const codes = generated('bytecode.ts').split('\n')
  const [layouts, allDeployed] = ['layout.ts', 'deployed.ts'].map(valueIn)
  for (const [contract, { abi, code, deployed, layout }] of parts) {
    const same =
      generated(`${CONTRACTS[contract]}.ts`) === abi &&
      codes.includes(code) &&
      JSON.stringify([layouts[contract], allDeployed[contract]]) === JSON.stringify([layout, deployed])
    if (!same) fail(`${contract}, compiled again, is not what is in contracts/src/generated`)
  }
}

/** The one value that a generated file exports. */
function valueIn(name) {
  return JSON.parse(
    generated(name)
      .replace(/^[^=]*= /, '')
      .replace(/ as const\n$/, ''),
  )
}

/** Changes with all that the generated files are made of. */
function madeOf() {
  const packages = ['solc', '@openzeppelin/contracts', 'viem'].map((name) => [name, require(`${name}/package.json`).version])
  return digest(JSON.stringify([sources, packages, readFileSync(fileURLToPath(import.meta.url), 'utf8')]))
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex')
}

/** Contracts by name. `runs`: for how many calls in its life a contract is optimised. */
function compile(names, runs) {
  if (names.length === 0) return {}
  const wanted = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences', 'storageLayout']
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
  const lines = parts.map(([, { code }]) => code)
  const multicall = viemConstant('contracts', 'multicall3Bytecode')
  return `/** Creation bytecode, without constructor arguments. */\nexport const creationCode = {\n${lines.join('\n')}\n  Multicall3: '${multicall}',\n} as const\n`
}

function deployedFile() {
  const all = Object.fromEntries(parts.map(([contract, { deployed }]) => [contract, deployed]))
  return `/** Of the code that each constructor returns: Keccak-256, with zeros for its immutables, and their places: offset, bytes. */\nexport const deployed = ${JSON.stringify(all, null, 2)} as const\n`
}

function layoutFile() {
  const layouts = Object.fromEntries(parts.map(([contract, { layout }]) => [contract, layout]))
  return `/** From solc's storageLayout: slots; byte offsets within a slot, counted from its low end; sizes in bytes. */\nexport const layout = ${JSON.stringify(layouts, null, 2)} as const\n`
}

/** The code as solc leaves it to the constructor, which writes immutables where zeros are. */
function deployedOf({ object, immutableReferences }) {
  const places = Object.values(immutableReferences ?? {}).flat()
  const immutables = places.sort((a, b) => a.start - b.start).map(({ start, length }) => [start, length])
  return { hash: keccak256(`0x${object}`), immutables }
}

/** Only what the computation of slots needs: where each state variable starts, and where each struct member lies. */
function layoutOf({ storage, types }) {
  const place = ({ label, slot, offset, type }) => [label, { slot: Number(slot), offset, bytes: Number(types[type].numberOfBytes) }]
  const structs = Object.values(types ?? {}).filter((type) => type.members)
  return {
    variables: Object.fromEntries(storage.map(place)),
    structs: Object.fromEntries(
      structs.map((type) => [type.label.replace(/^struct (.*\.)?/, ''), Object.fromEntries(type.members.map(place))]),
    ),
  }
}

function write(wanted) {
  mkdirSync(outDir, { recursive: true })
  for (const old of readdirSync(outDir)) if (!wanted.has(old)) rmSync(join(outDir, old))
  for (const [name, text] of wanted) {
    const path = join(outDir, name)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  }
}
