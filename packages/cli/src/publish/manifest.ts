import { basename } from 'node:path'
import type { OnnxModel } from '@opengradient/inference'
import { bytesToHex, chunkHashes, type Hex, type Manifest, OgError, sha256, type Tensor, type TensorSpec } from '@opengradient/protocol'
import type { Description } from './description.ts'

/** What a manifest is made of. */
export interface ManifestParts {
  file: { path: string; bytes: Uint8Array }
  model: OnnxModel
  card: Uint8Array
  description: Description
  parent?: { modelId: Hex; shareBps: number }
}

/** The manifest of an ONNX file: shapes from the file, meaning from the description. */
export function manifestOf({ file, model, card, description, parent }: ManifestParts): Manifest {
  const { task, licence, tolerance } = description
  if (!task) throw new OgError('USAGE', 'what does the model do? Give --task (such as tabular-regression), or "task" in --description')
  if (!licence)
    throw new OgError(
      'USAGE',
      'under which licence? Give --licence with an SPDX identifier (such as Apache-2.0), or "licence" in --description',
    )
  const reproducibility = description.class ?? 'tolerance'
  return {
    v: 1,
    task,
    format: 'onnx',
    files: [
      { path: basename(file.path), size: file.bytes.length, sha256: bytesToHex(sha256(file.bytes)), chunks: chunkHashes(file.bytes) },
    ],
    inputs: specs(model.signature.inputs, description.inputs),
    outputs: specs(model.signature.outputs, description.outputs),
    class: reproducibility,
    ...(reproducibility === 'tolerance' ? { tolerance: tolerance ?? { atol: 1e-5, rtol: 1e-4 } } : {}),
    batch: description.batch ?? { invariant: false, max: 1 },
    golden: (description.golden ?? []).map((pair) => ({ input: pair.input.map(asStored), output: pair.output.map(asStored) })),
    licence,
    ...(parent ? { parent } : {}),
    card: bytesToHex(sha256(card)),
  }
}

function specs(infos: OnnxModel['signature']['inputs'], docs: Description['inputs'] = []): TensorSpec[] {
  return infos.map(({ name, datatype, shape }) => {
    if (!shape) throw new OgError('MODEL_INVALID', `tensor "${name}" has no rank; export the model with its shapes`)
    return {
      name,
      datatype,
      shape: shape.map((size, axis) => (typeof size === 'number' ? size : symbol(size, axis, name))),
      doc: docs.find((doc) => doc.name === name)?.doc ?? '',
    }
  })
}

/** Symbols of a manifest are identifiers; an axis without a name gets one of its own. */
function symbol(name: string | null, axis: number, tensor: string): string {
  const clean = (name ?? `${tensor}_${axis}`).replace(/[^A-Za-z0-9_]/g, '_').slice(0, 32)
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean}`.slice(0, 32)
}

/** FP32 values as the exact numbers that are stored. */
const asStored = (tensor: Tensor): Tensor =>
  tensor.datatype === 'FP32'
    ? { ...tensor, data: tensor.data.map((value) => (typeof value === 'number' ? Math.fround(value) : value)) as Tensor['data'] }
    : tensor
