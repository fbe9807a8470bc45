import {
  bytesToHex,
  concatBytes,
  type Hex,
  hexToBytes,
  presets,
  requestIdOf,
  sha256Hex,
  utf8,
  zkContext,
  zkStatementHash,
} from '@opengradient/protocol'
import {
  bytesOfInts,
  decodeOutputs,
  encodeInputs,
  encodeZkir,
  type IntArray,
  type Ir,
  Kernels,
  type ModelIo,
  openModel,
  registerModel,
  type Weights,
  type ZkFiles,
  type ZkirFile,
  ZkModel,
  ZkProver,
} from '@opengradient/zkml'
import type { Edits, Scene } from './scene.ts'

/** What is proved in a scene of level zk. What is not edited is honest. */
export interface ZkScene {
  file: ZkirFile
  /** The file as published; without the weights if they are committed. */
  fileBytes: Uint8Array
  zkModelId: Hex
  /** What the prover ran: integers of inputs and outputs. */
  x: IntArray[]
  y: IntArray[]
  rows: number
  /** What the proof is for. */
  ctx: Uint8Array
  proof: Uint8Array
}

/** Four features → three ReLU units → two outputs: one raw, and beside it one int16. */
const IR: Ir = {
  v: 1,
  name: 'volatility',
  inputs: [0],
  outputs: [2, 3],
  nodes: [
    { op: 'Gemm', in: [0], w: [0, 1], out: 1, a: { d: [0, 0, 0], s: 8, lo: 0, hi: 32767 } },
    { op: 'Gemm', in: [1], w: [2, 3], out: 2, a: { d: [0], raw: 1 } },
    { op: 'Gemm', in: [1], w: [4], out: 3, a: { d: [0, 0], s: 6, lo: -32768, hi: 32767 } },
  ],
  tensors: [
    { id: 0, axes: [4], dt: 'i16', f: 12 },
    { id: 1, axes: [3], dt: 'i16', f: 10 },
    { id: 2, axes: [1], dt: 'i64', f: 16 },
    { id: 3, axes: [2], dt: 'i16', f: 10 },
  ],
  weights: [
    { id: 0, axes: [3, 4], dt: 'i16', f: 6 },
    { id: 1, axes: [3], dt: 'i64', f: 18 },
    { id: 2, axes: [1, 3], dt: 'i16', f: 6 },
    { id: 3, axes: [1], dt: 'i64', f: 16 },
    { id: 4, axes: [2, 3], dt: 'i16', f: 6 },
  ],
  tables: [],
  limb: 8,
}

const WEIGHTS: Weights = [
  Int16Array.of(53, -20, 11, 64, -31, -70, 25, 8, 90, 14, -42, 33),
  BigInt64Array.of(9_000n, 70_000n, -12_000n),
  Int16Array.of(120, 77, 203),
  BigInt64Array.of(655_360n),
  Int16Array.of(40, -91, 22, -15, 63, 71),
]

const IO: ModelIo = {
  batch: true,
  inputs: [{ name: 'features', shape: [4], parts: [{ input: 0, start: 0, count: 4 }] }],
  outputs: [
    { name: 'volatility', shape: [1], output: 0, decode: { kind: 'values' } },
    { name: 'regime', shape: [1], output: 1, decode: { kind: 'label', columns: 2, labels: ['calm', 'wild'] } },
    { name: 'step', shape: [1], output: 1, decode: { kind: 'label', columns: 2, labels: [7, -9] } },
  ],
}

/** How an honest scene is told. */
export interface ZkTelling {
  readonly committed?: boolean
  /** The file holds the registration proof of committed weights. */
  readonly registered?: boolean
  /** Tensors of request and answer as binary behind the JSON. */
  readonly binary?: boolean
  readonly features?: readonly number[]
  /** The float runtime answers beside it. */
  readonly floats?: boolean
}

const FEATURES = [0.4, -1.1, 0.2, 0.9]

/** An answer of level zk with its proof. */
export function proven({
  committed = false,
  registered = false,
  binary = false,
  features = FEATURES,
  floats = true,
}: ZkTelling = {}): Edits {
  return {
    offer(scene) {
      const { files, zkModelId } = registerModel(Kernels.loadSync(), IR, WEIGHTS, { batches: [1, 2], commitWeights: committed })
      const { weights: _, ...withheld } = files
      const published = { ...(committed ? withheld : files), io: IO }
      scene.zk = {
        file: { ...files, io: IO },
        fileBytes: encodeZkir(registered ? { ...published, registration: registrationOf(files, zkModelId) } : published),
        zkModelId: bytesToHex(zkModelId),
        x: [],
        y: [],
        rows: features.length / 4,
        ctx: new Uint8Array(),
        proof: new Uint8Array(),
      }
      const { manifest } = scene
      manifest.outputs.push(
        { name: 'regime', datatype: 'BYTES', shape: ['n', 1], doc: 'what the next day is like' },
        { name: 'step', datatype: 'INT64', shape: ['n', 1], doc: 'basis points' },
      )
      scene.manifest.format = committed ? 'zkir' : 'onnx'
      manifest.zk = { commitment: scene.zk.zkModelId, statementVersion: 1, fidelity: { maxAbs: 0.0004, samples: 64 } }
      publishFile(scene, committed ? [] : [manifest.files[0]!])
    },
    call(scene) {
      const shape = [features.length / 4, 4]
      const [json, tail] = message('inputs', [{ name: 'features', datatype: 'FP32', shape, values: [...features] }], binary, {
        parameters: { seed: 7, precise: true, note: 'close' },
      })
      scene.request.body = concatBytes(json, tail)
      if (binary) Object.assign(scene.request, { contentType: 'application/octet-stream', headerLength: json.length })
    },
    answer(scene) {
      const zk = scene.zk!
      zk.ctx = zkContext({ chainId: scene.domain.chainId, requestId: requestIdOf(scene.secret), salt: scene.execution.salt as Hex })
      run(zk, features)
      respond(scene, binary, floats)
      scene.execution.engine = { name: 'zk', version: '1', digest: sha256Hex(utf8('test vectors: the kernels')) }
    },
    claim(scene) {
      const zk = scene.zk!
      scene.receipt.level = 2
      scene.receipt.proofRef = statementOf(scene, zk)
    },
    bundle(scene) {
      scene.bundle.zk = { model: scene.zk!.fileBytes, proof: scene.zk!.proof }
    },
    judge(scene) {
      scene.policy = presets.zk
    },
  }
}

