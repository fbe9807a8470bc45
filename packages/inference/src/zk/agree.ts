import { type Manifest, OgError, type TensorSpec } from '@opengradient/protocol'
import type { ModelIo } from '@opengradient/zkml'

/** Elements that can be read as numbers. */
const NO_NUMBERS = new Set(['BYTES'])

/**
 * The mapping of a `.zkir` file must be about the inputs and outputs that the manifest declares: the same names in the same order, and one
 * sample of the same shape. Otherwise a proof would be about something else than what callers send and get.
 * @throws OgError `MODEL_INVALID` naming the tensor
 */
export function checkIo({ inputs, outputs }: Pick<Manifest, 'inputs' | 'outputs'>, io: ModelIo): void {
  for (const [side, declared, mapped] of [
    ['inputs', inputs, io.inputs],
    ['outputs', outputs, io.outputs],
  ] as const) {
    if (declared.length !== mapped.length) throw disagree(side, `the manifest has ${declared.length}, the .zkir file ${mapped.length}`)
    for (const [i, spec] of declared.entries()) {
      const { name, shape } = mapped[i]!
      if (spec.name !== name) throw disagree(`${side} "${spec.name}"`, `the .zkir file has "${name}" in its place`)
      if (!isSample(spec, io.batch ? [1, ...shape] : shape))
        throw disagree(`${side} "${name}"`, `the manifest has the shape [${spec.shape}], one sample of the .zkir file [${shape}]`)
    }
  }
  const text = inputs.find(({ datatype }) => NO_NUMBERS.has(datatype))
  if (text !== undefined) throw disagree(`input "${text.name}"`, 'an integer model takes numbers only')
}

/** Whether a tensor of this shape is what the manifest declares; a symbol may have any size. */
function isSample({ shape }: TensorSpec, sample: readonly number[]): boolean {
  return shape.length === sample.length && shape.every((size, d) => typeof size === 'string' || size === sample[d])
}

function disagree(field: string, message: string): OgError {
  return new OgError('MODEL_INVALID', `${field}: ${message}. Manifest and integer model do not belong together.`, {
    details: { field, reason: 'MANIFEST' },
  })
}
