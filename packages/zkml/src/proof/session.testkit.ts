import { Kernels } from '../kernels/kernels.ts'
import { weightRoot } from './commitment.ts'
import { layoutOf } from './layout.ts'
import { type Params, parameters } from './params.ts'
import { type Plan, planOf } from './plan.ts'
import { prove } from './prove.ts'
import type { ProofHeader } from './transcript.ts'
import { type Verification, verifyProof } from './verify.ts'
import type { Sample } from './writer.testkit.ts'

export const kernels = Kernels.loadSync()

const fill = (byte: number, length: number) => new Uint8Array(length).fill(byte)

/** One sample with everything that proving and verifying it needs. */
export class Session {
  readonly sample: Sample
  readonly plan: Plan
  readonly params: Params
  readonly header: ProofHeader

  constructor(sample: Sample, c = 5, l = 8) {
    this.sample = sample
    this.plan = planOf(sample.program)
    const params = parameters(c, l, ...this.plan.packing.cells)
    if (params === undefined) throw new Error('parameters')
    this.params = params
    const { W } = sample.witness
    const common = { zkModelId: fill(1, 32), programHash: fill(2, 32), x: fill(3, 24), y: fill(4, 48), ctx: fill(5, 9) }
    this.header = { ...common, weights: W ? 1 : 0, wroot: W ? weightRoot(kernels, W, params) : new Uint8Array() }
  }

  get layout() {
    return layoutOf(this.plan, this.params)
  }

  /** Proves without checking, also what is false: `change` alters copies of the witness matrices first. */
  prove(change: (w: BigInt64Array, W: BigInt64Array) => void = () => {}, header = this.header): Uint8Array {
    const w = this.sample.witness.w.slice()
    const W = this.sample.witness.W?.slice()
    change(w, W ?? new BigInt64Array())
    return prove(kernels, this.plan, this.params, header, this.sample.values, W ? { w, W } : { w })
  }

  verify(proof: Uint8Array, header = this.header, values = this.sample.values): Verification {
    return verifyProof(kernels, this.plan, this.params, header, values, proof)
  }

  /** Where the cell of a segment lies in its matrix. */
  cell(name: string, cell: number): number {
    const id = this.sample.ids.get(name)
    if (id === undefined) throw new Error(`no segment ${name}`)
    return this.plan.packing.offsets[id]! + cell
  }
}