/** The proof that every committed weight is in the range of its type. */
export function registrationOf(files: ZkFiles, zkModelId: Uint8Array): Uint8Array {
  const kernels = Kernels.loadSync()
  const model = openModel(files, zkModelId, kernels)
  if (!(model instanceof ZkModel)) throw new Error(`the model of the vectors is none: ${model.code}`)
  return new ZkProver(kernels).proveRegistration(model)
}

/** The registration proof of the same weights in a model that allows one input in a statement instead of up to two. */
export function sameWeights(): Uint8Array {
  const { files, zkModelId } = registerModel(Kernels.loadSync(), IR, WEIGHTS, { commitWeights: true })
  return registrationOf(files, zkModelId)
}

/** Puts the file into the manifest, after the others. */
export function publishFile(scene: Scene, others = scene.manifest.files.filter(({ path }) => path !== 'model.zkir')): void {
  const { fileBytes } = scene.zk!
  const sha256 = sha256Hex(fileBytes)
  scene.manifest.files = [...others, { path: 'model.zkir', size: fileBytes.length, sha256, chunks: [sha256] }]
}

/** Runs and proves the model on features, in the context as it stands. */
export function run(zk: ZkScene, features: readonly number[]): void {
  const kernels = Kernels.loadSync()
  const model = openModel(zk.file, hexToBytes(zk.zkModelId), kernels)
  if (!(model instanceof ZkModel)) throw new Error(`the model of the vectors is none: ${model.code}`)
  zk.x = encodeInputs(model.ir, IO, { features: Float32Array.from(features) }, zk.rows)
  const { proof, outputs } = new ZkProver(kernels).prove(model, zk.x, { batch: zk.rows, ctx: zk.ctx })
  zk.y = [...outputs]
  zk.proof = proof
}

/** Writes the answer that holds the integers as they stand, and their decoding. */
export function respond(scene: Scene, binary: boolean, floats: boolean, change: (tensors: Told[]) => void = () => {}): void {
  const { rows, y } = scene.zk!
  const decoded = decodeOutputs(IR, IO, y)
  const tensors: Told[] = [
    ...Object.entries(decoded).map(([name, values]): Told => {
      const datatype = name === 'volatility' ? 'FP32' : name === 'step' ? 'INT64' : 'BYTES'
      return { name, datatype, shape: [rows, 1], values: datatype === 'FP32' ? values.map((value) => Math.fround(Number(value))) : values }
    }),
    ...y.map((values, i): Told => ({ name: `zk:${i}`, datatype: 'INT64', shape: [rows, values.length / rows], values: [...values] })),
    ...(floats ? [{ name: 'float:volatility', datatype: 'FP32', shape: [rows, 1], values: Array(rows).fill(14.25) } as Told] : []),
  ]
  change(tensors)
  const [json, tail] = message('outputs', tensors, binary, { model_name: 'alice/volatility', model_version: scene.modelId })
  scene.response = { contentType: binary ? 'application/octet-stream' : 'application/json', body: concatBytes(json, tail) }
  scene.execution.contentType = scene.response.contentType
}

/** The digest of the statement as it stands. */
export function statementOf({ modelId }: Scene, { zkModelId, x, y, ctx }: ZkScene): Hex {
  return zkStatementHash({ modelId, zkModelId, x: concatBytes(...x.map(bytesOfInts)), y: concatBytes(...y.map(bytesOfInts)), ctx })
}

/** A tensor of a message, before it is written. */
export interface Told {
  name: string
  datatype: 'FP32' | 'FP64' | 'INT32' | 'INT64' | 'BYTES'
  shape: number[]
  values: (number | bigint | string)[]
}

/** The JSON of an Open Inference Protocol message, and the binary tensors behind it. */
export function message(list: 'inputs' | 'outputs', tensors: Told[], binary: boolean, rest: object): [json: Uint8Array, tail: Uint8Array] {
  const parts = binary ? tensors.map(packed) : []
  const entries = tensors.map(({ name, datatype, shape, values }, i) => ({
    name,
    datatype,
    shape,
    ...(binary ? { parameters: { binary_data_size: parts[i]!.length } } : { data: values.map(plain) }),
  }))
  return [utf8(JSON.stringify({ ...rest, [list]: entries })), concatBytes(...parts)]
}

const plain = (value: number | bigint | string): number | string =>
  typeof value !== 'bigint' ? value : Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`

function packed({ datatype, values }: Told): Uint8Array {
  if (datatype === 'BYTES')
    return concatBytes(...values.flatMap((text) => [new Uint8Array(Uint32Array.of(utf8(`${text}`).length).buffer), utf8(`${text}`)]))
  const array =
    datatype === 'INT64'
      ? BigInt64Array.from(values, BigInt)
      : datatype === 'INT32'
        ? Int32Array.from(values, Number)
        : datatype === 'FP64'
          ? Float64Array.from(values, Number)
          : Float32Array.from(values, Number)
  return new Uint8Array(array.buffer)
}
