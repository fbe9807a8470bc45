import { add, interpolate, inverse, type K, mul, ONE, sub, ZERO } from '../../../reference/field.ts'
import { parameters } from '../../../reference/params.ts'
import { commitMatrix, rootHash } from '../../../reference/prover/commit.ts'
import { type Misbehaviour, referenceProve } from '../../../reference/prover/prove.ts'
import type { Round } from '../../../reference/prover/sumcheck.ts'
import { countLookups } from '../../../reference/prover/tables.ts'
import { layout } from '../../../reference/space.ts'
import type { Fork } from '../../../reference/statement.ts'
import { referenceVerify, type Verdict } from '../../../reference/verify.ts'
import { writeProof } from '../../../reference/wire.ts'
import { outputsOf, pack, run, type Tiny, tiny, withValues } from '../../reference/tiny.ts'

/** A statement with a witness that does not satisfy it. */
export type Lie = Pick<Tiny, 'statement' | 'w' | 'W' | 'program' | 'cells'>

/** The root of the committed weights put into the statement. */
export function registered<T extends Lie>(lie: T): T {
  if (!lie.W) return lie
  const params = parameters(lie.statement.c, lie.statement.l, layout(lie.program.segments).cells)
  return { ...lie, statement: { ...lie.statement, wroot: rootHash(commitMatrix(lie.W, 1, params)) } }
}

/** Everything is honest, but the first output is one too large. */
export function falseOutput(committed = false): Lie {
  const model = tiny(committed)
  const out = model.statement.pub.tensors.get(1)!
  return registered({ ...model, statement: withValues(model.statement, 1, [out[0]! + 1n, ...out.slice(1)]) })
}

/** No saturation: hidden activations are the plain quotients. All relations hold but the range of y. */
export function unclamped(): Lie {
  const model = tiny()
  const { hidden, out } = run(model.statement.pub.tensors.get(0)!, undefined, false)
  const cells = { ...model.cells, 0: hidden.map(({ y }) => y), 1: hidden.map(() => 0n), 2: hidden.map(() => 0n) }
  const statement = withValues(model.statement, 1, out)
  const w = countLookups({ program: model.program, pub: statement.pub, matrices: pack(model.program, cells) })
  return { ...model, statement, w, cells }
}

/** A cell that saturates says so where it does not: u = m = 1 with y inside. Only the products are wrong. */
export function wrongProduct(): Lie {
  const model = tiny()
  const x = model.statement.pub.tensors.get(0)!
  const { hidden } = run(x)
  const inside = hidden.findIndex(({ y, m }) => m === 0n && y < 7n)
  if (inside < 0) throw new Error('every cell saturates')
  // y + m − 2u is what it was, but u·y = y is not 0.
  const one = hidden.map((cell, i) => (i === inside ? { ...cell, y: cell.y + 1n, m: 1n, u: 1n } : cell))
  const cells = { ...model.cells, 0: one.map(({ y }) => y), 1: one.map(({ m }) => m), 2: one.map(({ u }) => u) }
  const out = outputsOf(cells[0])
  const statement = withValues(model.statement, 1, out)
  const w = countLookups({ program: model.program, pub: statement.pub, matrices: pack(model.program, cells) })
  return { ...model, statement, w, cells }
}

/** What a verifier, real or forked, says to a dishonest prover. */
export function verdict(lie: Lie, bad: Misbehaviour, fork: Fork = {}): Verdict {
  return referenceVerify(lie.statement, writeProof(referenceProve(lie.statement, lie.w, lie.W, bad), lie.W !== undefined), fork)
}

/** A round that gives the true value at a challenge known beforehand, whatever the claim: s(2) pays for s(1). */
export function mend({ values, claim }: Round, at: K): K[] {
  const [s0, , s2, ...rest] = values as [K, K, K, ...K[]]
  const held = [s0, sub(claim, s0), s2, ...rest]
  const basis = interpolate(
    values.map((_, i) => (i === 2 ? ONE : ZERO)),
    at,
  )
  const gap = sub(interpolate(values, at), interpolate(held, at))
  return [s0, add(s2, mul(gap, inverse(basis))), ...rest]
}

/** The argument at which an affine function is 0. */
export const rootOf = (f: (x: K) => K): K => {
  const zero = f(ZERO)
  return mul(zero, inverse(sub(zero, f(ONE))))
}
