import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What may decide what is in a block. */
const FOLDERS = ['executor', 'state', 'trie', 'genesis', 'ledger', 'crypto']
const FORBIDDEN =
  /\bDate\b|Math\.random|Math\.pow|Intl\b|localeCompare|toLocale|performance\.|parseFloat|randomBytes|getRandomValues|hrtime|process\.env/

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the executor', () => {
  it.each(FOLDERS)('asks nothing that another machine would answer differently: %s', (folder) => {
    const files = readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(readFileSync(`${root}${folder}/${file}`, 'utf8'), file).not.toMatch(FORBIDDEN)
  })
})
