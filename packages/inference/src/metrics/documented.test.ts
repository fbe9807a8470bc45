import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('what operators are told to watch is measured, under that name and with those labels', () => {
  const sources = readdirSync(new URL('.', import.meta.url))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => text(file))
    .join('\n')
  const named = text('../../../../docs/inference.md').matchAll(/\b(og_[a-z_]+)(?:\{([a-z]+)=)?/g)
  const found = [...named].map(([, name = '', label]) => ({ name, label }))
  expect(found.length).toBeGreaterThan(8)
  for (const { name, label } of found) {
    const at = sources.indexOf(`'${name}'`)
    expect(at, name).toBeGreaterThan(-1)
    if (label !== undefined) expect(sources.slice(at, at + 500), `${name}{${label}}`).toContain(`'${label}'`)
  }
})
