import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { space } from '../program/space.ts'
import { HEAD_BYTES } from './layout.ts'
import { MAX_PROOF_BYTES } from './params.ts'
import { everything } from './samples.testkit.ts'
import { kernels, Session } from './session.testkit.ts'
import type { RejectCode } from './verify.ts'
import { ids, only, SampleWriter } from './writer.testkit.ts'

const session = new Session(everything({ committed: true }))
const proof = session.prove()
const { layout } = session

function changed(change: (bytes: Uint8Array) => void, of = proof): Uint8Array {
  const copy = of.slice()
  change(copy)
  return copy
}

function withLength(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(8, bytes.length, true)
  return bytes
}

function codeOf(bytes: Uint8Array, at = session): RejectCode | 'ok' {
  const verdict = at.verify(bytes)
  return verdict.ok ? 'ok' : verdict.code
}

describe('every byte of a proof counts', () => {
  test('each byte of a small proof flipped is refused, with a code that names the part', () => {
    const writer = new SampleWriter()
    const a = writer.segment('a', [2], [1, 0])
    writer.tables.push([1, 'range', 1, [], space([2]), writer.segment('mult', [2], [1, 1])])
    writer.constraints.push(['look', 1, [only(space([2]), a, ids(1))]])
    const small = new Session(writer.finish())
    const whole = small.prove()
    expect(small.verify(whole)).toEqual({ ok: true })
    for (let i = 0; i < whole.length; i++) {
      const code = codeOf(
        changed((bytes) => (bytes[i]! ^= 1 << (i % 8)), whole),
        small,
      )
      expect(code, `byte ${i}`).not.toBe('ok')
      expect(code, `byte ${i}`).not.toBe('INTERNAL')
    }
  })

  test.each([
    ['head', 0, HEAD_BYTES, ['BAD_ENCODING', 'WRONG_VERSION', 'WRONG_MODE']],
    ['root', layout.root, layout.gkr, ['LOOKUP']],
    ['lookups', layout.gkr, layout.S, ['LOOKUP', 'NON_CANONICAL', 'BATCH']],
    ['S, rounds and E', layout.S, layout.batch, ['BATCH', 'NON_CANONICAL']],
    ['batching', layout.batch, layout.values, ['BATCH', 'NON_CANONICAL']],
    ['values', layout.values, layout.u, ['BATCH', 'NON_CANONICAL']],
    ['u', layout.u, layout.nonce, ['EVAL', 'NON_CANONICAL']],
    ['nonce', layout.nonce, layout.columns[0], ['POW', 'QUERY', 'BAD_ENCODING']],
    ['columns of w', layout.columns[0], layout.columns[1], ['QUERY', 'NON_CANONICAL']],
    ['columns of W', layout.columns[1], layout.siblings, ['QUERY', 'NON_CANONICAL']],
    ['siblings', layout.siblings, proof.length, ['MERKLE']],
  ] as const)('%s', (_, from, to, codes) => {
    const step = Math.max(1, Math.floor((to - from) / 150))
    for (let i = from; i < to; i += step) expect(codes, `byte ${i}`).toContain(codeOf(changed((bytes) => (bytes[i]! ^= 0x10))))
  })
})

describe('lengths', () => {
  test('truncated, extended and mislabelled proofs are refused', () => {
    for (const length of [0, 1, 11, 12, 13, layout.siblings - 1, proof.length - 32, proof.length - 1])
      expect(codeOf(proof.slice(0, length)), `${length}`).toBe('BAD_ENCODING')
    for (const length of [12, 100, layout.siblings - 32, layout.siblings, proof.length - 32, proof.length - 1, proof.length - 16])
      expect(codeOf(withLength(proof.slice(0, length))), `${length}`).toBe('BAD_ENCODING')
    for (const more of [1, 8, 32, 64, 100_000]) {
      const longer = new Uint8Array(proof.length + more)
      longer.set(proof)
      expect(codeOf(longer)).toBe('BAD_ENCODING')
      expect(codeOf(withLength(longer))).toBe('BAD_ENCODING')
    }
  })

  test('a proof of more than 2 MiB is refused unread', () => {
    expect(codeOf(withLength(new Uint8Array(MAX_PROOF_BYTES + 1)))).toBe('TOO_LARGE')
  })
})

test('a field element written as itself plus p is refused', () => {
  const small = [layout.gkr, layout.S, layout.main, layout.batch, layout.values, layout.u, layout.columns[0], layout.columns[1]]
  let tried = 0
  for (const from of small)
    for (let at = from; at < from + 2048 && at < layout.siblings; at += 8) {
      const view = new DataView(proof.buffer, proof.byteOffset)
      const value = view.getBigUint64(at, true)
      if (value >= 0xffff_ffffn || (at >= layout.nonce && at < layout.columns[0])) continue
      tried++
      const alias = changed((bytes) => new DataView(bytes.buffer).setBigUint64(at, value + 0xffff_ffff_0000_0001n, true))
      expect(codeOf(alias)).toBe('NON_CANONICAL')
    }
  for (const at of [layout.gkr, layout.u, layout.columns[0]]) {
    const p = changed((bytes) => new DataView(bytes.buffer).setBigUint64(at, 0xffff_ffff_0000_0001n, true))
    expect(codeOf(p)).toBe('NON_CANONICAL')
  }
  expect(tried).toBeGreaterThanOrEqual(0)
})

