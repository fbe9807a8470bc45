import { isArrayOf, OgError } from '@opengradient/protocol'
import type { Kernels } from '../kernels/kernels.ts'
import type { PublicValues } from '../program/types.ts'
import { claimsOf, type Steps } from './claims.ts'
import { addCombinedRows, type Committed, commit, fieldCells, rootOf } from './commitment.ts'
import { Desk, type KPtr } from './desk.ts'
import { Forms } from './forms.ts'
import { Functional } from './functional.ts'
import { HEAD_BYTES, type Layout, layoutOf } from './layout.ts'
import { proveLookups } from './lookups.ts'
import { proveMain } from './main.ts'
import { checkMemory } from './memory.ts'
import { GRINDING, type Params } from './params.ts'
import type { Plan } from './plan.ts'
import { Publics } from './publics.ts'
import { type IndexCache, Tables } from './table.ts'
import { absorbHeader, HASH_ID, MODE, type ProofHeader, Transcript, VERSION } from './transcript.ts'
import { Vectors } from './vectors.ts'

/** Committed weights that lie in memory, below everything that a proof allocates. */
export type CommittedWeights = Committed

/** The cells of a witness; those of W may be committed already. */
export interface ProverWitness {
  readonly w: BigInt64Array
  readonly W?: BigInt64Array | CommittedWeights
}

/** What a prover keeps between proofs of one program. */
export interface ProverCache {
  readonly indices: IndexCache
}

/** Called at the end of each phase with its name, to measure. */
export type Phase = (name: string) => void

/**
 * The proof that the witness satisfies the program for these public values: SPEC 5 and 6, mode 0. It is not checked here: a false witness
 * gives a proof that no verifier accepts. Throws `ZK_MEMORY`.
 */
export function prove(
  kernels: Kernels,
  plan: Plan,
  params: Params,
  header: ProofHeader,
  values: PublicValues,
  witness: ProverWitness,
  cache: ProverCache = { indices: new Map() },
  phase: Phase = () => {},
): Uint8Array {
  checkMemory(kernels.fn, plan, params)
  const mark = kernels.mark()
  try {
    return new Prover(new Desk(kernels), plan, params, header, values, witness, cache, phase).run()
  } finally {
    kernels.release(mark)
  }
}

class Prover {
  private readonly desk: Desk
  private readonly plan: Plan
  private readonly params: Params
  private readonly header: ProofHeader
  private readonly values: PublicValues
  private readonly witness: ProverWitness
  private readonly cache: ProverCache
  private readonly phase: Phase
  private readonly layout: Layout
  /** First byte of the proof; its body is aligned to 8. */
  private readonly proof: number

  constructor(
    desk: Desk,
    plan: Plan,
    params: Params,
    header: ProofHeader,
    values: PublicValues,
    witness: ProverWitness,
    cache: ProverCache,
    phase: Phase,
  ) {
    this.desk = desk
    this.plan = plan
    this.params = params
    this.header = header
    this.values = values
    this.witness = witness
    this.cache = cache
    this.phase = phase
    this.layout = layoutOf(plan, params)
    this.proof = desk.zeros(this.layout.maxLength + 16) + 4
  }

  run(): Uint8Array {
    const { desk, plan, layout, proof } = this
    const committed = this.commitAll()
    const transcript = this.start(committed)
    const forms = new Forms(desk, plan.program, new Vectors(desk, plan.vecs), new Publics(desk, plan.program, this.values))
    const tables = new Tables(forms, (segment) => this.segment(committed, segment), this.cache.indices)

    const ab = transcript.squeeze('ab', 2)
    const leaves = proveLookups(desk, plan, tables, transcript, ab, proof + layout.gkr)
    this.phase('lookups')

    const tau = transcript.squeeze('tau', plan.tauBits)
    const lambda = transcript.squeeze('lam')
    const main = proveMain({ desk, plan, forms, tables, transcript, tau, lambda, proof, layout })
    this.phase('main')

    const steps: Steps = { ab, ...leaves, tau, lambda, S: proof + layout.S, final: desk.zero, E: proof + layout.E, ...main }
    const rho = this.batch(forms, steps, transcript, committed)
    const length = this.open(transcript, committed, rho)
    this.phase('open')
    return desk.bytes(proof, length).slice()
  }

