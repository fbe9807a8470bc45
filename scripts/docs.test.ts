import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { REJECTION_MEANINGS } from '@opengradient/attestation'
import { CHECK_IDS, ERROR_MEANINGS, TEE_CODES, ZK_CODES } from '@opengradient/protocol'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)
const text = (page: string) => readFileSync(root + page, 'utf8')
const quoted = (page: string) => [...text(page).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word ?? '')

test.each(pages)('every error code that %s names exists', (page) => {
  const codes = quoted(page).filter((word) => /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(word))
  const notCodes = new Set(['OG_HOME', 'NO_COLOR', 'OG_SEED', 'OG_FUZZ_SECONDS', 'OPENAI_API_KEY', 'CAP_SYS_ADMIN', 'TEE_CODES'])
  const known = (code: string) => [ERROR_MEANINGS, ZK_CODES, TEE_CODES, REJECTION_MEANINGS].some((codes) => Object.hasOwn(codes, code))
  expect(codes.filter((code) => !notCodes.has(code) && !known(code))).toEqual([])
})

test('every check id that the docs name exists', () => {
  const ids = pages.flatMap(quoted).filter((word) => /^(model|request|response|parameters|operator|payment)\.[a-z]+$/.test(word))
  const files = new Set(['model.onnx', 'model.zkir'])
  expect(ids.filter((id) => !files.has(id) && !(CHECK_IDS as readonly string[]).includes(id))).toEqual([])
})

test.each(pages)('every file that %s links to is there', (page) => {
  const links = [...text(page).matchAll(/\]\(([^)#\s]+)\)/g)].map(([, link]) => link ?? '').filter((link) => !/^https?:/.test(link))
  const base = page.includes('/') ? `${root}docs/` : root
  for (const link of links) expect(() => readFileSync(base + link)).not.toThrow()
})
