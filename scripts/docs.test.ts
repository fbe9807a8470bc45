import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CHECK_IDS, ERROR_MEANINGS } from '@opengradient/protocol'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)
const text = (page: string) => readFileSync(root + page, 'utf8')
const quoted = (page: string) => [...text(page).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word ?? '')

test.each(pages)('every error code that %s names exists', (page) => {
  const codes = quoted(page).filter((word) => /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(word))
  const notCodes = new Set(['OG_HOME', 'NO_COLOR', 'OG_SEED', 'OG_FUZZ_SECONDS', 'OPENAI_API_KEY'])
  expect(codes.filter((code) => !notCodes.has(code) && !Object.hasOwn(ERROR_MEANINGS, code))).toEqual([])
})

test('every check id that the docs name exists', () => {
  const ids = pages.flatMap(quoted).filter((word) => /^(model|request|response|parameters|operator|payment)\.[a-z]+$/.test(word))
  expect(ids.filter((id) => !(CHECK_IDS as readonly string[]).includes(id))).toEqual([])
})

test.each(pages)('every file that %s links to is there', (page) => {
  const links = [...text(page).matchAll(/\]\(([^)#\s]+)\)/g)].map(([, link]) => link ?? '').filter((link) => !/^https?:/.test(link))
  const base = page.includes('/') ? `${root}docs/` : root
  for (const link of links) expect(() => readFileSync(base + link)).not.toThrow()
})
