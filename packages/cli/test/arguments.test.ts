import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CommandSpec } from '../src/commands/command.ts'
import { COMMANDS } from '../src/commands/table.ts'
import { wordOf } from '../src/globals.ts'
import { Home } from './og.testkit.ts'

const home = new Home()
beforeAll(async () => {
  writeFileSync(home.path('og.bash'), (await home.og('completion', 'bash')).out)
})
afterAll(() => home.remove())

test('the home, the network, --json and --yes are taken before the command as behind it', async () => {
  const [before, behind] = [home.path('before'), home.path('behind')]
  for (const args of [
    ['--home', before, '--json', 'config', 'maxPrice', '0.5'],
    ['config', 'maxPrice', '0.5', '--home', behind, '--json'],
  ])
    expect(JSON.parse((await home.og(...args)).out)).toEqual({ maxPrice: '0.5' })
  for (const folder of [before, behind])
    expect(JSON.parse((await home.og(`--home=${folder}`, 'config', '--json')).out)).toMatchObject({ maxPrice: '0.5' })
  const account = await home.og('account', '--home', before, '--json', 'list')
  expect([account.code, JSON.parse(account.out)]).toEqual([0, expect.anything()])
})

test('a usage error before the command is one JSON document as well, and exits with 2', async () => {
  const said = await home.og('--json', 'node', '--home')
  expect([said.code, JSON.parse(said.out)]).toEqual([2, expect.objectContaining({ ok: false, exit: 2 })])
  const unknown = await home.og('--home', home.path('x'), 'nodes', '--json')
  expect([unknown.code, JSON.parse(unknown.out)]).toMatchObject([
    2,
    { ok: false, error: { code: 'USAGE', message: expect.stringContaining("'nodes'") } },
  ])
  expect((await home.og('--home', home.path('x'), '--help')).out).toContain('before or behind its name')
})

test('help fits into 80 columns, of every command, but for examples to be copied', async () => {
  const seen: string[] = []
  const look = async (...words: string[]): Promise<void> => {
    const { code, out } = await home.og(...words, '--help')
    seen.push(words.join(' '))
    expect([words, code]).toEqual([words, 0])
    expect([
      words,
      out
        .replace(/^Examples:\n(?: {2}og .*\n?)+/m, '')
        .split('\n')
        .filter((line) => line.length > 80),
    ]).toEqual([words, []])
    const commands = /^Commands:\n((?: {2}.*\n?)+)/m.exec(out)?.[1] ?? ''
    for (const [, word = ''] of commands.matchAll(/^ {2}([a-z-]+)/gm)) if (word !== 'help') await look(...words, word)
  }
  await look()
  expect(seen).toEqual(expect.arrayContaining(['stake undelegate', 'attestation collateral fetch', 'collect']))
})

/** The words of every command that has no commands of its own. */
const leaves = (specs: readonly CommandSpec[], path: string[] = []): string[][] =>
  specs.flatMap((spec) => (spec.children ? leaves(spec.children, [...path, wordOf(spec)]) : [[...path, wordOf(spec)]]))

test('every command takes --network, --home, --json and --yes', async () => {
  const all = leaves(COMMANDS)
  expect(all.length).toBeGreaterThan(50)
  for (const words of all) {
    // More than any command takes, or no network to do it on: it is refused before it does anything, but after its options were read.
    const { code, out } = await home.og(...words, ...'abcdefgh', '--network', 'none', '--home', home.path('none'), '--json', '--yes')
    const { ok, error } = JSON.parse(out) as { ok: boolean; error: { message: string } }
    expect([words, code, ok, error.message]).toEqual([words, 2, false, expect.stringMatching(/too many arguments|no network file/)])
  }
})

test('words for a shell are one JSON document where that is asked for', async () => {
  const { out } = await home.og('completion', 'bash')
  expect(JSON.parse((await home.og('completion', 'bash', '--json')).out)).toEqual({ shell: 'bash', script: out.slice(0, -1) })
})

/** What bash offers behind a line, whose last word is being typed. */
function offered(...words: string[]): string[] {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _og; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script, 'bash', home.path('og.bash'), ...words], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
}

test('completion knows options before the command, and what follows them', () => {
  expect(offered('og', 'stat')).toEqual(['status'])
  expect(offered('og', '--home', '/h', 'stat')).toEqual(['status'])
  expect(offered('og', '--network', 'local', 'models', '--json', 'unl')).toEqual(['unlist'])
  expect(offered('og', '--ho')).toEqual(['--home'])
  expect(offered('og', 'models', '--net')).toEqual(['--network'])
  expect(offered('og', 'infer', '--home', '/h', '--lev')).toEqual(['--level'])
  expect(offered('og', '--home', '/etc/host')).toContain('/etc/hosts')
})
