import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const source = new URL('.', import.meta.url)
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.(?:test|testkit))\.ts$/.test(name))
const FOR_NODE = /^node[/\\]/

describe('the package', () => {
  it('runs in browsers: no file uses Node, the network, a clock or randomness', () => {
    const pure = files.filter((name) => !FOR_NODE.test(name))
    expect(pure.length).toBeGreaterThan(30)
    for (const name of pure) {
      const text = readFileSync(new URL(name, source), 'utf8')
      expect(text, name).not.toMatch(
        /from 'node:|\b(?:Buffer|process|require|fetch|XMLHttpRequest)\b\s*[.(]|Date\.now|new Date\b|Math\.random|performance\.now|getRandomValues|setTimeout|console\./,
      )
    }
  })

  it('reaches what is for Node by an export of its own, which nothing else imports', () => {
    for (const name of files.filter((file) => !FOR_NODE.test(file)))
      expect(readFileSync(new URL(name, source), 'utf8'), name).not.toMatch(/from '[./]+node\//)
  })

  it('exports every public function by name', () => {
    const index = readFileSync(new URL('index.ts', source), 'utf8')
    expect(index).not.toMatch(/export \*/)
  })
})
