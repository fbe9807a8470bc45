// Integer models on the kernels of zkml: runs them, and proves what they answer.
import {
  contractPlain,
  decodeOutputs,
  decodeZkir,
  encodeInputs,
  interpret,
  intsOfBytes,
  Kernels,
  kernelContract,
  openModel,
  ZkModel,
  ZkProver,
  zkModelId,
} from '@opengradient/zkml'
import { provingKernels } from '@opengradient/zkml/node'

/** @returns {import('./main.mjs').Runtime} */
export function runtime() {
  return { Tensor: PlainTensor, create: async (bytes, { threads = 1 }) => new ZkSession(bytes.slice(), /** @type {number} */ (threads)) }
}

class PlainTensor {
  /** @param {string} type @param {ArrayLike<number>} data @param {readonly number[]} dims */
  constructor(type, data, dims) {
    this.type = type
    this.data = data
    this.dims = dims
  }
}

class ZkSession {
  /** @param {Uint8Array} bytes of a .zkir file with weights @param {number} threads that prove, if the model is large */
  constructor(bytes, threads) {
    const file = decodeZkir(bytes)
    const model = openModel(file, zkModelId(file.manifest), Kernels.loadSync())
    if (!(model instanceof ZkModel))
      throw new Error(`the file is no model (${model.code}): ${model.error?.message ?? 'its parts do not belong together'}`)
    const { weights } = model
    if (weights === undefined) throw new Error('the weights are committed, and the file has none')
    const kernels = provingKernels(model, threads)
    this.model = model
    this.weights = weights
    this.io = file.io
    this.contract = kernelContract(kernels, contractPlain)
    this.prover = new ZkProver(kernels)
    this.inputNames = file.io.inputs.map(({ name }) => name)
    this.outputNames = [...file.io.outputs.map(({ name }) => name), ...model.ir.outputs.map((_, i) => `zk:${i}`)]
  }

  /** @param {object} feeds @param {readonly string[]} _fetches all are computed anyway */
  async run(feeds, _fetches) {
    const { model, io, weights, contract } = this
    const { ir, bounds } = model
    const given = /** @type {Record<string, PlainTensor>} */ (feeds)
    const values = Object.fromEntries(io.inputs.map(({ name }) => [name, /** @type {PlainTensor} */ (given[name]).data]))
    const inputs = encodeInputs(ir, io, values)
    const trace = interpret(ir, weights, inputs, { bounds, contract })
    const integers = ir.outputs.map((id) => /** @type {Int16Array | Int32Array | BigInt64Array} */ (trace.tensors[id]))
    const decoded = decodeOutputs(ir, io, integers)
    /** @type {Record<string, { type: string, data: any, dims: readonly number[] }>} */
    const results = {}
    for (const { name, shape, decode } of io.outputs) {
      const dims = io.batch ? [1, ...shape] : shape
      results[name] = { ...elements(/** @type {(number | string)[]} */ (decoded[name]), decode.kind === 'label'), dims }
    }
    for (const [i, id] of ir.outputs.entries()) {
      const data = BigInt64Array.from(/** @type {Int16Array} */ (integers[i]), BigInt)
      results[`zk:${i}`] = { type: 'int64', data, dims: /** @type {{ axes: readonly number[] }} */ (ir.tensors[id]).axes }
    }
    return results
  }

  /**
   * @param {Uint8Array} x inputs as a statement holds them @param {Uint8Array} ctx
   * @returns {{ y: Uint8Array, proof: Uint8Array }}
   */
  prove(x, ctx) {
    const { ir } = this.model
    let at = 0
    const inputs = ir.inputs.map((id) => {
      const { dt, axes } = /** @type {{ dt: 'i16' | 'i32' | 'i64', axes: readonly number[] }} */ (ir.tensors[id])
      const length = axes.reduce((a, b) => a * b, 1) * BYTES[dt]
      at += length
      return intsOfBytes(dt, x.slice(at - length, at))
    })
    if (at !== x.length) throw new Error(`the inputs of a statement have ${x.length} bytes; the model takes ${at}`)
    const { statement, proof } = this.prover.prove(this.model, inputs, { ctx: ctx.slice() })
    return { y: statement.y, proof }
  }
}

const BYTES = /** @type {const} */ ({ i16: 2, i32: 4, i64: 8 })

/** Numbers as FP32; labels as INT64, or as strings if one of them is none. @param {(number | string)[]} values @param {boolean} labels */
function elements(values, labels) {
  if (!labels) return { type: 'float32', data: Float32Array.from(/** @type {number[]} */ (values)) }
  if (values.some((value) => typeof value === 'string')) return { type: 'string', data: values.map(String) }
  return { type: 'int64', data: BigInt64Array.from(/** @type {number[]} */ (values), BigInt) }
}
