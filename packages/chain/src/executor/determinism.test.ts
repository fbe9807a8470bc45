import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What may decide what is in a block. */
const FOLDERS = ['executor', 'state', 'trie', 'genesis', 'ledger', 'crypto', 'kernels', 'precompiles']
const FORBIDDEN =
  /\bDate\b|Math\.random|Intl\b|localeCompare|toLocale|performance\.|parseFloat|randomBytes|getRandomValues|hrtime|process\.env/

/** The last digits of these are left to the engine: Node for x64 and Node for ARM differ in most of them. */
const APPROXIMATE = /Math\.(?:a?(?:cos|sin|tan)h?|atan2|cbrt|exp|expm1|hypot|log|log10|log1p|log2|pow)\b/

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the executor', () => {
  it.each(FOLDERS)('asks nothing that another machine would answer differently: %s', (folder) => {
    const all = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    const files = all.filter((name) => name.endsWith('.ts') && !/\.(test|testkit)\.ts$/.test(name))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const text = readFileSync(`${root}${folder}/${file}`, 'utf8')
      expect(text, file).not.toMatch(FORBIDDEN)
      expect(text, file).not.toMatch(APPROXIMATE)
    }
  })
})
