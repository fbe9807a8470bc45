import { tagged } from '../../reference/bytes.ts'
import { mod, P } from '../../reference/field.ts'
import { decodeProgram, encodeProgram } from '../../reference/program.ts'
import type { Statement } from '../../reference/statement.ts'
import { referenceVerify, type Verdict } from '../../reference/verify.ts'
import { Kernels } from '../../src/kernels/kernels.ts'
import type { Program, PublicValues, Witness } from '../../src/program/types.ts'
import { parameters } from '../../src/proof/params.ts'
import { type Plan, planOf } from '../../src/proof/plan.ts'
import { prove } from '../../src/proof/prove.ts'
import type { ProofHeader } from '../../src/proof/transcript.ts'
import { type Verification, verifyProof } from '../../src/proof/verify.ts'

export const kernels = Kernels.loadSync()
const plans = new Map<string, Plan>()

/** The statement as the product's prover and verifier take it. */
export function fast(statement: Statement) {
  const key = Buffer.from(tagged('plan', statement.program)).toString('hex')
  const plan = plans.get(key) ?? planOf(decodeProgram(statement.program))
  plans.set(key, plan)
  const params = parameters(statement.c, statement.l, plan.packing.cells[0], statement.wroot ? plan.packing.cells[1] : 0)!
  const header: ProofHeader = {
    weights: statement.wroot ? 1 : 0,
    zkModelId: statement.zkModelId,
    programHash: tagged('zkml/v1/prog', statement.program),
    x: statement.x,
    y: statement.y,
    ctx: statement.ctx,
    wroot: statement.wroot ?? new Uint8Array(),
  }
  const ints = (values: readonly bigint[]) => BigInt64Array.from(values)
  const values: PublicValues = {
    tensors: new Map([...statement.pub.tensors].map(([id, tensor]) => [id, ints(tensor)])),
    weights: statement.pub.weights.map(ints),
  }
  return { plan, params, header, values }
}

/** The integer of smallest size that is this element of F, which a witness of signed 64-bit integers can hold. */
export const signed = (value: bigint): bigint => BigInt.asIntN(64, mod(value) > P / 2n ? mod(value) - P : mod(value))

/** A proof by the product's prover, of matrices mod p. */
export function fastProve(statement: Statement, w: readonly bigint[], W?: readonly bigint[]): Uint8Array {
  const { plan, params, header, values } = fast(statement)
  const witness: Witness = { w: BigInt64Array.from(w, signed), ...(W ? { W: BigInt64Array.from(W, signed) } : {}) }
  return prove(kernels, plan, params, header, values, witness)
}

export function fastVerify(statement: Statement, proof: Uint8Array): Verification {
  const { plan, params, header, values } = fast(statement)
  return verifyProof(kernels, plan, params, header, values, proof)
}

/** Both verdicts, without `where`, which is for people. */
export const verdicts = (statement: Statement, proof: Uint8Array): [product: string, reference: string] => {
  const short = (verdict: Verification | Verdict) => (verdict.ok ? 'ok' : verdict.code)
  return [short(fastVerify(statement, proof)), short(referenceVerify(statement, proof))]
}

/** A statement about a program and its public values; x and y are stand-ins of their own. */
export function statementOf(program: Program, values: PublicValues, c = 5, l = 8): Statement {
  return {
    program: encodeProgram(program),
    zkModelId: new Uint8Array(32).fill(1),
    ctx: new Uint8Array(9).fill(5),
    x: new Uint8Array(24).fill(3),
    y: new Uint8Array(48).fill(4),
    pub: {
      tensors: new Map([...values.tensors].map(([id, tensor]) => [id, Array.from<bigint | number, bigint>(tensor, BigInt)])),
      weights: values.weights.map((weights) => Array.from<bigint | number, bigint>(weights, BigInt)),
    },
    c,
    l,
  }
}
/** A witness as integers mod p. */
export const matrix = (cells: BigInt64Array): bigint[] => Array.from(cells, mod)
