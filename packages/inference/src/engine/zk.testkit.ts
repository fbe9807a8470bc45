import { bytesToHex, type Hex } from '@opengradient/protocol'
import { compile, encodeZkir, Kernels, openModel, registerModel, ZkModel, ZkProver, zkModelId } from '@opengradient/zkml'

/** A model that can be proved: the file with its weights, and as it is published. */
export interface ZkSample {
  /** With weights. */
  readonly bytes: Uint8Array
  /** Without them if they are committed. */
  readonly published: Uint8Array
  readonly zkModelId: Hex
}

const kernels = Kernels.loadSync()

/** Compiles an ONNX file to a `.zkir` file. */
export function zkSample(onnx: Uint8Array, { commitWeights = false } = {}): ZkSample {
  const { ir, weights, io } = compile(onnx)
  const { files } = registerModel(kernels, ir, weights, { commitWeights })
  const { weights: _, ...withheld } = files
  const bytes = encodeZkir({ ...files, io })
  const published = commitWeights ? encodeZkir({ ...withheld, io, registration: registrationOf(files) }) : bytes
  return { bytes, published, zkModelId: bytesToHex(zkModelId(files.manifest)) }
}

function registrationOf(files: Parameters<typeof openModel>[0]): Uint8Array {
  const model = openModel(files, zkModelId(files.manifest))
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  return new ZkProver(kernels).proveRegistration(model)
}
