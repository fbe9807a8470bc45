import { basename } from 'node:path'
import type { OnnxModel } from '@opengradient/inference/onnx'
import { type Hex, type Manifest, OgError, type Tensor, type TensorSpec } from '@opengradient/protocol'
import type { PublishOptions } from '@opengradient/sdk'
import { parseOpg, parsePercent } from '../amount.ts'
import type { Description } from './description.ts'

/** What an author gives to publish a model. */
export interface Publication {
  file: { path: string; bytes: Uint8Array }
  model: OnnxModel
  card: string
  description: Description
  parent?: { modelId: Hex; shareBps: number }
}

/** The SDK's publication of an ONNX file: shapes from the file, meaning from the description. Throws `USAGE` naming what is missing. */
export function publishOptions({ file, model, card, description, parent }: Publication): PublishOptions {
  const { name, task, licence, tolerance } = description
  if (!name) throw new OgError('USAGE', 'under which name? Give --name owner/name')
  if (!task) throw new OgError('USAGE', 'what does the model do? Give --task (such as tabular-regression), or "task" in --description')
  if (!licence)
    throw new OgError(
      'USAGE',
      'under which licence? Give --licence with an SPDX identifier (such as Apache-2.0), or "licence" in --description',
    )
  const reproducibility = description.class ?? 'tolerance'
  return {
    name,
    task,
    licence,
    card,
    files: [{ path: basename(file.path), bytes: file.bytes }],
    inputs: specs(model.signature.inputs, description.inputs),
    outputs: specs(model.signature.outputs, description.outputs),
    class: reproducibility,
    ...(reproducibility === 'tolerance' ? { tolerance: tolerance ?? { atol: 1e-5, rtol: 1e-4 } } : {}),
    ...(description.batch ? { batch: description.batch } : {}),
    golden: (description.golden ?? []).map((pair) => ({ input: pair.input.map(asStored), output: pair.output.map(asStored) })),
    ...(parent ? { parent } : {}),
    royaltyBps: parsePercent(description.royalty ?? '0%', '--royalty', 5000),
    minRoyalty: parseOpg(description.minRoyalty ?? '0', '--min-royalty'),
  }
}

function specs(infos: OnnxModel['signature']['inputs'], docs: Description['inputs'] = []): TensorSpec[] {
  return infos.map(({ name, datatype, shape }) => {
    if (!shape) throw new OgError('MODEL_INVALID', `tensor "${name}" has no rank; export the model with its shapes`)
    const doc = docs.find((one) => one.name === name)?.doc ?? ''
    return { name, datatype, shape: shape.map((size, axis) => (typeof size === 'number' ? size : symbol(size, axis, name))), doc }
  })
}

/** Symbols of a manifest are identifiers; an axis without a name gets one of its own. */
function symbol(name: string | null, axis: number, tensor: string): string {
  const clean = (name ?? `${tensor}_${axis}`).replace(/[^A-Za-z0-9_]/g, '_').slice(0, 32)
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean}`.slice(0, 32)
}

/** FP32 values as the exact numbers that are stored. */
function asStored(tensor: Tensor): Manifest['golden'][number]['input'][number] {
  if (tensor.datatype !== 'FP32') return tensor
  return { ...tensor, data: tensor.data.map((value) => (typeof value === 'number' ? Math.fround(value) : value)) as Tensor['data'] }
}
