import { availableParallelism } from 'node:os'
import { encodeInputs, Kernels, openModel, registerModel, ZkModel, ZkProver } from '@opengradient/zkml'
import { provingKernels } from '@opengradient/zkml/node'
import { median, spread } from '../measure/stats.ts'
import { firstOf, type Subject, type SubjectName } from './models.ts'

/** One model on several threads, beside the same proofs on one, taken in turns. */
export interface ThreadsResult {
  readonly model: SubjectName
  /** All cores, at least 2, at most 4. */
  readonly count: number
  readonly prove_ms: number
  /** Time on one thread over time on all. */
  readonly speedup: number
}

const ROUNDS = 25
/** Milliseconds in which the workers come up and the compiler of the runtime sees the code. */
const WARM_MS = 1_000

/** Proves with one thread and with all, in turns; the proofs must be the same bytes. */
export async function measureThreads(
  name: SubjectName,
  { compiled: { ir, io, weights }, samples }: Subject,
  progress: (line: string) => void,
): Promise<ThreadsResult> {
  const { files, zkModelId } = registerModel(Kernels.loadSync(), ir, weights)
  const model = openModel(files, zkModelId)
  if (!(model instanceof ZkModel)) throw new Error(`${name}: ${model.code}`)
  const count = Math.min(4, Math.max(2, availableParallelism()))
  const kernels = { one: Kernels.loadSync(), all: provingKernels(model, count) }
  const provers = { one: new ZkProver(kernels.one), all: new ZkProver(kernels.all) }
  const times = { one: [] as number[], all: [] as number[] }
  const inputs = encodeInputs(ir, io, firstOf(samples))
  const warmUntil = performance.now() + WARM_MS
  while (times.all.length < ROUNDS) {
    const ctx = Uint8Array.of(times.all.length)
    const started = performance.now()
    const alone = provers.one.prove(model, inputs, { ctx }).proof
    const between = performance.now()
    const shared = provers.all.prove(model, inputs, { ctx }).proof
    const ended = performance.now()
    if (!Buffer.from(alone).equals(shared)) throw new Error(`${name}: threads give another proof`)
    // Workers that end or fail are told of between proofs only.
    await new Promise((resolve) => setImmediate(resolve))
    if (started < warmUntil || kernels.all.shared.helped === 0) continue
    times.one.push(between - started)
    times.all.push(ended - between)
  }
  await kernels.all.close()
  progress(`${name}, ${count} threads: prove ${spread(times.all)} ms, ${spread(times.one)} ms on one`)
  return { model: name, count, prove_ms: median(times.all), speedup: median(times.one) / median(times.all) }
}
