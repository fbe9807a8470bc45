import { readdirSync, readFileSync } from 'node:fs'
import { CHECK_IDS, ERROR_MEANINGS } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { CHECK_CODES, fact, failure, unproven } from './sentences.ts'

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

it('a value is a line that any screen can hold, also where it is cut', () => {
  const says = failure('PARAMETERS_ADDED', { name: `\u202e${'x'.repeat(298)}😀` })
  expect(says).toBe(`The operator added ·${'x'.repeat(298)}·…, which the request did not ask for.`)
  expect(new TextDecoder().decode(new TextEncoder().encode(says))).toBe(says)
})
