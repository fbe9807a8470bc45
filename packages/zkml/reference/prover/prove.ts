import { kList, u64 } from '../bytes.ts'
import { add, type K, mul, powers, scale, sub, sum, ZERO } from '../field.ts'
import { leafClaims } from '../lookup.ts'
import { type Claim, finalClaim, linearClaim, sentClaims, sidePoints } from '../main.ts'
import { eqTable, evaluate, prefixFactor, suffix } from '../mle.ts'
import { rowWeights } from '../opening.ts'
import { G, type Params, parameters, variables } from '../params.ts'
import { decodeProgram } from '../program.ts'
import { type Con, groups, type Numbered, type Shape, shapeOf } from '../shape.ts'
import { bits, layout } from '../space.ts'
import { absorbHeader, type Statement } from '../statement.ts'
import { Transcript, type Turned } from '../transcript.ts'
import { batch } from '../verify.ts'
import type { Proof } from '../wire.ts'
import { combine, commitMatrix, rootHash, siblingsOf } from './commit.ts'
import { embed, type Product, type Round, runSumcheck } from './sumcheck.ts'
import { formTable, type Values } from './tables.ts'
import { type Level, leavesOf, levelProducts, levelsOf } from './tree.ts'

/** What a dishonest prover knows when it sends a message. */
export interface Scene {
  /** Challenges that would follow if nothing more were absorbed: true only where a fork leaves an absorb out. */
  readonly peek: (label: string, count?: number) => K[]
  readonly values: Values
  readonly params: Params
  /** In a sumcheck: the true polynomial and the verifier's claim. */
  readonly round?: Round
  /** At "gv": the level's challenges, the verifier's claim and the point of the rounds. */
  readonly level?: { readonly mu: K; readonly point: readonly K[]; readonly bound: readonly K[]; readonly claim: K }
  /** At "S": the value that makes C_S true. */
  readonly linear?: K
  /** At "E": the claims that the verifier would list for these scalars. */
  readonly claims?: (E: readonly K[]) => readonly Claim[]
  /** At "v": the verifier's claim must equal Σ factors[M]·v[M]. */
  readonly last?: { readonly factors: readonly K[]; readonly claim: K }
  /** At "u": the column coordinates, the verifier's value of their combination, and the queries if "u" is not absorbed. */
  readonly opening?: { readonly point: readonly K[]; readonly value: K; readonly queries: () => number[] }
}

/** What a prover does otherwise than the protocol says. */
export interface Misbehaviour {
  readonly skip?: ReadonlySet<string>
  readonly turned?: Turned
  /** The verifier's own forked list of claims, which the prover follows. */
  readonly claims?: <T>(list: readonly T[]) => readonly T[]
  /** Replaces w before it is committed; knows α, β where "root" is not absorbed. */
  readonly witness?: (w: readonly bigint[], peek: Scene['peek']) => readonly bigint[]
  /** Replaces the leaves of the fraction tree. */
  readonly leaves?: (honest: Level, scene: { readonly alpha: K; readonly beta: K; readonly values: Values }) => Level
  /** Replaces a message before it is absorbed. `index` counts the messages with this label. */
  readonly send?: (label: string, index: number, honest: readonly K[], scene: Scene) => readonly K[]
  /** Sees each challenge of the main part. */
  readonly challenge?: (label: string, values: readonly K[]) => void
  /** Finds another nonce than the first. */
  readonly nonce?: (works: (nonce: bigint) => boolean) => bigint
  /** Changes the proof before it is returned. */
  readonly finish?: (proof: Proof) => Proof
}

