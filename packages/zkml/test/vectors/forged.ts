import { bytesToHex, type Hex } from '@opengradient/protocol'
import { add, inverse, type K, mul, sub, ZERO } from '../../reference/field.ts'
import { eq, eqTable } from '../../reference/mle.ts'
import { encodeProgram } from '../../reference/program.ts'
import { type Misbehaviour, referenceProve } from '../../reference/prover/prove.ts'
import { layout } from '../../reference/space.ts'
import type { Statement } from '../../reference/statement.ts'
import { writeProof } from '../../reference/wire.ts'
import type { Published } from '../attacks/model.ts'
import { matrix } from '../reference/bridge.ts'

/** A refused proof, as `RejectedVector` but for the model that it is of. */
export interface Forgery {
  readonly says: string
  readonly proof: Hex
  readonly code: string
}

/** An honest proof whose nonce is not the first that has the work, but one of 64 bits. */
export const farNonce = (published: Published): Uint8Array =>
  writeProof(
    referenceProve(statementOf(published), matrix(published.witness.w), undefined, {
      nonce: (works) => {
        let nonce = 0xfedcba9876543210n
        while (!works(nonce)) nonce++
        return nonce
      },
    }),
    false,
  )

type Send = NonNullable<Misbehaviour['send']>

/** Proofs of a dishonest prover who goes on where the product's own stops, of a small model with public weights. */
export function forgeries(published: Published): Forgery[] {
  const statement = statementOf(published)
  const w = matrix(published.witness.w)
  const forge = (says: string, code: string, bad: Misbehaviour, cells: readonly bigint[] = w): Forgery => ({
    ...{ says, code },
    proof: bytesToHex(writeProof(referenceProve(statement, cells, undefined, bad), false)),
  })
  const { program } = published.model.program(1).lowered
  const { offsets } = layout(program.segments)
  const counted = w.map((cell, i) => (i === offsets[program.tables[0]![5]] ? cell + 1n : cell))
  return [
    forge('one lookup more counted than made, all else true', 'LOOKUP', {}, counted),
    forge('root of the lookups made to hold, all below true', 'LOOKUP', { send: rootHolds }, counted),
    forge('denominator of the root that is 0', 'LOOKUP', { send: noDenominator }),
    ...COORDINATES.flatMap(([name, off]) => [
      forge(`last level of the lookups off in its ${name} coordinate`, 'LOOKUP', { send: lastLevel(off, published) }),
      forge(`value of the matrix off in its ${name} coordinate`, 'BATCH', { send: matrixValue(off) }),
      forge(`combined row off in its ${name} coordinate`, 'EVAL', { send: combinedRow(off) }),
    ]),
  ]
}

const COORDINATES: readonly (readonly [string, K])[] = [
  ['first', [1n, 0n]],
  ['second', [0n, 1n]],
]

/** p0 as the root wants it: p0·q1 + p1·q0 = 0. */
const rootHolds: Send = (label, _, honest) => {
  if (label !== 'g0') return honest
  const [, p1, q0, q1] = honest as [K, K, K, K]
  return [mul(sub(ZERO, mul(p1, q0)), inverse(q1)), p1, q0, q1]
}

/** Both fractions 0/0: their sum is 0 whatever the lookups are. */
const noDenominator: Send = (label, _, honest) => (label === 'g0' ? honest.map(() => ZERO) : honest)

/** p0 of the last level such that the verifier's check of it is off by `by`. */
const lastLevel =
  (by: K, published: Published): Send =>
  (label, index, honest, { level }) => {
    if (label !== 'gv' || index !== published.model.program(1).plan.leafBits - 2) return honest
    const [p0, p1, q0, q1] = honest as [K, K, K, K]
    return [add(p0, mul(by, inverse(mul(eq(level!.point, level!.bound), q1)))), p1, q0, q1]
  }

const matrixValue =
  (by: K): Send =>
  (label, _, honest, { last }) =>
    label === 'v' ? [add(honest[0]!, mul(by, inverse(last!.factors[0]!)))] : honest

const combinedRow =
  (by: K): Send =>
  (label, _, honest, { opening }) => {
    if (label !== 'u') return honest
    const [first] = eqTable(opening!.point)
    return [add(honest[0]!, mul(by, inverse(first!))), ...honest.slice(1)]
  }

/** What the slow prover takes a published statement as. */
function statementOf({ model, statement: { zkModelId, ctx, x, y }, values }: Published): Statement {
  const { lowered, params } = model.program(1)
  const ints = (array: ArrayLike<bigint | number>) => Array.from<bigint | number, bigint>(array, BigInt)
  const pub = { tensors: new Map([...values.tensors].map(([id, tensor]) => [id, ints(tensor)])), weights: values.weights.map(ints) }
  return { program: encodeProgram(lowered.program), zkModelId, ctx, x, y, pub, c: params!.c, l: params!.l }
}
