import {
  type Engine,
  type ModelSource,
  type RequestGate,
  startInferenceServer,
  type TeeDoor,
  unsignedGate,
  validateOnnx,
} from '@opengradient/inference'
import { chunkHashes, encodeManifest, type Hex, type Manifest, modelIdOf, OgError, sha256Hex, utf8 } from '@opengradient/protocol'

/**
 * The node's own server over one model, with any gate: without one it checks, schedules and counts, and signs nothing.
 * @param door gives what opens sealed requests for this model
 */
export async function startNode(
  bytes: Uint8Array,
  engine: Engine,
  gate: RequestGate = unsignedGate,
  door?: (modelId: Hex) => TeeDoor,
): Promise<{ port: number; path: string }> {
  const { signature } = validateOnnx(bytes)
  const spec = ({ name, datatype, shape }: (typeof signature.inputs)[number]) => ({
    name,
    datatype,
    shape: (shape ?? []).map((dim) => dim ?? 'any'),
    doc: 'benchmark',
  })
  const sha256 = sha256Hex(bytes)
  const manifest: Manifest = {
    v: 1,
    task: 'benchmark',
    format: 'onnx',
    files: [{ path: 'model.onnx', size: bytes.length, sha256, chunks: chunkHashes(bytes) }],
    inputs: signature.inputs.map(spec),
    outputs: signature.outputs.map(spec),
    class: 'exact-env',
    batch: { invariant: false, max: 1 },
    golden: [],
    licence: 'Apache-2.0',
    card: sha256Hex(utf8('benchmark')),
  }
  const manifestBytes = encodeManifest(manifest)
  const author = `0x${'be'.repeat(20)}` as const
  const modelId = modelIdOf(author, manifestBytes)
  const source: ModelSource = {
    open: async () => ({ manifest, manifestBytes, author, files: async () => bytes }),
    resolve: async () => {
      throw new OgError('MODEL_NOT_FOUND', 'Benchmarks ask by id.')
    },
    list: async () => [{ modelId }],
  }
  const { port } = await startInferenceServer({
    source,
    engines: [engine],
    gate,
    ...(door && { tee: door(modelId) }),
    names: ['127.0.0.1'],
    scheduler: { idleMs: 0 },
  })
  return { port, path: `/v2/models/${modelId}/infer` }
}
