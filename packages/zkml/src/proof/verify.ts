import { OgError } from '@opengradient/protocol'
import type { Kernels } from '../kernels/kernels.ts'
import type { PublicValues } from '../program/types.ts'
import { type Claim, claimsOf, type Steps } from './claims.ts'
import { leafHeader } from './commitment.ts'
import { Desk, type KPtr } from './desk.ts'
import { Forms } from './forms.ts'
import { claimedSum, Functional } from './functional.ts'
import { HEAD_BYTES, type Layout, layoutOf } from './layout.ts'
import { isOutOfMemory } from './memory.ts'
import { GRINDING, MAX_CTX_BYTES, MAX_PROOF_BYTES, type Params } from './params.ts'
import type { Plan } from './plan.ts'
import { Publics } from './publics.ts'
import { absorbHeader, HASH_ID, MODE, type ProofHeader, Transcript, VERSION } from './transcript.ts'
import { Vectors } from './vectors.ts'

/** Why a proof is refused. A proof is refused for the first reason in the order of SPEC 9.2. */
export type RejectCode =
  | 'BAD_ENCODING'
  | 'TOO_LARGE'
  | 'WRONG_VERSION'
  | 'WRONG_MODE'
  | 'WRONG_MODEL'
  | 'UNSUPPORTED_OP'
  | 'BAD_IR'
  | 'BOUND_EXCEEDED'
  | 'LIMIT'
  | 'STATEMENT_MISMATCH'
  | 'BAD_PARAMS'
  | 'NON_CANONICAL'
  | 'LOOKUP'
  | 'SUMCHECK'
  | 'BATCH'
  | 'EVAL'
  | 'POW'
  | 'QUERY'
  | 'MERKLE'
  | 'INTERNAL'

/** `where`: a level of the lookup tree (0: root), `final`, or a place in the proof. */
export type Verification = { readonly ok: true } | { readonly ok: false; readonly code: RejectCode; readonly where?: string | number }

const ACCEPTED: Verification = { ok: true }

function reject(code: RejectCode, where?: string | number): Verification {
  return where === undefined ? { ok: false, code } : { ok: false, code, where }
}

/** The head of a proof, before anything else is believed: SPEC 9.2 step 1. `undefined` if it is in order. `weights`: what it must say. */
export function checkHead(proof: Uint8Array, weights?: 0 | 1): Verification | undefined {
  if (proof.length < HEAD_BYTES) return reject('BAD_ENCODING')
  if (proof.length > MAX_PROOF_BYTES) return reject('TOO_LARGE')
  const magic = [0x5a, 0x4b, 0x4d, 0x4c].every((byte, i) => proof[i] === byte)
  const length = new DataView(proof.buffer, proof.byteOffset).getUint32(8, true)
  if (!magic || length !== proof.length) return reject('BAD_ENCODING')
  if (proof[4] !== VERSION || proof[5] !== HASH_ID) return reject('WRONG_VERSION')
  if (proof[6] !== MODE || proof[7]! > 1 || proof[7] !== (weights ?? proof[7])) return reject('WRONG_MODE')
  return undefined
}

/**
 * Checks a proof of the program for the statement in `header` and `values` (the same x and y, as bytes and as integers): SPEC 9.2 from the
 * head on, without what concerns the model and the statement itself. `params` must have passed `parameters`, and the program
 * `checkVerifierMemory`. Time and memory are bounded by the program. Throws `ZK_MEMORY` alone: this machine does not give the memory that every proof
 * of the program may take, which says nothing about the proof. `wroot` of the header is the root of W.
 */
export function verifyProof(
  kernels: Kernels,
  plan: Plan,
  params: Params,
  header: ProofHeader,
  values: PublicValues,
  proof: Uint8Array,
): Verification {
  const mark = kernels.mark()
  try {
    return checkHead(proof, header.weights) ?? checkProof(kernels, plan, params, header, values, proof)
  } catch (error) {
    if (isOutOfMemory(error)) throw new OgError('ZK_MEMORY', 'zkml: this machine has not the memory to verify the proof', { cause: error })
    return reject('INTERNAL')
  } finally {
    kernels.release(mark)
  }
}