/** A proof by the definitions, for programs of a handful of cells. `w`, `W`: integers mod p for every cell of the matrices. */
export function referenceProve(
  statement: Statement,
  w: readonly bigint[],
  W: readonly bigint[] | undefined,
  bad: Misbehaviour = {},
): Proof {
  const program = decodeProgram(statement.program)
  const shape = shapeOf(program)
  const { cells } = layout(program.segments)
  const params = parameters(statement.c, statement.l, W === undefined ? [cells[0]] : cells)
  const transcript = new Transcript(bad.skip, bad.turned)
  const peek = (label: string, count = 1) => transcript.copy().vector(label, count)
  const counts = new Map<string, number>()

  absorbHeader(transcript, statement, params)
  const own = bad.witness ? bad.witness(w, peek) : w
  const matrices = W === undefined ? [own] : [own, W]
  const committed = matrices.map((matrix, i) => commitMatrix(matrix, i, params))
  const values: Values = { program, pub: statement.pub, matrices }
  const root = rootHash(committed[0]!)
  transcript.absorb('root', root)

  const send = (label: string, honest: readonly K[], more: Partial<Scene> = {}): readonly K[] => {
    const index = counts.get(label) ?? 0
    counts.set(label, index + 1)
    const sent = bad.send ? bad.send(label, index, honest, { peek, values, params, ...more }) : honest
    transcript.absorb(label, kList(sent))
    return sent
  }
  const rounds = (label: string, challenge: string) => (round: Round) => {
    const sent = send(label, [round.values[0]!, ...round.values.slice(2)], { round })
    return { sent, challenge: transcript.challenge(challenge) }
  }

  const [alpha, beta] = transcript.vector('ab', 2) as [K, K]
  let top: readonly K[] = []
  const levels: Proof['levels'][number][] = []
  let leaf = { point: [] as readonly K[], p: ZERO, q: ZERO }
  if (shape.levels > 0) {
    const honest = leavesOf(shape, alpha, beta, values)
    const tree = levelsOf(bad.leaves ? bad.leaves(honest, { alpha, beta, values }) : honest)
    top = send('g0', [...tree[1]!.P, ...tree[1]!.Q])
    leaf = foldEnds(top, transcript.challenge('g0c'), [])
    for (let j = 1; j < shape.levels; j++) {
      const mu = transcript.challenge('gl')
      const claim = add(leaf.p, mul(mu, leaf.q))
      const run = runSumcheck(levelProducts(tree[j + 1]!, leaf.point, mu), 3, claim, rounds('gr', 'grc'))
      const half = 2 ** j
      const { P, Q } = tree[j + 1]!
      const honest = [P.slice(0, half), P.slice(half), Q.slice(0, half), Q.slice(half)].map((table) => evaluate(table, run.point))
      const ends = send('gv', honest, { level: { mu, point: leaf.point, bound: run.point, claim: run.claim } })
      levels.push({ rounds: run.rounds, ends })
      leaf = foldEnds(ends, transcript.challenge('gvc'), run.point)
    }
  }

  const tau = transcript.vector('tau', shape.tau)
  bad.challenge?.('tau', tau)
  const lambda = transcript.challenge('lam')
  const products = mainProducts(shape, tau, lambda, values)
  const sides = linearClaim(shape, tau, lambda, ZERO, program, statement.pub).a
  const linear = add(sides.known, applied(sides, values))
  const [S] = send('S', [sum(products.flatMap((tables) => totalOf(tables)))], { linear }) as [K]
  const main = runSumcheck(products, 3, S, rounds('mr', 'mrc'))
  const at = { shape, tau, lambda, r: main.point, program, pub: statement.pub }
  const claims: Claim[] = [linearClaim(shape, tau, lambda, S, program, statement.pub)]
  if (shape.levels > 0) {
    const [p, q] = leafClaims(shape, leaf, alpha, beta, program, statement.pub)
    claims.push({ a: p, c: leaf.p }, { a: q, c: leaf.q })
  }
  const honestE = sentClaims(
    at,
    shape.sent.map(() => ZERO),
  ).map(({ a }) => add(a.known, applied(a, values)))
  const forE = (E: readonly K[]) => [...claims, ...sentClaims(at, E), finalClaim(at, E, main.claim)]
  const E = send('E', honestE, { claims: forE })
  const listed = bad.claims ? bad.claims(forE(E)) : forE(E)

  const delta = transcript.challenge('del')
  const nu = variables(params)
  const batched = batch(listed, delta, program, nu)
  const V = Math.max(...nu)
  const padded = matrices.map((matrix, i) => Array.from({ length: 2 ** nu[i]! }, (_, cell): K => [matrix[cell] ?? 0n, 0n]))
  const tables = padded.map((matrix, i) => embed([batched.a[i]!, matrix], 2 ** V))
  const last = runSumcheck(tables, 2, batched.c, rounds('br', 'brc'))
  const rho = last.point
  const factors = nu.map((count, i) => mul(prefixFactor(rho, count), evaluate(batched.a[i]!, suffix(rho, count))))
  const honestV = padded.map((matrix, i) => evaluate(matrix, suffix(rho, nu[i]!)))
  const v = send('v', honestV, { last: { factors, claim: last.claim } })

  const gamma = powers(transcript.challenge('gam'), matrices.length)
  const weights = rowWeights(params, rho)
  const parts = committed.map((matrix, i) => combine(matrix, weights[i]!, params.k))
  const honestU = Array.from({ length: params.k }, (_, j) => sum(parts.map((part, i) => mul(gamma[i]!, part[j]!))))
  const value = sum(v.map((one, i) => mul(gamma[i]!, one)))
  const u = send('u', honestU, {
    opening: { point: rho.slice(rho.length - params.c), value, queries: () => queriesAfter(transcript, params).indices },
  })
  const works = (nonce: bigint) => transcript.grinds(nonce, G)
  const nonce = bad.nonce ? bad.nonce(works) : queriesAfter(transcript, params).nonce
  transcript.absorb('pow', u64(nonce))
  const indices = transcript.indices('q', params.queries, params.l)
  const proof: Proof = {
    root,
    top,
    levels,
    S,
    main: main.rounds,
    E,
    batch: last.rounds,
    v,
    u,
    nonce,
    columns: committed.map((matrix) => indices.map((index) => matrix.columns[index]!)),
    siblings: committed.flatMap((matrix) => siblingsOf(matrix, indices, params.l)),
  }
  return bad.finish ? bad.finish(proof) : proof
}