  /** Step 1: brings the witness into memory and commits it. */
  private commitAll(): Committed[] {
    const { desk, witness, params } = this
    const matrices = witness.W === undefined ? [witness.w] : [witness.w, witness.W]
    const committed = matrices.map((values, matrix) => {
      const count = isArrayOf('BigInt64Array', values) ? values.length : values.count
      if (count !== this.plan.packing.cells[matrix]) throw new OgError('ZK_WITNESS', 'zkml: the witness has not the cells of the program')
      return isArrayOf('BigInt64Array', values) ? commit(desk, matrix as 0 | 1, fieldCells(desk, values), count, params) : values
    })
    this.phase('commit')
    return committed
  }

  private start(committed: readonly Committed[]): Transcript {
    const { desk, proof, layout } = this
    const head = desk.bytes(proof, HEAD_BYTES)
    head.set([0x5a, 0x4b, 0x4d, 0x4c, VERSION, HASH_ID, MODE, this.header.weights])
    desk.bytes(proof + layout.root, 32).set(desk.bytes(rootOf(committed[0]!), 32))
    const transcript = new Transcript(desk)
    absorbHeader(desk, transcript, this.header, this.params)
    transcript.absorb('root', proof + layout.root, 32)
    return transcript
  }

  private segment(committed: readonly Committed[], segment: number) {
    const [matrix, space] = this.plan.program.segments[segment]!
    const axes = space.map(([n, bits]) => ({ n, length: 2 ** bits }))
    return { at: committed[matrix]!.cells + 8 * this.plan.packing.offsets[segment]!, kind: 'F' as const, axes }
  }

  /** Steps 9 to 11. Returns ρ. */
  private batch(forms: Forms, steps: Steps, transcript: Transcript, committed: readonly Committed[]): KPtr {
    const { desk, plan, layout, proof } = this
    const claims = claimsOf(plan, forms, steps)
    const functional = new Functional(desk, plan, claims, desk.powers(transcript.squeeze('del'), claims.length))
    const records = committed.flatMap(({ matrix, cells, count }) => {
      const vars = layout.matrixVars[matrix]
      const scratch = desk.alloc(16 * Math.max(1, Math.min(count, 2 ** Math.max(0, vars - 1))))
      return [vars, count, functional.table(matrix), cells, scratch, 0, 0, 0]
    })
    this.phase('claims')
    const rho = desk.alloc(16 * layout.batchVars)
    const { kernels } = desk
    const mats = kernels.put(Uint32Array.from(records))
    const labels = [kernels.label('br'), kernels.label('brc')] as const
    desk.x.batchProve(transcript.st, mats, committed.length, layout.batchVars, proof + layout.batch, rho, proof + layout.values, ...labels)
    transcript.absorb('v', proof + layout.values, 16 * committed.length)
    this.phase('batch')
    return rho
  }

  /** Step 12. Returns the length of the proof. */
  private open(transcript: Transcript, committed: readonly Committed[], rho: KPtr): number {
    const { desk, layout, proof, params } = this
    const { c, l, k, queries } = params
    const gamma = transcript.squeeze('gam')
    const u = desk.zeros(16 * k)
    for (const part of committed) {
      const rowBits = layout.matrixVars[part.matrix] - c
      const rhoRow = rho + 16 * (layout.batchVars - layout.matrixVars[part.matrix])
      addCombinedRows(desk, u, part, rhoRow, rowBits, part.matrix === 0 ? desk.one : gamma, params)
    }
    desk.bytes(proof + layout.u, 16 * k).set(desk.bytes(u, 16 * k))
    transcript.absorb('u', proof + layout.u, 16 * k)
    const nonce = desk.x.powFind(transcript.st, GRINDING)
    const view = new DataView(desk.x.memory.buffer, proof)
    view.setBigUint64(layout.nonce, nonce, true)
    transcript.absorb('pow', proof + layout.nonce, 8)
    const indices = desk.alloc(4 * queries)
    desk.x.tsIndices(transcript.st, desk.kernels.label('q'), indices, l, queries)
    let end = proof + layout.siblings
    for (const { matrix, codewords, rows } of committed)
      desk.x.openColumns(proof + layout.columns[matrix], codewords, rows, c, l, indices, queries)
    for (const { tree } of committed) end += 32 * desk.x.multiproof(end, tree, l, indices, queries)
    new DataView(desk.x.memory.buffer).setUint32(proof + 8, end - proof, true)
    return end - proof
  }
}
