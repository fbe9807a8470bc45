import type { Program } from '../src/program/types.ts'
import { type Code, kList, Reject } from './bytes.ts'
import { add, equal, interpolate, type K, mul, powers, sub, ZERO } from './field.ts'
import { checkTree, leafClaims } from './lookup.ts'
import { type Claim, checkFinal, checkRounds, finalClaim, linearClaim, sentClaims } from './main.ts'
import { eqTable, prefixFactor, suffix } from './mle.ts'
import { checkOpening } from './opening.ts'
import { parameters, variables } from './params.ts'
import { decodeProgram } from './program.ts'
import { shapeOf } from './shape.ts'
import { layout } from './space.ts'
import { absorbHeader, type Fork, type Statement } from './statement.ts'
import { Transcript } from './transcript.ts'
import { readBody, readHeader } from './wire.ts'

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: Code; readonly where?: string }

/** Whether a proof shows its statement. SPEC 5 and 9.2, as they are written; `fork` is for tests that show why a rule is there. */
export function referenceVerify(statement: Statement, bytes: Uint8Array, fork: Fork = {}): Verdict {
  try {
    check(statement, bytes, fork)
    return { ok: true }
  } catch (error) {
    if (error instanceof Reject) return { ok: false, code: error.code, ...(error.where === undefined ? {} : { where: error.where }) }
    throw error
  }
}

function check(statement: Statement, bytes: Uint8Array, fork: Fork): void {
  readHeader(bytes, statement.wroot !== undefined)
  const program = decodeProgram(statement.program)
  const { cells } = layout(program.segments)
  if ((statement.wroot !== undefined) !== cells[1] > 0) throw new Reject('WRONG_MODE', 'weights')
  if (statement.ctx.length > 256) throw new Reject('STATEMENT_MISMATCH', 'ctx')
  const params = parameters(statement.c, statement.l, statement.wroot === undefined ? [cells[0]] : cells)
  const shape = shapeOf(program)
  const proof = readBody(bytes, shape, params)

  const transcript = new Transcript(fork.skip, fork.turned)
  absorbHeader(transcript, statement, params)
  transcript.absorb('root', proof.root)
  const [alpha, beta] = transcript.vector('ab', 2) as [K, K]
  const leaves = shape.levels === 0 ? undefined : checkTree(transcript, proof)
  const tau = transcript.vector('tau', shape.tau)
  const lambda = transcript.challenge('lam')
  transcript.absorb('S', kList([proof.S]))
  const { r, claim: last } = checkRounds(transcript, proof)
  transcript.absorb('E', kList(proof.E))
  const at = { shape, tau, lambda, r, program, pub: statement.pub }
  const final = finalClaim(at, proof.E, last)
  checkFinal(final)

  const claims: Claim[] = [linearClaim(shape, tau, lambda, proof.S, program, statement.pub)]
  if (leaves) {
    const [p, q] = leafClaims(shape, leaves, alpha, beta, program, statement.pub)
    claims.push({ a: p, c: leaves.p }, { a: q, c: leaves.q })
  }
  claims.push(...sentClaims(at, proof.E), final)
  const delta = transcript.challenge('del')
  const listed = fork.claims ? fork.claims(claims) : claims
  const batched = batch(listed, delta, program, variables(params))

  let claim = batched.c
  const rho: K[] = []
  for (const [s0, s2] of proof.batch as readonly (readonly [K, K])[]) {
    transcript.absorb('br', kList([s0, s2]))
    rho.push(transcript.challenge('brc'))
    claim = interpolate([s0, sub(claim, s0), s2], rho.at(-1)!)
  }
  transcript.absorb('v', kList(proof.v))
  let right = ZERO
  variables(params).forEach((nu, matrix) => {
    const weights = eqTable(suffix(rho, nu))
    let at = ZERO
    batched.a[matrix]!.forEach((value, cell) => {
      at = add(at, mul(value, weights[cell]!))
    })
    right = add(right, mul(prefixFactor(rho, nu), mul(at, proof.v[matrix]!)))
  })
  if (!equal(claim, right)) throw new Reject('BATCH')
  const roots = statement.wroot === undefined ? [proof.root] : [proof.root, statement.wroot]
  checkOpening(transcript, proof, params, rho, roots, fork.unchecked ?? new Set())
}

/** Σ δ^i·claim_i as one vector per matrix, its known parts on the right side. SPEC 5, step 9. */
export function batch(claims: readonly Claim[], delta: K, program: Program, nu: readonly number[]): { a: K[][]; c: K } {
  const { offsets } = layout(program.segments)
  const a = nu.map((count) => new Array<K>(2 ** count).fill(ZERO))
  let c = ZERO
  const by = powers(delta, claims.length)
  claims.forEach((claim, i) => {
    c = add(c, mul(by[i]!, sub(claim.c, claim.a.known)))
    for (const [seg, row] of claim.a.cells) {
      const matrix = a[program.segments[seg]![0]]!
      row.forEach((value, cell) => {
        const at = offsets[seg]! + cell
        matrix[at] = add(matrix[at]!, mul(by[i]!, value))
      })
    }
  })
  return { a, c }
}
