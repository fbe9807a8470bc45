import type { Context } from '../context.ts'
import { fail, type Outcome, pass } from '../outcome.ts'
import { modelIn } from '../request.ts'

/**
 * Which model the answer is from: `modelId` is the hash of author and manifest, it is the model that the request names and
 * the caller expects, and the chain, where its evidence covers the model, has it published.
 */
export function modelIdentity({ bundle, manifest, request, policy, chain }: Context): Outcome {
  const { modelId } = bundle.receipt
  manifest()
  const expected = policy.expect?.modelId
  if (expected !== undefined && expected !== modelId) return fail('MODEL_UNEXPECTED', { modelId, expected })
  const asked = request && modelIn(request.path)
  if (asked !== undefined && asked !== modelId) return fail('MODEL_NOT_REQUESTED', { modelId, expected: asked })
  if (chain.kind === 'accepted' && chain.facts.published(modelId) === false)
    return fail('MODEL_NOT_FOUND', { modelId, height: chain.height })
  return pass('model.identity', { modelId })
}

/** Whether the files that the operator states it ran are exactly the files of the manifest, by path and SHA-256. */
export function modelUnmodified({ bundle, manifest, execution }: Context): Outcome {
  const { modelId } = bundle.receipt
  const { files } = manifest()
  const { model } = execution()
  if (model.modelId !== modelId) return fail('EXECUTION_MODEL_MISMATCH', { found: model.modelId, modelId })
  const differing = firstDifference(files, model.files)
  if (differing !== undefined) return fail('FILES_MISMATCH', { path: differing })
  return pass('model.unmodified', { count: `${files.length}` })
}

type File = { readonly path: string; readonly sha256: string }

/** The path of a file that only one side has, or that differs; both sides list each path once (their parsers see to it). */
function firstDifference(expected: readonly File[], found: readonly File[]): string | undefined {
  const digests = new Map(expected.map((file) => [file.path, file.sha256]))
  for (const { path, sha256 } of found) {
    if (digests.get(path) !== sha256) return path
    digests.delete(path)
  }
  return digests.keys().next().value
}
