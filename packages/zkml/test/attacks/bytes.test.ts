import { describe, expect, it } from 'vitest'
import { P } from '../../reference/field.ts'
import { parameters } from '../../reference/params.ts'
import { shapeOf } from '../../reference/shape.ts'
import { layout } from '../../reference/space.ts'
import type { Statement } from '../../reference/statement.ts'
import { readBody, writeProof } from '../../reference/wire.ts'
import { fastProve, fastVerify, verdicts } from '../reference/bridge.ts'
import { drawSeed } from '../reference/seed.ts'
import { tiny } from '../reference/tiny.ts'
import { registered } from './protocol/kit.ts'

const flipped = (proof: Uint8Array, at: number, by: number) => {
  const copy = proof.slice()
  copy[at] = copy[at]! ^ by
  return copy
}
/** A copy whose length field is right for its length. */
const resized = (proof: Uint8Array) => {
  const copy = proof.slice()
  new DataView(copy.buffer).setUint32(8, copy.length, true)
  return copy
}

describe.each([false, true])('a proof, weights committed: %s', (committed) => {
  const model = registered(tiny(committed))
  const { statement } = model
  const proof = fastProve(statement, model.w, model.W)
  const params = parameters(
    statement.c,
    statement.l,
    committed ? layout(model.program.segments).cells : [layout(model.program.segments).cells[0]],
  )
  const body = readBody(proof, shapeOf(model.program), params)

  it('is refused after a change of any byte', () => {
    const accepted: number[] = []
    for (let at = 0; at < proof.length; at++) if (fastVerify(statement, flipped(proof, at, 1 << (at % 8))).ok) accepted.push(at)
    expect(accepted).toEqual([])
  })
  it('is refused by both verifiers for the same reason', () => {
    const random = drawSeed()
    for (let i = 0; i < 40; i++) {
      const at = Number(random() % BigInt(proof.length))
      const bad = flipped(proof, at, 1 << Number(random() % 8n))
      const [product, reference] = verdicts(statement, bad)
      expect(product, `byte ${at}`).toBe(reference)
      expect(product).not.toBe('ok')
    }
  })
  it.each([0, 1, 4, 11, 12, 13, 43, 44, 60, 100, 1000, -1, -8, -31, -32, -33, -64])('is refused by both when it ends at byte %s', (end) => {
    for (const bad of [proof.slice(0, end), ...(end >= 12 || end < 0 ? [resized(proof.slice(0, end))] : [])]) {
      const [product, reference] = verdicts(statement, bad)
      expect(product).toBe('BAD_ENCODING')
      expect(reference).toBe('BAD_ENCODING')
    }
  })
  it.each([1, 16, 31, 32, 64, 3200, 100_000])('is refused by both with %s bytes more', (more) => {
    for (const make of [(longer: Uint8Array) => longer, resized]) {
      expect(verdicts(statement, make(new Uint8Array([...proof, ...new Uint8Array(more)])))).toEqual(['BAD_ENCODING', 'BAD_ENCODING'])
    }
  })
  it('over 2 MiB is too large', () => {
    const huge = new Uint8Array(2 ** 21 + 1)
    huge.set(proof)
    expect(verdicts(statement, resized(huge))).toEqual(['TOO_LARGE', 'TOO_LARGE'])
  })
  it('with an element plus p is not canonical', () => {
    const plus = (x: readonly [bigint, bigint]) => [x[0], x[1] + P] as const
    // Only a value below 2^32 − 1 has a second form in 64 bits.
    const small = body.columns[0]!.map((column) => column.map((cell) => (cell < 2n ** 32n - 1n ? cell + P : cell)))
    const forms = [
      { ...body, S: plus([body.S[0], 5n]) },
      { ...body, E: body.E.map((x, i) => (i === 0 ? plus([x[0], 7n]) : x)) },
      { ...body, v: body.v.map((x) => [2n ** 64n - 1n, x[1]] as const) },
      { ...body, u: body.u.map((x, i) => (i === 31 ? plus([x[0], 0n]) : x)) },
      { ...body, columns: [[[P, ...small[0]!.slice(1)], ...body.columns[0]!.slice(1)], ...body.columns.slice(1)] },
    ]
    for (const form of forms) expect(verdicts(statement, writeProof(form, committed))).toEqual(['NON_CANONICAL', 'NON_CANONICAL'])
  })
  it.each([
    ['version', 4, 2, 'WRONG_VERSION'],
    ['hash', 5, 2, 'WRONG_VERSION'],
    ['mode', 6, 1, 'WRONG_MODE'],
    ['weights', 7, committed ? 0 : 1, 'WRONG_MODE'],
    ['unknown flags', 7, committed ? 3 : 2, 'WRONG_MODE'],
  ] as const)('of another %s is refused', (_, at, value, code) => {
    const bad = proof.slice()
    bad[at] = value
    expect(verdicts(statement, bad)).toEqual([code, code])
  })
  const others: [string, Partial<Statement>][] = [
    ['model', { zkModelId: new Uint8Array(32).fill(9) }],
    ['context', { ctx: new Uint8Array([1, 2, 4]) }],
    ['input bytes', { x: new Uint8Array(statement.x.length) }],
    ['output bytes', { y: new Uint8Array(statement.y.length) }],
  ]
  if (committed) others.push(['root of the weights', { wroot: new Uint8Array(32).fill(1) }])
  it.each(others)('is not one for another %s', (_, other) => {
    const [product, reference] = verdicts({ ...statement, ...other }, proof)
    expect(product).toBe(reference)
    expect(product).toBe('LOOKUP')
  })
  it('is not one for other values of the same bytes', () => {
    const change = (id: number) =>
      new Map(statement.pub.tensors).set(
        id,
        statement.pub.tensors.get(id)!.map((value, i) => (i === 0 ? value + 1n : value)),
      )
    for (const id of [0, 1]) {
      const [product, reference] = verdicts({ ...statement, pub: { ...statement.pub, tensors: change(id) } }, proof)
      expect(product).toBe(reference)
      expect(product).toBe('BATCH')
    }
  })
  it('with the siblings or columns of another order is refused', () => {
    const swap = <T>(list: readonly T[]) => [list[1]!, list[0]!, ...list.slice(2)]
    expect(verdicts(statement, writeProof({ ...body, siblings: swap(body.siblings) }, committed))).toEqual(['MERKLE', 'MERKLE'])
    expect(verdicts(statement, writeProof({ ...body, columns: [swap(body.columns[0]!), ...body.columns.slice(1)] }, committed))).toEqual([
      'QUERY',
      'QUERY',
    ])
  })
  it('with a nonce that has no work is refused', () => {
    const [product, reference] = verdicts(statement, writeProof({ ...body, nonce: body.nonce + 1n }, committed))
    expect([product, reference]).toEqual(['POW', 'POW'])
  })
})
