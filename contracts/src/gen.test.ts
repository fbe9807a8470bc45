import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Abi } from 'viem'
import { expect, test } from 'vitest'
import * as contracts from './index.ts'

const generated = fileURLToPath(new URL('./generated/', import.meta.url))

/** Name, content and time of every generated file. */
const snapshot = () =>
  readdirSync(generated).map((name) => [name, readFileSync(`${generated}${name}`, 'utf8'), statSync(`${generated}${name}`).mtimeMs])

test('generating again gives the same bytes and touches no file', { timeout: 600_000 }, () => {
  const before = snapshot()
  execFileSync(process.execPath, [fileURLToPath(new URL('../gen.mjs', import.meta.url))])
  expect(snapshot()).toEqual(before)
})

test('every function that can be called has documentation in its interface', () => {
  const dir = new URL('../sol/interfaces/', import.meta.url)
  const undocumented = readdirSync(dir).flatMap((file) =>
    [...readFileSync(new URL(file, dir), 'utf8').matchAll(/(.*)\n {4}function (\w+)/g)]
      .filter(([, before]) => !/^ {4}\/\/\/ /.test(before!))
      .map(([, , name]) => `${file}: ${name}`),
  )
  expect(undocumented).toEqual([])
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
