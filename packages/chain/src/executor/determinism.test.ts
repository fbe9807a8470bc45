import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What may decide what is in a block. */
const FOLDERS = ['executor', 'state', 'trie', 'genesis', 'ledger', 'crypto', 'kernels', 'precompiles']
const FORBIDDEN =
  /\bDate\b|Math\.random|Math\.pow|Intl\b|localeCompare|toLocale|performance\.|parseFloat|randomBytes|getRandomValues|hrtime|process\.env/

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the executor', () => {
  it.each(FOLDERS)('asks nothing that another machine would answer differently: %s', (folder) => {
    const all = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    const files = all.filter((name) => name.endsWith('.ts') && !/\.(test|testkit)\.ts$/.test(name))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(readFileSync(`${root}${folder}/${file}`, 'utf8'), file).not.toMatch(FORBIDDEN)
  })
})
