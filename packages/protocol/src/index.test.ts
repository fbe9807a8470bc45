import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const source = new URL('.', import.meta.url)
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.(?:test|testkit))\.ts$/.test(name))

describe('the package', () => {
  it('runs in browsers: no file uses Node, the network, a clock or randomness', () => {
    expect(files.length).toBeGreaterThan(30)
    for (const name of files) {
      const text = readFileSync(new URL(name, source), 'utf8')
      expect(text, name).not.toMatch(
        /from 'node:|\b(?:Buffer|process|require|fetch|XMLHttpRequest)\b\s*[.(]|Date\.now|new Date\b|Math\.random|performance\.now|getRandomValues|setTimeout|console\./,
      )
    }
  })

  it('exports every public function by name', () => {
    const index = readFileSync(new URL('index.ts', source), 'utf8')
    expect(index).not.toMatch(/export \*/)
  })
})
