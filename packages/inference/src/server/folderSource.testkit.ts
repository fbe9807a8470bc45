import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Address,
  chunkHashes,
  encodeManifest,
  type Hex,
  type Manifest,
  modelIdOf,
  OgError,
  sha256Hex,
  type Tensor,
  type TensorSpec,
  utf8,
} from '@opengradient/protocol'
import { validateOnnx } from '../onnx/validate.ts'
import type { ModelFolder, ModelSource, OfferedModel } from './source.ts'

/** The repository's sample models. */
export const MODELS = fileURLToPath(new URL('../../../../models/', import.meta.url))
const AUTHOR: Address = `0x${'a1'.repeat(20)}`

export type ManifestPatch = Partial<Pick<Manifest, 'class' | 'tolerance' | 'batch' | 'golden' | 'inputs' | 'outputs' | 'format'>>

/** A model file as a published model would be: manifest from the file's own signature, golden examples if given. */
export function folderOf(bytes: Uint8Array, patch: ManifestPatch = {}): ModelFolder & { modelId: Hex } {
  const { signature } = validateOnnx(bytes)
  const spec = ({ name, datatype, shape }: (typeof signature.inputs)[number]): TensorSpec => ({
    name,
    datatype,
    doc: 'test',
    shape: (shape ?? []).map((dim, i) => dim ?? `d${i}`),
  })
  const manifest: Manifest = {
    v: 1,
    task: 'test',
    format: 'onnx',
    files: [{ path: 'model.onnx', size: bytes.length, sha256: sha256Hex(bytes), chunks: chunkHashes(bytes) }],
    inputs: signature.inputs.map(spec),
    outputs: signature.outputs.map(spec),
    class: 'tolerance',
    ...(patch.class === undefined || patch.class === 'tolerance' ? { tolerance: { atol: 1e-6, rtol: 1e-4 } } : {}),
    batch: { invariant: false, max: 1 },
    golden: [],
    licence: 'Apache-2.0',
    card: sha256Hex(utf8('card')),
    ...patch,
  }
  const manifestBytes = encodeManifest(manifest)
  return { modelId: modelIdOf(AUTHOR, manifestBytes), manifest, manifestBytes, author: AUTHOR, files: async () => bytes }
}

/** A sample model by the name of its folder, with its first two vectors as golden examples. */
export function sampleFolder(name: string, patch: ManifestPatch = {}): ModelFolder & { modelId: Hex } {
  const bytes = readFileSync(join(MODELS, name, 'model.onnx'))
  const { signature } = validateOnnx(bytes)
  const { inputs, outputs } = JSON.parse(readFileSync(join(MODELS, name, 'vectors.json'), 'utf8')) as {
    inputs: Record<string, unknown[]>
    outputs: Record<string, unknown[]>
  }
  const row = (side: Record<string, unknown[]>, infos: typeof signature.inputs, i: number): Tensor[] =>
    infos.map(({ name, datatype }) => {
      const value = side[name]![i]
      return { name, datatype, shape: [1, ...shapeOf(value)], data: (Array.isArray(value) ? value : [value]).flat(8) as number[] }
    })
  const golden = [0, 1].map((i) => ({ input: row(inputs, signature.inputs, i), output: row(outputs, signature.outputs, i) }))
  return folderOf(bytes, { golden, ...patch })
}

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []
}

/** Names of all sample models. */
export function sampleNames(): string[] {
  return readdirSync(MODELS).filter((name) => existsSync(join(MODELS, name, 'model.onnx')))
}

/** A source over models in memory, by name. */
export function memorySource(models: Readonly<Record<string, ModelFolder & { modelId: Hex }>>): ModelSource {
  const offers: OfferedModel[] = Object.entries(models).map(([name, { modelId }]) => ({ modelId, name }))
  return {
    async open(modelId) {
      const folder = Object.values(models).find((model) => model.modelId === modelId)
      if (folder === undefined) throw new OgError('MODEL_NOT_FOUND', `No model ${modelId} here.`)
      return folder
    },
    async resolve(name) {
      const folder = models[name]
      if (folder === undefined) throw new OgError('MODEL_NOT_FOUND', `No model "${name}" here.`)
      return folder.modelId
    },
    list: async () => offers,
  }
}
