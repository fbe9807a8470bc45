import type { Hex } from '@opengradient/protocol'
import { mod } from '../../reference/field.ts'
import { countLookups } from '../../reference/prover/tables.ts'
import { cellOf, layout, realCells } from '../../reference/space.ts'
import { encodeIr, irHash } from '../../src/ir/ir.ts'
import { encodeZkManifest, zkModelId } from '../../src/ir/manifest.ts'
import { fillRegistration } from '../../src/program/lower/registration.ts'
import { ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Program } from '../../src/program/types.ts'
import { weightRoot } from '../../src/proof/commitment.ts'
import { openModel, type ZkFiles, ZkModel } from '../../src/proof/model.ts'
import { prove } from '../../src/proof/prove.ts'
import { registrationHeader, registrationOf } from '../../src/proof/registration.ts'
import type { ProofHeader } from '../../src/proof/transcript.ts'
import { kernels, signed } from '../reference/bridge.ts'

/** What a file of `zk/registration/valid/` holds: a model with committed weights, and a proof that they are in range. */
export interface RegistrationVector {
  readonly name: string
  readonly manifest: Hex
  readonly ir: Hex
  readonly zkModelId: Hex
  /** Of CP_reg. */
  readonly programHash: Hex
  readonly proof: Hex
}

/** What a file of `zk/registration/rejected/` holds: a change to the vector `of`, and the code that every verifier answers. */
export interface RejectedRegistration {
  readonly says: string
  readonly of: string
  /** Another proof, `resize` and `patch` as in `zk/rejected/`. */
  readonly proof?: Hex
  readonly resize?: number
  readonly patch?: readonly (readonly [at: number, bytes: Hex])[]
  readonly zkModelId?: Hex
  readonly manifest?: Hex
  readonly ir?: Hex
  /** The weights blob, where weights are public. */
  readonly blob?: Hex
  readonly code: string
}

/** A model with committed weights as its publisher has it. */
export interface Registered {
  readonly files: ZkFiles
  readonly model: ZkModel
  readonly program: Program
  /** Cells of the two matrices, mod p. */
  readonly w: readonly bigint[]
  readonly W: readonly bigint[]
}

export interface RegisteredHow {
  readonly limb?: 8 | 16
  readonly sizes?: readonly [c: number, l: number]
  readonly batches?: readonly number[]
}

/** Commits to the weights of a model that `make` writes. */
export function registered(make: (m: ModelBuilder) => number[], how: RegisteredHow = {}): Registered {
  const { limb = 8, sizes = [6, 8], batches = [1] } = how
  const builder = new ModelBuilder(limb, 7)
  const ir = encodeIr(builder.build(make(builder)))
  const pcs = batches.map((batch) => [batch, ...sizes] as const)
  const draft = opened(encodeZkManifest({ v: 1, ir: irHash(ir), weights: 1, wd: new Uint8Array(32), pcs }), ir)
  const { lowered } = registrationOf(draft)
  const { w, W } = fillRegistration(lowered, builder.weights)
  return committed(draft, ir, lowered.program, Array.from(w, mod), Array.from(W!, mod))
}

/** The same model with the root of other cells. */
function committed({ manifest }: ZkModel, ir: Uint8Array, program: Program, w: readonly bigint[], W: readonly bigint[]): Registered {
  const { params } = registrationOf(opened(encodeZkManifest(manifest), ir))
  const bytes = encodeZkManifest({ ...manifest, wd: weightRoot(kernels, BigInt64Array.from(W, signed), params!) })
  return { files: { manifest: bytes, ir }, model: opened(bytes, ir), program, w, W }
}

function opened(manifest: Uint8Array, ir: Uint8Array): ZkModel {
  const model = openModel({ manifest, ir }, zkModelId(manifest))
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  return model
}

/** Cells of a segment: where the real ones are in their matrix. */
export function cellsOf({ segments }: Program, id: number): number[] {
  const { offsets } = layout(segments)
  const [, space] = segments[id]!
  return [...realCells(space)].map((at) => offsets[id]! + cellOf(space, at))
}

const bitsOf = (program: Program, weight: number) => {
  const lin = program.constraints.filter(([kind]) => kind === 'lin')[weight]!
  const [, consts, terms] = lin[1] as Exclude<Program['bases'][number], undefined>
  return { offset: consts[0]![0], limbs: terms.slice(1).map(([, source]) => source as number) }
}

/**
 * The same model with some weights of the publisher's choice, any integers mod p, committed to and split into limbs: the last takes what does not
 * fit into the others.
 */
export function withWeights(of: Registered, weight: number, changes: Readonly<Record<number, bigint>>, limb = 8): Registered {
  const [w, W] = [[...of.w], [...of.W]]
  const places = cellsOf(of.program, weight)
  const { offset, limbs } = bitsOf(of.program, weight)
  const own = limbs.map((id) => cellsOf(of.program, id))
  for (const [i, value] of Object.entries(changes)) {
    W[places[Number(i)]!] = mod(value)
    let rest = mod(value + offset)
    own.forEach((cells, j) => {
      w[cells[Number(i)]!] = j === own.length - 1 ? rest : BigInt.asUintN(limb, rest)
      rest >>= BigInt(limb)
    })
  }
  return committed(of.model, of.files.ir, of.program, counted(of.program, w, W), W)
}

export const counted = (program: Program, w: readonly bigint[], W: readonly bigint[]): bigint[] =>
  countLookups({ program, pub: { tensors: new Map(), weights: [] }, matrices: [w, W] })

/** A registration proof of cells and a header that may be anything. */
export function registrationProof(
  of: Registered,
  cells: { w?: readonly bigint[]; W?: readonly bigint[] } = {},
  header: Partial<ProofHeader> = {},
) {
  const { plan, params, hash } = registrationOf(of.model)
  const ints = (values: readonly bigint[]) => BigInt64Array.from(values, signed)
  const witness = { w: ints(cells.w ?? of.w), W: ints(cells.W ?? of.W) }
  const head = { ...registrationHeader(of.model, hash), ...header }
  return prove(kernels, plan, params!, head, { tensors: new Map(), weights: [] }, witness)
}