function checkProof(
  kernels: Kernels,
  plan: Plan,
  params: Params,
  header: ProofHeader,
  values: PublicValues,
  proof: Uint8Array,
): Verification {
  const layout = layoutOf(plan, params)
  if (layout.matrices !== header.weights + 1) return reject('WRONG_MODE', 'weights')
  if (header.ctx.length > MAX_CTX_BYTES) return reject('STATEMENT_MISMATCH', 'ctx')
  const paths = proof.length - layout.siblings
  if (paths < 0 || proof.length > layout.maxLength || paths % 32 !== 0) return reject('BAD_ENCODING', 'length')
  const desk = new Desk(kernels)
  const at = desk.alloc(proof.length + 16) + 4
  desk.bytes(at, proof.length).set(proof)
  if (!isCanonical(desk, layout, at)) return reject('NON_CANONICAL')
  return new Verifier(desk, plan, params, layout, header, values, at, proof.length).run()
}

/** Whether every field element of the part of fixed length is below p: all but the head, the root and the nonce. */
function isCanonical({ x }: Desk, { gkr, nonce, columns, siblings }: Layout, proof: number): boolean {
  const below = (from: number, to: number) => x.fCanonical(proof + from, (to - from) / 8) === 1
  return below(gkr, nonce) && below(columns[0], siblings)
}

class Verifier {
  private readonly desk: Desk
  private readonly plan: Plan
  private readonly params: Params
  private readonly layout: Layout
  private readonly header: ProofHeader
  private readonly values: PublicValues
  /** Address and length of the proof. */
  private readonly proof: number
  private readonly length: number

  constructor(
    desk: Desk,
    plan: Plan,
    params: Params,
    layout: Layout,
    header: ProofHeader,
    values: PublicValues,
    proof: number,
    length: number,
  ) {
    this.desk = desk
    this.plan = plan
    this.params = params
    this.layout = layout
    this.header = header
    this.values = values
    this.proof = proof
    this.length = length
  }

  run(): Verification {
    const { desk, plan, layout, proof } = this
    const transcript = new Transcript(desk)
    absorbHeader(desk, transcript, this.header, this.params)
    transcript.absorb('root', proof + layout.root, 32)

    const ab = transcript.squeeze('ab', 2)
    const leafPoint = desk.alloc(16 * Math.max(1, plan.leafBits))
    const leafClaims = desk.alloc(32)
    if (plan.leafBits > 0) {
      const failed = desk.x.gkrVerify(transcript.st, plan.leafBits, proof + layout.gkr, leafPoint, leafClaims)
      if (failed !== 0) return reject('LOOKUP', failed - 1)
    }

    const tau = transcript.squeeze('tau', plan.tauBits)
    const lambda = transcript.squeeze('lam')
    const S = proof + layout.S
    transcript.absorb('S', S, 16)
    const { challenges: r, final } = this.rounds(transcript, 3, plan.mainVars, proof + layout.main, S)
    transcript.absorb('E', proof + layout.E, 16 * plan.sent.length)

    const forms = new Forms(desk, plan.program, new Vectors(desk, plan.vecs), new Publics(desk, plan.program, this.values))
    const steps: Steps = { ab, leafPoint, leafClaims, tau, lambda, S, r, final, E: proof + layout.E }
    const claims = claimsOf(plan, forms, steps)
    if (!endsSumcheck(desk, claims)) return reject('SUMCHECK', 'final')
    return this.batch(transcript, claims) ?? ACCEPTED
  }

  /** Replays the rounds of a sumcheck of degree 3 or 2. */
  private rounds(transcript: Transcript, degree: 2 | 3, count: number, messages: number, claim: KPtr): { challenges: KPtr; final: KPtr } {
    const { desk } = this
    const challenges = desk.alloc(16 * Math.max(1, count))
    const final = desk.add(claim, desk.zero)
    const [message, challenge] = degree === 3 ? (['mr', 'mrc'] as const) : (['br', 'brc'] as const)
    const labels = [desk.kernels.label(message), desk.kernels.label(challenge)] as const
    if (degree === 3) desk.x.verifyRounds3(transcript.st, count, messages, final, challenges, ...labels)
    else desk.x.verifyRounds2(transcript.st, count, messages, final, challenges, ...labels)
    return { challenges, final }
  }

