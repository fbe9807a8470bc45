import type { Hex } from '@opengradient/protocol'
import type { TensorInfo } from '../engine/engine.ts'
import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { RegisteredModel } from '../server/registry.ts'

/** Parts of the protocol beyond its core that this server speaks, under Triton's names. */
const EXTENSIONS = ['binary_tensor_data', 'model_repository', 'statistics'] as const

/** `GET /v2` */
export function serverMetadata(version: string): Record<string, unknown> {
  return { name: 'opengradient', version, extensions: [...EXTENSIONS] }
}

/** `GET /v2/models/{m}`. Open dimensions are -1, as the protocol wants; their symbols are under `parameters`. */
export function modelMetadata({ served, signature, engine, zk }: RegisteredModel): Record<string, unknown> {
  const { modelId, name, manifest, author, levels } = served
  return {
    name: name ?? modelId,
    versions: [modelId],
    platform: `${manifest.format}_${engine.name}`,
    inputs: signature.inputs.map(tensorMetadata),
    outputs: signature.outputs.map(tensorMetadata),
    parameters: {
      author,
      task: manifest.task,
      class: manifest.class,
      licence: manifest.licence,
      engine: engine.name,
      engine_version: engine.version,
      batch_max: manifest.batch.invariant ? manifest.batch.max : 1,
      levels,
      ...(zk && { zk_model: zk.model.zkModelId }),
    },
  }
}

function tensorMetadata({ name, datatype, shape = [] }: TensorInfo): Record<string, unknown> {
  const symbols = shape.flatMap((dim, i) => (typeof dim === 'string' ? [[String(i), dim] as const] : []))
  return {
    name,
    datatype,
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
    ...(symbols.length === 0 ? {} : { parameters: { symbols: Object.fromEntries(symbols) } }),
  }
}

/** States of Triton's model repository extension. */
function repositoryState(model: ScheduledModel | undefined): {
  state: 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNKNOWN'
  reason: string
} {
  if (model === undefined) return { state: 'UNKNOWN', reason: 'not asked for yet; it is loaded on first use' }
  if (model.trouble !== undefined) return { state: 'UNAVAILABLE', reason: model.trouble.message }
  if (model.state === 'loading') return { state: 'LOADING', reason: '' }
  if (model.servable) return { state: 'READY', reason: model.state === 'asleep' ? 'asleep; it wakes on use' : '' }
  return { state: 'UNKNOWN', reason: 'not asked for yet; it is loaded on first use' }
}

/** `POST /v2/repository/index` */
export function repositoryEntry(modelId: Hex, name: string | undefined, model: ScheduledModel | undefined): Record<string, unknown> {
  return { name: name ?? modelId, version: modelId, ...repositoryState(model) }
}

/** One entry of `GET /v2/models/{m}/stats`, in Triton's form: counts, and nanoseconds in all. */
export function modelStatistics({ served, scheduled }: RegisteredModel): Record<string, unknown> {
  const { stats } = scheduled
  const ns = (seconds: number): number => Math.round(seconds * 1e9)
  const none = { count: 0, ns: 0 }
  return {
    name: served.name ?? served.modelId,
    version: served.modelId,
    last_inference: stats.lastInferenceMs,
    inference_count: stats.succeeded,
    execution_count: stats.executions,
    inference_stats: {
      success: { count: stats.succeeded, ns: ns(stats.queue.sum + stats.compute.sum) },
      fail: { count: stats.failed, ns: 0 },
      queue: { count: stats.queue.count, ns: ns(stats.queue.sum) },
      compute_input: none,
      compute_infer: { count: stats.compute.count, ns: ns(stats.compute.sum) },
      compute_output: none,
      cancel: { count: stats.cancelled, ns: 0 },
    },
    batch_stats: [],
  }
}
