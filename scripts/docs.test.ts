import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { REJECTION_MEANINGS } from '@opengradient/attestation'
import { CHECK_IDS, ERROR_MEANINGS, TEE_CODES, ZK_CODES } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { CommandSpec } from '../packages/cli/src/commands/command.ts'
import { COMMANDS } from '../packages/cli/src/commands/table.ts'
import { codeOf, sources } from './lint/files.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)
const text = (page: string) => readFileSync(root + page, 'utf8')
const scriptsOf = (folder: string) => Object.keys(JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')).scripts)
const quoted = (page: string) => [...text(page).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word ?? '')

test.each(pages)('every error code that %s names exists', (page) => {
  const codes = quoted(page).filter((word) => /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(word))
  const notCodes = new Set([
    'OG_HOME',
    'NO_COLOR',
    'OG_SEED',
    'OG_FUZZ_SECONDS',
    'OPENAI_API_KEY',
    'CAP_SYS_ADMIN',
    'SEPT_VE_DISABLE',
    'TEE_CODES',
  ])
  const known = (code: string) => [ERROR_MEANINGS, ZK_CODES, TEE_CODES, REJECTION_MEANINGS].some((codes) => Object.hasOwn(codes, code))
  expect(codes.filter((code) => !notCodes.has(code) && !known(code))).toEqual([])
})

test('every error code is given by some source', () => {
  const files = ['packages', 'contracts']
    .flatMap((part) => [...sources(root + part)])
    .filter((file) => /\/src\/(?!error\/codes)/.test(file))
  const words = new Set(files.filter((file) => !/\.(test|testkit)\.ts$/.test(file)).flatMap((file) => codeOf(file).match(/\w+/g) ?? []))
  const ofEvidence = (code: string) => Object.hasOwn(REJECTION_MEANINGS, code.replace(/^EVIDENCE_/, ''))
  expect(Object.keys(ERROR_MEANINGS).filter((code) => !words.has(code) && !ofEvidence(code))).toEqual([])
})

test('every check id that the docs name exists', () => {
  const ids = pages.flatMap(quoted).filter((word) => /^(model|request|response|parameters|operator|payment)\.[a-z]+$/.test(word))
  const files = new Set(['model.onnx', 'model.zkir'])
  expect(ids.filter((id) => !files.has(id) && !(CHECK_IDS as readonly string[]).includes(id))).toEqual([])
})

test.each(pages)('every path and every command of npm and node that %s names is there', (page) => {
  const words = quoted(page)
    .flatMap((code) => code.split(/[\s:]/))
    .concat(text(page).match(/(?<=^node )\S+/gm) ?? [])
  const paths = words.filter((word) => /^(packages|contracts|docs|deploy|scripts|bench|models|vectors)\/[\w./-]+$/.test(word))
  expect(paths.filter((path) => !existsSync(root + path))).toEqual([])
  for (const [, name = '', folder = '.'] of text(page).matchAll(/npm run ([a-z:]+)(?: -w (packages\/[a-z-]+))?/g))
    expect(scriptsOf(folder), `npm run ${name} in ${folder}`).toContain(name)
  for (const [, name] of text(page).matchAll(/npm run bench -- ([a-z]+)/g)) expect(readdirSync(`${root}bench`)).toContain(name)
})

const foldersIn = (folder: string) =>
  readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

test('the map of the house has every package, and every folder of the two nodes; the words of the protocol have each theirs', () => {
  const rows = text('CONTRIBUTING.md').split('\n')
  const row = (folder: string) => rows.find((row) => row.startsWith(`| \`${folder}\``)) ?? ''
  expect(foldersIn('packages').filter((name) => row(`packages/${name}`) === '')).toEqual([])
  for (const node of ['packages/chain', 'packages/inference'])
    expect(foldersIn(`${node}/src`).filter((name) => name !== 'generated' && !row(node).includes(`\`${name}\``))).toEqual([])
  const words = text('packages/protocol/README.md')
  expect(foldersIn('packages/protocol/src').filter((name) => name !== 'testkit' && !words.includes(`| \`${name}/\` |`))).toEqual([])
})

test.each(pages)('every file that %s links to is there', (page) => {
  const links = [...text(page).matchAll(/\]\(([^)#\s]+)\)/g)].map(([, link]) => link ?? '').filter((link) => !/^https?:/.test(link))
  const base = page.includes('/') ? `${root}docs/` : root
  for (const link of links) expect(() => readFileSync(base + link)).not.toThrow()
})

/** The commands of `og` in the code of a page: `./og a b --flag x` and the like, lines that go on behind a backslash joined. */
const commandsIn = (page: string) => {
  const code = [
    ...text(page)
      .replaceAll(/\\\n\s*/g, '')
      .matchAll(/^```[a-z]*\n(.*?)^```|`([^`\n]+)`/gms),
  ].map(([, block, inline]) => block ?? inline ?? '')
  return code.flatMap((code) =>
    [...code.matchAll(/(?:^|&& |OG_HOME=\S+ )(?:\.\/)?og ([a-z-][^\n#&|]*)/gm)].map(([, words]) => words?.trim() ?? ''),
  )
}

const EVERYWHERE = ['--network', '--home', '--json', '--yes', '--help']
const named = (commands: readonly CommandSpec[], word = '') => commands.find(({ usage }) => usage.split(' ')[0] === word)

/** What of it `og` does not have: a command or an option. */
function unknownIn(command: string): string[] {
  const words = command.split(/\s+/)
  let spec = words[0]?.startsWith('--') ? undefined : named(COMMANDS, words[0])
  if (spec === undefined && !words[0]?.startsWith('--')) return [command]
  for (const word of words.slice(1)) {
    if (!spec?.children) break
    if (!/^[a-z-]+$/.test(word)) break
    spec = named(spec.children, word)
    if (spec === undefined) return [command]
  }
  const known = [...EVERYWHERE, ...(spec?.options ?? []).flatMap(([flags]) => flags.match(/--[a-z-]+/g) ?? [])]
  return words.filter((word) => /^--[a-z]/.test(word) && !known.includes(word)).map((word) => `${word} in og ${command}`)
}

test.each(pages)('every command of og that %s names exists, with its options', (page) => {
  expect(commandsIn(page).flatMap(unknownIn)).toEqual([])
})
