import { describe, expect, it } from 'vitest'
import { refusal } from '../../../../protocol/src/testkit/expect.testkit.ts'
import { encodeCbor } from '../cbor.ts'
import { domainHash } from '../hash.ts'
import { readTable } from '../ops/elementwise.ts'
import type { PwlTable } from '../types.ts'
import { exp, FRACTION, fixed, sigmoid, tanh } from './fixed.ts'
import { pwlTable, softmaxTable } from './table.ts'

const real = (value: bigint) => Number(value) / 2 ** Number(FRACTION)
const at = (phi: (x: bigint) => bigint, x: number) => real(phi(fixed(Math.round(x * 2 ** 20), 20)))

describe('real functions in fixed point', () => {
  const points = [-20, -8, -5.5, -3, -1, -0.25, -(2 ** -20), 0, 2 ** -20, 0.125, 1, 2.5, 5.75, 8, 20]
  it.each(points)('agree with float64 at %f', (x) => {
    expect(at(exp, x)).toBeCloseTo(Math.exp(x), x > 9 ? 3 : 9)
    expect(at(sigmoid, x)).toBeCloseTo(1 / (1 + Math.exp(-x)), 14)
    expect(at(tanh, x)).toBeCloseTo(Math.tanh(x), 14)
  })

  it('know e to 50 digits', () => {
    expect(String((exp(1n << FRACTION) * 10n ** 50n) >> FRACTION)).toBe('271828182845904523536028747135266249775724709369995')
  })

  it('end softly at the ends of what a table can ask for', () => {
    expect(exp(fixed(-32768, -40))).toBe(0n)
    expect(real(exp(fixed(1000, 0)))).toBeCloseTo(Math.exp(64), -15)
    expect([real(sigmoid(fixed(32767, -40))), real(tanh(fixed(-32768, -40)))]).toEqual([1, -1])
  })
})

describe('reference tables', () => {
  /** Largest distance between a table and a function over all int16, in units of the function. */
  function error(table: PwlTable, phi: (x: number) => number, f: number, g: number): number {
    let worst = 0
    for (let x = -32768; x < 32768; x++)
      worst = Math.max(worst, Math.abs(readTable(table.rows, x + 32768) / 2 ** (g + 8) - phi(x * 2 ** -f)))
    return worst
  }

  it('keep the errors that SPEC 2.6 states', () => {
    expect(error(pwlTable(0, sigmoid, 12, 15), (x) => 1 / (1 + Math.exp(-x)), 12, 15)).toBeLessThan(7e-5)
    expect(error(pwlTable(0, tanh, 13, 15), Math.tanh, 13, 15)).toBeLessThan(1.2e-4)
  })

  it('of a softmax are exactly 2^14 at 0 and fall', () => {
    for (const f of [0, 8, 12]) {
      const { rows } = softmaxTable(0, exp, f, 14)
      expect(rows[0]![0]).toBe(2 ** 14)
      expect(rows.every(([t, s]) => t >= 0 && s <= 0)).toBe(true)
    }
  })

  it('never change', () => {
    const tables = [pwlTable(0, sigmoid, 12, 15), pwlTable(0, tanh, 12, 15), pwlTable(0, exp, 12, 10), softmaxTable(0, exp, 10, 14)]
    const digests = tables.map(({ rows }) =>
      Buffer.from(domainHash('test', encodeCbor(rows)))
        .toString('hex')
        .slice(0, 16),
    )
    expect(digests).toMatchInlineSnapshot(`
      [
        "e5e83b906d277f92",
        "88269e979fe895ce",
        "0007eddb3519113c",
        "1f11c227bcea6cc3",
      ]
    `)
  })

  it('are refused if an entry does not fit', () => {
    refusal(() => pwlTable(0, exp, 8, 14), 'ZK_LIMIT')
  })
})
