import { kList, Reject, same, u64 } from './bytes.ts'
import { add, equal, fromInt, type K, mul, omega, power, powers, scale, sum, ZERO } from './field.ts'
import { leafHash, rootOf, siblingPlaces } from './merkle.ts'
import { eqTable, suffix } from './mle.ts'
import { G, type Params, variables } from './params.ts'
import type { Transcript } from './transcript.ts'
import type { Proof } from './wire.ts'

/** eq of the row coordinates of each matrix, by row. */
export function rowWeights(params: Params, rho: readonly K[]): K[][] {
  return variables(params).map((nu, matrix) => {
    const own = suffix(rho, nu)
    return eqTable(own.slice(0, nu - params.c)).slice(0, params.rows[matrix]!)
  })
}

/** Step 12 of SPEC 5: the values v at ρ are those of the committed matrices. SPEC 6.4. */
export function checkOpening(
  transcript: Transcript,
  proof: Proof,
  params: Params,
  rho: readonly K[],
  roots: readonly Uint8Array[],
  unchecked: ReadonlySet<string>,
): void {
  const gamma = powers(transcript.challenge('gam'), params.rows.length)
  transcript.absorb('u', kList(proof.u))
  const columnWeights = eqTable(rho.slice(rho.length - params.c))
  const left = sum(proof.u.map((value, j) => mul(value, columnWeights[j]!)))
  if (!equal(left, sum(proof.v.map((value, matrix) => mul(value, gamma[matrix]!))))) throw new Reject('EVAL')
  if (!transcript.grinds(proof.nonce, G) && !unchecked.has('pow')) throw new Reject('POW')
  transcript.absorb('pow', u64(proof.nonce))
  const indices = transcript.indices('q', params.queries, params.l)
  const weights = rowWeights(params, rho)
  const generator = omega(params.l)
  indices.forEach((index, place) => {
    const point = power(generator, BigInt(index))
    let x = ZERO
    for (let j = params.k - 1; j >= 0; j--) x = add(scale(x, point), proof.u[j]!)
    const opened = sum(
      proof.columns.map((columns, matrix) =>
        mul(gamma[matrix]!, sum(columns[place]!.map((cell, i) => mul(weights[matrix]![i]!, fromInt(cell))))),
      ),
    )
    if (!equal(opened, x)) throw new Reject('QUERY', String(index))
  })
  const count = siblingPlaces(indices, params.l).length
  if (proof.siblings.length !== count * roots.length) throw new Reject('BAD_ENCODING', 'length')
  roots.forEach((root, matrix) => {
    const siblings = proof.siblings.slice(matrix * count, (matrix + 1) * count)
    const leaves = new Map(indices.map((index, place) => [index, leafHash(matrix, params, proof.columns[matrix]![place]!)] as const))
    if (!same(rootOf(leaves, siblings, params.l), root) && !unchecked.has('root')) throw new Reject('MERKLE', matrix === 0 ? 'w' : 'W')
  })
}
