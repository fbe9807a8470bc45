import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Abi } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import * as contracts from './index.ts'

const GEN = fileURLToPath(new URL('../gen.mjs', import.meta.url))
const generated = fileURLToPath(new URL('./generated/', import.meta.url))

/** Name, content and time of every generated file. */
const snapshot = () =>
  readdirSync(generated).map((name) => [name, readFileSync(`${generated}${name}`, 'utf8'), statSync(`${generated}${name}`).mtimeMs])

/** How the check of what is generated ends, for a copy of everything in which one file has another line; `contracts` are compiled again. */
function checked(altered: string | undefined, ...contracts: string[]) {
  // Below the packages that it needs.
  const folder = mkdtempSync(fileURLToPath(new URL('../../node_modules/.gen-', import.meta.url)))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['gen.mjs', 'sol', 'src/generated'])
    cpSync(new URL(`../${name}`, import.meta.url), join(folder, name), { recursive: true })
  if (altered !== undefined) appendFileSync(join(folder, altered), '// another line\n')
  return spawnSync(process.execPath, [join(folder, 'gen.mjs'), '--check', ...contracts], { encoding: 'utf8' })
}

// All of them are compiled again every night: it takes ten seconds.
test('what is generated is made of the sources as they are, and some of it again gives the same bytes and touches no file', () => {
  const before = snapshot()
  execFileSync(process.execPath, [GEN, '--check', 'Till', 'WOPG'])
  expect(snapshot()).toEqual(before)
})

test('what is generated of other sources, by another generator, or changed since is found', () => {
  expect(checked(undefined, 'Till')).toMatchObject({ status: 0, stderr: '' })
  for (const [altered, found] of [
    ['sol/Till.sol', 'is not made of the sources as they are'],
    ['gen.mjs', 'is not made of the sources as they are'],
    ['src/generated/bytecode.ts', 'bytecode.ts is not what was generated'],
    ['src/generated/new.ts', 'new.ts is not what was generated'],
  ] as const)
    expect(checked(altered, 'Till')).toMatchObject({ status: 1, stderr: expect.stringContaining(found) })
})

test('every function that can be called has documentation, in its interface or where it is', () => {
  const dir = new URL('../sol/', import.meta.url)
  const callable =
    /(.*)\n(?: {4}\/\/ .*\n)? {4}(?:function (\w+)\([^{;]*?\b(?:external|public)\b|[^\s/][^(\n]* public (?:constant |immutable )?(\w+)(?: =|;))/g
  const found = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sol'))
    .flatMap((file) =>
      [...readFileSync(new URL(file, dir), 'utf8').matchAll(callable)].map(([, before, name, constant]) => ({
        name: `${file}: ${name ?? constant}`,
        said: /^ {4}\/\/\/ /.test(before!),
      })),
    )
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['interfaces/ISettlement.sol: settle', 'StakeVotes.sol: CLOCK_MODE', 'Vesting.sol: SUPPLY']),
  )
  expect(found.filter(({ said }) => !said).map(({ name }) => name)).toEqual([])
})

test('nobody has a key: no owner, no role, no upgrade, and few functions for the Timelock', () => {
  const abis = Object.entries(contracts).filter((entry): entry is [string, Abi & (typeof entry)[1]] => Array.isArray(entry[1]))
  const names = abis.flatMap(([abi, items]) => (items as Abi).flatMap((item) => (item.type === 'function' ? [`${abi}.${item.name}`] : [])))
  expect(names.filter((name) => /admin|role|upgrade|pause|mint|initialize|transferOwnership|renounce/i.test(name))).toEqual([])
  const governed = readdirSync(new URL('../sol/', import.meta.url))
    .filter((file) => file.endsWith('.sol'))
    .flatMap((file) => {
      const source = readFileSync(new URL(`../sol/${file}`, import.meta.url), 'utf8')
      return source
        .split('\n    function ')
        .filter((body) => body.includes('msg.sender == TIMELOCK'))
        .map((body) => `${file}: ${body.split('(')[0]}`)
    })
  expect(governed).toEqual([
    'Registry.sol: set',
    'Revocations.sol: setPolicy',
    'Revocations.sol: revokeMeasurement',
    'Revocations.sol: revokePlatform',
    'Revocations.sol: revokeCertificate',
    'Settlement.sol: setFeeBps',
  ])
})
