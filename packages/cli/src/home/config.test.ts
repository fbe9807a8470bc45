import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig, writeConfig } from './config.ts'
import { chooseHome, type Home, homeAt } from './paths.ts'

let home: Home
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'og home ')))
})
afterEach(() => rmSync(home.root, { recursive: true, force: true }))

test('without a file every setting has its default', () => {
  expect(readConfig(home)).toMatchObject({ network: 'local', account: 'dev', maxPrice: '0.01', portBase: 8400 })
})

test('a setting that was written is read again, and the others keep their values', () => {
  writeConfig(home, 'maxPrice', '0.25')
  writeConfig(home, 'portBase', '9400')
  writeConfig(home, 'store', 'https://store.example.org')
  expect(readConfig(home)).toMatchObject({ maxPrice: '0.25', portBase: 9400, account: 'dev', store: 'https://store.example.org' })
  expect(writeConfig(home, 'store', '').store).toBe('')
})

test.each([
  ['maxPrice', '-1'],
  ['maxPrice', '1e3'],
  ['portBase', '80'],
  ['portBase', 'many'],
  ['network', '../x'],
  ['store', 'store.example.org'],
  ['store', 'file:///etc'],
  ['store', 'http://a b'],
  ['colour', 'red'],
  ['version', '2'],
  ['__proto__', 'x'],
])('%s = %s is refused and nothing is written', (key, value) => {
  expect(() => writeConfig(home, key, value)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(() => readFileSync(home.config)).toThrow()
})

test('a file that is not JSON, or has an unknown key, is an error that names the file', () => {
  writeFileSync(home.config, '{')
  expect(() => readConfig(home)).toThrow(home.config)
  writeFileSync(home.config, '{"colour":"red"}')
  expect(() => readConfig(home)).toThrow(/colour.*mend it, or remove it/s)
})

test('the home is --home, else OG_HOME, else the default of the clone, else ~/.opengradient', () => {
  expect(chooseHome('a', { OG_HOME: '/b' }, '/here', '/c').root).toBe('/here/a')
  expect(chooseHome(undefined, { OG_HOME: '/b' }, '/here', '/c').root).toBe('/b')
  expect(chooseHome(undefined, { OG_HOME: '' }, '/here', '/c').root).toBe('/c')
  expect(chooseHome(undefined, {}, '/here').root).toMatch(/\.opengradient$/)
})

test('a setting of a wrong kind is refused by what it has to be', () => {
  for (const [key, value, wanted] of [
    ['portBase', 'many', 'portBase: a whole number from 1024 to 65000'],
    ['portBase', '80', 'portBase: a whole number from 1024 to 65000'],
    ['quotaGb', 'much', 'quotaGb: a number of gigabytes above zero'],
    ['quotaGb', '-1', 'quotaGb: a number of gigabytes above zero'],
  ] as const)
    expect(() => writeConfig(home, key, value)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(wanted) }),
    )
})