  /** Steps 9 to 12; undefined if they hold. */
  private batch(transcript: Transcript, claims: readonly Claim[]): Verification | undefined {
    const { desk, plan, layout, proof } = this
    const deltas = desk.powers(transcript.squeeze('del'), claims.length)
    const functional = new Functional(desk, plan, claims, deltas)
    const claim = claimedSum(desk, claims, deltas)
    const { challenges: rho, final } = this.rounds(transcript, 2, layout.batchVars, proof + layout.batch, claim)
    const values = proof + layout.values
    let expected = desk.zero
    for (const matrix of this.matrices()) {
      const vars = layout.matrixVars[matrix]
      const prefix = desk.zeroPrefix(rho, layout.batchVars - vars)
      const table = functional.at(matrix, rho + 16 * (layout.batchVars - vars), vars)
      expected = desk.add(expected, desk.mul(prefix, desk.mul(table, values + 16 * matrix)))
    }
    if (!desk.equal(expected, final)) return reject('BATCH')
    transcript.absorb('v', values, 16 * layout.matrices)
    return this.open(transcript, rho)
  }

  /** Step 12 and SPEC 6.4; undefined if it holds. */
  private open(transcript: Transcript, rho: KPtr): Verification | undefined {
    const { desk, layout, proof } = this
    const { c, l, k, queries } = this.params
    const gamma = transcript.squeeze('gam')
    const u = proof + layout.u
    const rhoColumn = rho + 16 * (layout.batchVars - c)
    const value = desk.fresh()
    desk.x.mleK(value, u, k, rhoColumn, c)
    const [v, vW] = [proof + layout.values, proof + layout.values + 16]
    if (!desk.equal(value, layout.matrices === 2 ? desk.add(v, desk.mul(gamma, vW)) : v)) return reject('EVAL')

    transcript.absorb('u', u, 16 * k)
    const nonce = new DataView(desk.x.memory.buffer).getBigUint64(proof + layout.nonce, true)
    if (desk.x.powCheck(transcript.st, nonce, GRINDING) !== 1) return reject('POW')
    transcript.absorb('pow', proof + layout.nonce, 8)
    const indices = desk.alloc(4 * queries)
    desk.x.tsIndices(transcript.st, desk.kernels.label('q'), indices, l, queries)
    if (!this.columnsMatch(rho, gamma, indices)) return reject('QUERY')
    return this.paths(indices)
  }

  /** Check (b): the combined columns are values of u's codeword. */
  private columnsMatch(rho: KPtr, gamma: KPtr, indices: number): boolean {
    const { desk, layout, proof, params } = this
    const { c, l, k, n, queries } = params
    const combined = desk.zeros(16 * queries)
    for (const matrix of this.matrices()) {
      const rows = this.rows(matrix)
      const rowBits = layout.matrixVars[matrix] - c
      const eq = desk.alloc(16 * 2 ** rowBits)
      desk.x.eqTable(eq, rho + 16 * (layout.batchVars - layout.matrixVars[matrix]), rowBits)
      desk.x.columnCombine(combined, proof + layout.columns[matrix], rows, queries, eq, matrix === 0 ? desk.one : gamma)
    }
    const encoded = desk.alloc(16 * queries)
    desk.x.encodeAt(encoded, proof + layout.u, c, l, indices, queries, desk.alloc(16 * (k + n)))
    for (let t = 0; t < queries; t++) if (!desk.equal(combined + 16 * t, encoded + 16 * t)) return false
    return true
  }

  /** Check (c), and that the proof ends where its paths end. */
  private paths(indices: number): Verification | undefined {
    const { desk, layout, proof, params, header } = this
    const { l, queries } = params
    const count = desk.x.multiproofCount(indices, queries, l)
    if (this.length !== layout.siblings + 32 * count * layout.matrices) return reject('BAD_ENCODING', 'length')
    for (const matrix of this.matrices()) {
      const rows = this.rows(matrix)
      const leaves = desk.alloc(32 * queries)
      desk.x.leafHashesOf(leaves, proof + layout.columns[matrix], rows, queries, leafHeader(desk, matrix, rows, params))
      const root = matrix === 0 ? proof + layout.root : desk.put(header.wroot)
      const siblings = proof + layout.siblings + 32 * count * matrix
      if (desk.x.multiproofCheck(root, leaves, indices, queries, l, siblings, count) !== 1) return reject('MERKLE', matrix)
    }
    return undefined
  }

  private rows(matrix: 0 | 1): number {
    return matrix === 0 ? this.params.rows : this.params.rowsW
  }

  private matrices(): readonly (0 | 1)[] {
    return this.layout.matrices === 2 ? [0, 1] : [0]
  }
}

/** C_fin is checked at once where it says nothing about committed cells. SPEC 5 step 9. */
function endsSumcheck(desk: Desk, claims: readonly Claim[]): boolean {
  const { terms, value } = claims.at(-1)!
  return terms.length > 0 || desk.equal(value(), desk.zero)
}
