import { readdirSync, readFileSync } from 'node:fs'
import { CHECK_IDS, ERROR_MEANINGS } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { CHECK_CODES, fact, failure, printable, unproven } from './sentences.ts'

describe('the sentences of a verdict', () => {
  it('hold the values they are given', () => {
    expect(failure('WRONG_CHAIN', { found: '7', expected: '8' })).toBe('The bundle is of chain 7, you trust chain 8.')
    expect(fact('payment.settled', { price: '0.001' })).toBe('Settlement recorded the payment of 0.001 OPG for exactly this receipt.')
  })

  it('are never shown with an empty place: every place has a value where it is used', () => {
    const vectors = new URL('../../../vectors/', import.meta.url)
    for (const group of ['valid', 'forged']) {
      for (const name of readdirSync(new URL(group, vectors))) {
        const { verdict } = JSON.parse(readFileSync(new URL(`${group}/${name}`, vectors), 'utf8'))
        expect(JSON.stringify(verdict), name).not.toMatch(/\{\w+\}|undefined/)
      }
    }
  })

  it('exist for every check and are documented errors', () => {
    for (const id of CHECK_IDS) expect(unproven(id)).toMatch(/\.$/)
    for (const code of CHECK_CODES) expect(ERROR_MEANINGS).toHaveProperty(code)
  })
})

describe('printable', () => {
  it('shows what would move a cursor or hide text as a dot', () => {
    expect(printable('a\u001b[2Jb\u202ec\nd\u2028e\u200b')).toBe('a·[2Jb·c·d·e·')
    expect(printable('naïve – 東京 ✓')).toBe('naïve – 東京 ✓')
  })

  it('cuts what is longer than 300 characters', () => {
    expect(printable('x'.repeat(300))).toBe('x'.repeat(300))
    expect(printable('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`)
  })
})