/** The first nonce that has the work, and the queries that follow it. */
function queriesAfter(transcript: Transcript, params: Params): { nonce: bigint; indices: number[] } {
  const copy = transcript.copy()
  let nonce = 0n
  while (!copy.grinds(nonce, G)) nonce++
  copy.absorb('pow', u64(nonce))
  return { nonce, indices: copy.indices('q', params.queries, params.l) }
}

const foldEnds = (ends: readonly K[], t: K, point: readonly K[]) => {
  const [p0, p1, q0, q1] = ends as [K, K, K, K]
  return { point: [t, ...point], p: add(p0, mul(t, sub(p1, p0))), q: add(q0, mul(t, sub(q1, q0))) }
}

/** ⟨a, matrices⟩. */
export function applied(a: Claim['a'], { program, matrices }: Values): K {
  const { offsets } = layout(program.segments)
  let total = ZERO
  for (const [seg, row] of a.cells) {
    const matrix = matrices[program.segments[seg]![0]]!
    row.forEach((value, i) => {
      total = add(total, scale(value, matrix[offsets[seg]! + i]!))
    })
  }
  return total
}

const totalOf = (tables: Product): K[] => tables[0]!.map((_, i) => tables.reduce<K>((value, table) => mul(value, table[i]!), [1n, 0n]))

/** λ^i·f_i of all instances as tables over the main cube. SPEC 5, step 6. */
function mainProducts(shape: Shape, tau: readonly K[], lambda: K, values: Values): Product[] {
  const by = powers(lambda, shape.numbered.length)
  const one = ({ constraint, instance, size }: Numbered, number: number): Product[] => {
    if (!instance || constraint[0] === 'lin') return []
    const weighted = (table: readonly K[]) => table.map((value) => mul(by[number]!, value))
    if (constraint[0] === 'had') {
      const factor = ([space, consts, from]: (typeof constraint)[1]): K[] => {
        const constant = formTable([space, consts, []], values)
        const tables = from.map(([base, coef]) => [formTable(values.program.bases[base]!, values), coef] as const)
        return constant.map((value, i) => tables.reduce<K>((total, [table, coef]) => add(total, scale(table[i]!, coef)), value))
      }
      return [embed([weighted(eqTable(suffix(tau, size))), factor(constraint[1]), factor(constraint[2])], 2 ** shape.rounds)]
    }
    const [L, R, weight] = contractionTables(constraint, tau, values)
    return [embed([weighted(weight), L, R], 2 ** shape.rounds)]
  }
  return shape.numbered.flatMap(one)
}

/** L(b, τ_m, k), R(b, τ_n, k) and eq(τ_b, b) over (b, k). */
function contractionTables(con: Con, tau: readonly K[], values: Values): [K[], K[], K[]] {
  const { b, k } = groups(con)
  const [left, right] = [formTable(con[1], values), formTable(con[2], values)]
  const cells = Array.from({ length: 2 ** (b + k) }, (_, i) => i)
  const corner = (i: number) => Array.from({ length: b + k }, (_, j): K => [BigInt((i >> (b + k - 1 - j)) & 1), 0n])
  const weight = eqTable(suffix(tau, bits(con[3][0])).slice(0, b))
  return [
    cells.map((i) => evaluate(left, sidePoints(con, tau, corner(i)).L)),
    cells.map((i) => evaluate(right, sidePoints(con, tau, corner(i)).R)),
    cells.map((i) => weight[i >> k]!),
  ]
}
