import { sha256Hex } from '@opengradient/protocol'
import type { MakeEngine } from '../../engine/compliance/suite.testkit.ts'
import type { Engine } from '../../engine/engine.ts'
import { fp32, int64 } from '../../engine/values.testkit.ts'
import { validateOnnx } from '../../onnx/validate.ts'
import type { ScheduledModel } from '../scheduledModel.ts'
import type { Scheduler, SchedulerOptions } from '../scheduler.ts'
import type { ModelSpec } from '../spec.ts'

/** What the parts of the suite share. */
export interface Suite {
  /** Of the engine. */
  readonly name: string
  readonly makeEngine: MakeEngine
  /** A scheduler that is drained after the test. */
  readonly make: (options?: SchedulerOptions) => Scheduler
}

export type SpecPatch = Partial<Pick<ModelSpec, 'golden' | 'closeness' | 'batch' | 'open' | 'sha256' | 'inputs' | 'outputs' | 'modelId'>>

/** What the scheduler is told of a model file. */
export function specOf(engine: Engine, bytes: Uint8Array, patch: SpecPatch = {}): ModelSpec {
  const sha256 = sha256Hex(bytes)
  const { inputs, outputs } = validateOnnx(bytes).signature
  return {
    modelId: sha256,
    engine,
    sha256,
    size: bytes.length,
    open: async () => ({ bytes, sha256 }),
    inputs,
    outputs,
    golden: [],
    closeness: { atol: 1e-6, rtol: 1e-4 },
    batch: { invariant: false, max: 1 },
    ...patch,
  }
}

const DEADLINE = { deadlineMs: 120_000 }
/** The input of `doubler`. */
export const x = (n: number): ReturnType<typeof fp32> => fp32('x', [1, 1], [n])
/** The input of `sleeper`: how many rounds it turns. */
export const steps = (n: number): ReturnType<typeof int64> => int64('n', [], [n])
/** Rounds that nobody waits for. */
export const FOREVER = 2_000_000_000
export const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Places a request and runs it, as the server does. */
export async function ask(
  scheduled: ScheduledModel,
  inputs: Parameters<ReturnType<ScheduledModel['place']>['run']>[0],
  options: Partial<Parameters<ReturnType<ScheduledModel['place']>['run']>[1]> = {},
) {
  const place = scheduled.place(inputs.reduce((sum, { data }) => sum + data.length, 0))
  try {
    return await place.run(inputs, { ...DEADLINE, ...options })
  } finally {
    place.release()
  }
}

/** The first number of an answer. */
export const first = (result: { outputs: readonly { data: Uint8Array }[] }): number => Buffer.from(result.outputs[0]!.data).readFloatLE(0)
