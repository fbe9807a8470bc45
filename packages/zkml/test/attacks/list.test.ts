import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const HERE = new URL('./', import.meta.url)
const VECTORS = new URL('../../../../vectors/zk/', import.meta.url)
const rows = readFileSync(new URL('README.md', HERE), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !/^\| (lie|attack) \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()) as [string, attack: string, test: string, string])

describe('the list of attacks', () => {
  it.each(rows.map(([, attack, test]) => [attack, test] as const))('%s: is made by what it names', (_, where) => {
    // A quoted title belongs to the file before it.
    let file = ''
    let named = 0
    for (const [, path, title] of where.matchAll(/`([^`]+\.test\.ts)`|"([^"]+)"/g)) {
      if (path) file = readFileSync(new URL(path, HERE), 'utf8')
      else if (file) expect(file).toContain(title)
      named++
    }
    const numbers = [...where.replaceAll(/"[^"]*"|`[^`]*`/g, '').matchAll(/\b(\d{3})\b/g)].map(([, number]) => number!)
    for (const number of numbers) expect(readdirSync(new URL('rejected/', VECTORS)).some((name) => name.startsWith(number))).toBe(true)
    expect(named + numbers.length).toBeGreaterThan(0)
  })

  it('is read whole', () => {
    expect(rows.length).toBeGreaterThan(50)
  })
})