describe('a proof is bound to its statement', () => {
  const other = (bytes: Uint8Array) => changed((copy) => (copy[0]! ^= 1), bytes)
  const { header, sample } = session

  test.each([
    ['zkModelId', { ...header, zkModelId: other(header.zkModelId) }],
    ['programHash', { ...header, programHash: other(header.programHash) }],
    ['x', { ...header, x: other(header.x) }],
    ['y', { ...header, y: other(header.y) }],
    ['longer x', { ...header, x: new Uint8Array([...header.x, 0]) }],
    ['ctx', { ...header, ctx: other(header.ctx) }],
    ['empty ctx', { ...header, ctx: new Uint8Array() }],
    ['root of W', { ...header, wroot: other(header.wroot) }],
  ])('another %s is refused', (_, changedHeader) => {
    expect(session.verify(proof, changedHeader)).toEqual({ ok: false, code: 'LOOKUP', where: 1 })
  })

  test('other public values are refused', () => {
    for (const [id, values] of sample.values.tensors) {
      const copy = values.slice()
      if (copy instanceof BigInt64Array) copy[0]! += 1n
      else copy[0]! += 1
      const tensors = new Map([...sample.values.tensors, [id, copy]])
      expect(session.verify(proof, header, { ...sample.values, tensors })).toMatchObject({ ok: false })
    }
  })

  test('other public weights are refused', () => {
    const open = new Session(everything())
    const [weights] = open.sample.values.weights
    const copy = Int16Array.from(weights as Int16Array)
    copy[3]! += 1
    expect(open.verify(open.prove(), open.header, { ...open.sample.values, weights: [copy] })).toMatchObject({ ok: false })
  })

  test('a proof about committed weights is none about public weights', () => {
    expect(session.verify(proof, { ...header, weights: 0, wroot: new Uint8Array() })).toEqual({ ok: false, code: 'WRONG_MODE' })
    const relabelled = changed((bytes) => (bytes[7] = 0))
    expect(session.verify(relabelled, { ...header, weights: 0 })).toEqual({ ok: false, code: 'WRONG_MODE', where: 'weights' })
  })

  test('a context of more than 256 bytes is refused', () => {
    expect(session.verify(proof, { ...header, ctx: new Uint8Array(257) })).toMatchObject({ ok: false, code: 'STATEMENT_MISMATCH' })
  })

  test('mode 1 is refused', () => {
    expect(codeOf(changed((bytes) => (bytes[6] = 1)))).toBe('WRONG_MODE')
  })

  test('a proof under other parameters is refused', () => {
    expect(codeOf(proof, new Session(everything({ committed: true }), 6, 8))).not.toBe('ok')
  })
})

test('bytes of any length cost no memory beyond that of the program and 2 MiB', () => {
  const { memory } = kernels.fn
  session.verify(proof)
  const before = memory.buffer.byteLength
  for (const length of [12, proof.length, proof.length + 32, layout.maxLength, layout.maxLength + 1, MAX_PROOF_BYTES]) {
    const bytes = new Uint8Array(length)
    bytes.set(proof.subarray(0, Math.min(length, proof.length)))
    expect(session.verify(withLength(bytes)).ok).toBe(length === proof.length)
  }
  expect(memory.buffer.byteLength).toBe(before)
})

test('a proof is checked in memory of its own: what was there before stays', () => {
  const mark = kernels.mark()
  const before = kernels.put(new Uint8Array(64).fill(165))
  expect(session.verify(proof)).toEqual({ ok: true })
  expect(kernels.bytes(before, 64)).toEqual(new Uint8Array(64).fill(165))
  kernels.release(mark)
})

const fault = { ...session.header, ctx: undefined as never }

test('memory is given back after a proof, a refusal and a fault', () => {
  const mark = kernels.mark()
  const wrong = changed((bytes) => bytes.set([bytes[HEAD_BYTES]! ^ 1], HEAD_BYTES))
  for (const answer of [() => session.verify(proof), () => session.verify(wrong), () => session.verify(proof, fault)]) {
    answer()
    expect(kernels.mark()).toBe(mark)
  }
})

test('a fault inside is a verdict of its own, without a place', () => {
  const verdict = session.verify(proof, fault)
  expect(Object.entries(verdict)).toEqual(Object.entries({ ok: false, code: 'INTERNAL' }))
})

test('no bytes make the verifier throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      expect(session.verify(bytes).ok).toBe(false)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (noise, at) => {
      const verdict = session.verify(changed((bytes) => bytes.set(noise, HEAD_BYTES + (at % (bytes.length - HEAD_BYTES - noise.length)))))
      if (!verdict.ok) expect(verdict.code).not.toBe('INTERNAL')
    }),
  )
})
