import { concatBytes, hexToBytes, type ZkProofInput } from '@opengradient/protocol'
import {
  type Dt,
  type IntArray,
  type Ir,
  type IrNode,
  Kernels,
  openModel,
  type RegisterOptions,
  registerModel,
  type WeightMeta,
  ZkModel,
  ZkProver,
} from '@opengradient/zkml'

/** One for a whole test file: each takes memory for its largest proof. */
export const kernels: Kernels = Kernels.loadSync()

/** A registered model that can prove. */
export interface ProvableModel {
  /** 32 bytes. */
  readonly id: Uint8Array
  readonly model: ZkModel
  /** As it is published: no weights if they are committed. */
  readonly files: Pick<ZkProofInput, 'manifest' | 'ir' | 'weights'>
  /** The input of the precompile for a proof of these inputs. */
  prove(inputs: readonly IntArray[], ctx?: Uint8Array, batch?: number): ZkProofInput
}

/** Integers that tests can repeat, in (−most, most). */
export function noise(length: number, most: number, seed = 1): number[] {
  let state = seed
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return ((state >> 8) % (2 * most - 1)) - most + 1
  })
}

const INT = { i16: (of: number[]) => Int16Array.from(of), i64: (of: number[]) => BigInt64Array.from(of, BigInt) }

/** Dense layers of these widths with ReLU between them, the last one raw. The smallest useful model: `[6, 5, 3]`. */
export function mlp(
  widths: readonly number[],
  options: RegisterOptions & { readonly limb?: 8 | 16; readonly seed?: number } = {},
): ProvableModel {
  const layers = widths.length - 1
  const weights: IntArray[] = []
  const metas: WeightMeta[] = []
  const weight = (dt: 'i16' | 'i64', axes: readonly number[], most: number) => {
    metas.push({ id: metas.length, axes, dt, f: 0 })
    weights.push(
      INT[dt](
        noise(
          axes.reduce((a, b) => a * b),
          most,
          (options.seed ?? 1) + metas.length,
        ),
      ),
    )
    return metas.length - 1
  }
  const nodes = Array.from({ length: layers }, (_, i): IrNode => {
    const [K, O] = [widths[i]!, widths[i + 1]!]
    const w = [weight('i16', [O, K], 300), weight('i64', [O], 100_000)]
    const rounding: Record<string, number> = i === layers - 1 ? { raw: 1 } : { s: 8, lo: 0, hi: 32_767 }
    return { op: 'Gemm', in: [i], w, out: i + 1, a: { d: Array(O).fill(0), ...rounding } }
  })
  const dt = (i: number): Dt => (i === layers ? 'i64' : 'i16')
  const tensors = widths.map((n, id) => ({ id, axes: [n], dt: dt(id), f: 0 }))
  const ir: Ir = { v: 1, name: 'mlp', inputs: [0], outputs: [layers], nodes, tensors, weights: metas, tables: [], limb: options.limb ?? 8 }
  return provable(ir, weights, options)
}

/** Registers a model and opens it for proving. */
export function provable(ir: Ir, weights: readonly IntArray[], options: RegisterOptions = {}): ProvableModel {
  const { files, zkModelId: id } = registerModel(kernels, ir, weights, options)
  const model = openModel(files, id)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  const published = { ...files, weights: options.commitWeights ? new Uint8Array() : files.weights }
  return {
    id,
    model,
    files: published,
    prove(inputs, ctx = hexToBytes('0x0102'), batch = 1) {
      const { statement, proof } = new ZkProver(kernels).prove(model, inputs, { ctx, batch })
      return { zkModelId: id, ...published, x: statement.x, y: statement.y, ctx, proof }
    },
  }
}

/** An input with one byte of one part changed. */
export function changed(input: ZkProofInput, part: keyof ZkProofInput, at: number): ZkProofInput {
  return { ...input, [part]: input[part].map((byte, i) => (i === at ? byte ^ 1 : byte)) }
}

/** An input with bytes behind one part. */
export function longer(input: ZkProofInput, part: keyof ZkProofInput, by = 1): ZkProofInput {
  return { ...input, [part]: concatBytes(input[part], new Uint8Array(by)) }
}
