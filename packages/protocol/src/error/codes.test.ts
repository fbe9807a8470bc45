import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_MEANINGS } from './codes.ts'

const codes = Object.entries(ERROR_MEANINGS)

/** `docs/errors.md`: the place that the `docs` of every error points to. */
function errorsPage(): string {
  const rows = codes.map(([code, meaning]) => `| <a id="${code}"></a>\`${code}\` | ${meaning} |`)
  return [
    '# Errors',
    '',
    'Every error has one of these codes. Generated from `packages/protocol/src/error/codes.ts`; to write it anew:',
    '`npx vitest run packages/protocol/src/error -u`.',
    '',
    '| code | what it means, what to do |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

describe('the table of error codes', () => {
  it('is printed in docs/errors.md', async () => {
    await expect(errorsPage()).toMatchFileSnapshot('../../../../docs/errors.md')
  })

  it.each(codes)('%s is upper snake case and is explained by full sentences', (code, meaning) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/)
    expect(meaning).toMatch(/^\S.{10,200}\.$/)
  })

  it('is sorted inside each area, so that two additions merge', () => {
    const source = readFileSync(new URL('./codes.ts', import.meta.url), 'utf8')
    const areas = source.split(/^ {2}\/\/ /m).slice(1)
    expect(areas.length).toBeGreaterThan(10)
    for (const area of areas) {
      const names = [...area.matchAll(/^ {2}([A-Z0-9_]+):/gm)].map(([, name]) => name)
      expect(names, area.split('\n')[0]).toEqual([...names].sort())
    }
  })
})
