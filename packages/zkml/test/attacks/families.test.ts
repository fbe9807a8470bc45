import { describe, expect, it } from 'vitest'
import { P } from '../../reference/field.ts'
import { countLookups } from '../../reference/prover/tables.ts'
import { violated } from '../../reference/satisfied.ts'
import { bits, cellOf, layout, realCells } from '../../reference/space.ts'
import { fastProve, fastVerify, verdicts } from '../reference/bridge.ts'
import { drawSeed } from '../reference/seed.ts'
import { families, run } from './families.ts'
import { registered } from './protocol/kit.ts'

describe.each(families.map((family) => [family.name, family] as const))('%s', (_, family) => {
  const lie = run(family)
  const { statement, program, w, W } = lie
  const { offsets } = layout(program.segments)
  const values = (own: readonly bigint[]) => ({ program, pub: statement.pub, matrices: W ? [own, W] : [own] })
  const mults = new Set(program.tables.map((table) => table[5]))

  it('is satisfied, proved, and accepted by both verifiers', () => {
    expect(violated(values(w))).toBeUndefined()
    expect(verdicts(statement, fastProve(statement, w, W))).toEqual(['ok', 'ok'])
  })

  it('is accepted with noise in all padding', () => {
    const random = drawSeed()
    const noisy = [w, ...(W ? [W] : [])].map((matrix) => [...matrix])
    program.segments.forEach(([matrix, space], seg) => {
      const real = new Set([...realCells(space)].map((at) => cellOf(space, at)))
      for (let cell = 0; cell < 2 ** bits(space); cell++) if (!real.has(cell)) noisy[matrix]![offsets[seg]! + cell] = random() % P
    })
    const [own, weights] = noisy
    const other = registered({ ...lie, w: own!, ...(weights ? { W: weights } : {}) })
    expect(verdicts(other.statement, fastProve(other.statement, own!, weights))).toEqual(['ok', 'ok'])
  })

  it('with one committed cell changed is accepted only if every constraint still holds', () => {
    const random = drawSeed()
    const cells = program.segments.flatMap(([matrix, space], seg) =>
      matrix === 1 || mults.has(seg) ? [] : [...realCells(space)].map((at) => offsets[seg]! + cellOf(space, at)),
    )
    const changes = [(x: bigint) => x + 1n, (x: bigint) => x - 1n, () => 0n, () => random() % P, (x: bigint) => P - x]
    let refused = 0
    for (const cell of cells.length <= 24 ? cells : Array.from({ length: 24 }, () => cells[Number(random() % BigInt(cells.length))]!)) {
      const change = changes[Number(random() % 5n)]!
      const other = w.map((value, i) => (i === cell ? (change(value) + P) % P : value))
      const recounted = countLookups(values(other))
      const fault = violated(values(recounted))
      const verdict = fastVerify(statement, fastProve(statement, recounted, W))
      expect(verdict.ok, `cell ${cell}: ${fault}`).toBe(fault === undefined)
      if (!verdict.ok) refused++
    }
    expect(refused).toBeGreaterThan(0)
  })

  it('with a wrong multiplicity is refused', () => {
    for (const [id, , , , , mult] of program.tables) {
      for (const by of [1n, P - 1n]) {
        const other = w.map((value, i) => (i === offsets[mult]! ? (value + by) % P : value))
        expect(fastVerify(statement, fastProve(statement, other, W)), `table ${id}`).toMatchObject({ ok: false, code: 'LOOKUP' })
      }
    }
  })

  it('with any output one off is refused', () => {
    for (const id of lie.made.ir.outputs) {
      const honest = statement.pub.tensors.get(id)!
      for (let i = 0; i < honest.length; i++) {
        const tensors = new Map(statement.pub.tensors).set(
          id,
          honest.map((value, j) => (i === j ? value + 1n : value)),
        )
        const other = { ...statement, pub: { ...statement.pub, tensors } }
        expect(fastVerify(other, fastProve(other, w, W)).ok).toBe(false)
      }
    }
  })
})
