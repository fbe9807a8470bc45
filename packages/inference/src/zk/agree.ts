import { type Datatype, type Manifest, OgError, type TensorSpec } from '@opengradient/protocol'
import type { ModelIo } from '@opengradient/zkml'

/** What verifiers read as inputs of a proof, and as outputs that are decoded from one: an answer of any other type is refused by its caller. */
const PROVABLE: Readonly<Record<'inputs' | 'outputs', ReadonlySet<Datatype>>> = {
  inputs: new Set(['FP32', 'FP64']),
  outputs: new Set(['FP32', 'INT32', 'INT64', 'BYTES']),
}

/**
 * The mapping of a `.zkir` file must be about the inputs and outputs that the manifest declares: the same names in the same order, and one
 * sample of the same shape, in types that verifiers know. Otherwise a proof would be about something else than what callers send and get.
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
      if (!PROVABLE[side].has(spec.datatype))
        throw disagree(`${side} "${spec.name}"`, `no verifier of proofs takes ${spec.datatype}; it takes ${[...PROVABLE[side]].join(', ')}`)
      if (spec.name !== name) throw disagree(`${side} "${spec.name}"`, `the .zkir file has "${name}" in its place`)
      if (!isSample(spec, io.batch ? [1, ...shape] : shape))
        throw disagree(`${side} "${name}"`, `the manifest has the shape [${spec.shape}], one sample of the .zkir file [${shape}]`)
    }
  }
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
