import { fileURLToPath } from 'node:url'
import { encodeInputs, Kernels, openModel, registerModel, ZkModel, ZkProver, ZkVerifier } from '@opengradient/zkml'
import { median, spread } from '../measure/stats.ts'
import { type EzklRun, installEzkl, runEzkl } from './ezkl.ts'
import { firstOf, SUBJECTS, type Subject, type SubjectName } from './models.ts'
import { measureThreads, type ThreadsResult } from './threads.ts'

/** One model under proof: public weights, single thread, one sample a proof. */
export interface ModelResult {
  /** From float inputs to a proof that has been checked: quantising, running, proving, verifying. */
  readonly prove_ms: number
  /** With the model opened before. */
  readonly verify_ms: number
  readonly proof_bytes: number
  /** Largest over the outputs: √(Σ error² / Σ reference²). */
  readonly rms: number
  /** Share of samples with the same largest output; 1 where there is one output only. */
  readonly argmax: number
}

export interface ZkmlResult {
  readonly models: Record<SubjectName, ModelResult>
  /** The largest proof of the table on several threads. */
  readonly threads: ThreadsResult
  /** EZKL on the same ONNX file and machine, with `--peer ezkl`. `ratio`: its proving time over ours. */
  readonly ezkl?: Partial<Record<SubjectName, EzklRun & { readonly ratio: number }>>
  /** Models that EZKL was not run on, and why. */
  readonly ezkl_left_out?: Partial<Record<SubjectName, string>>
}

const LIMITS: Record<SubjectName, Pick<ModelResult, 'prove_ms' | 'verify_ms' | 'proof_bytes'>> = {
  mlp_16_32_32_1: { prove_ms: 6, verify_ms: 3, proof_bytes: 25_000 },
  mnist_mlp: { prove_ms: 10, verify_ms: 4, proof_bytes: 30_000 },
  lenet: { prove_ms: 200, verify_ms: 8, proof_bytes: 130_000 },
  trees_100x6: { prove_ms: 50, verify_ms: 5, proof_bytes: 80_000 },
  dense_4m: { prove_ms: 100, verify_ms: 15, proof_bytes: 90_000 },
}
const FIDELITY = { rms: 5e-4, argmax: 0.999 }
const RATIO = 100

const ROUNDS = 25
/** Milliseconds of proving before, in which the compiler of the runtime sees the code. */
const WARM_MS = 1_000
/** What EZKL proves in seconds. */
const PEER_SUBJECTS: readonly SubjectName[] = ['mlp_16_32_32_1', 'mnist_mlp']
/** What it does not prove here, and why. */
const LEFT_OUT: Partial<Record<SubjectName, string>> = {
  trees_100x6: 'it does not read TreeEnsembleRegressor',
  dense_4m: 'its circuit has 2,231,808 rows (2^22), where that of lenet has 487,658 (2^19) and takes 11 GB of memory',
}
/** LeNet can be proved: 2^19 rows. */
const SLOW = '11 GB of memory, a key of 4.5 GB and five minutes of CPU for each proof; --slow runs it'

export async function run({ progress, args }: { progress: (line: string) => void; args: readonly string[] }): Promise<ZkmlResult> {
  const subjects = Object.fromEntries(Object.entries(SUBJECTS).map(([name, make]) => [name, make()])) as Record<SubjectName, Subject>
  const models = {} as Record<SubjectName, ModelResult>
  for (const [name, subject] of Object.entries(subjects) as [SubjectName, Subject][]) models[name] = measure(name, subject, progress)
  const threads = await measureThreads('lenet', subjects.lenet, progress)
  const at = args.indexOf('--peer')
  if (at < 0) return { models, threads }
  if (args[at + 1] !== 'ezkl') throw new Error(`no peer "${args[at + 1] ?? ''}"; there is ezkl`)
  const slow = args.includes('--slow')
  const named = slow ? [...PEER_SUBJECTS, 'lenet' as const] : PEER_SUBJECTS
  const ezkl_left_out = slow ? LEFT_OUT : { lenet: SLOW, ...LEFT_OUT }
  return { models, threads, ezkl: peer(named, subjects, models, progress), ezkl_left_out }
}

function measure(name: SubjectName, { compiled, samples }: Subject, progress: (line: string) => void): ModelResult {
  const { ir, io, weights, report } = compiled
  const kernels = Kernels.loadSync()
  const { files, zkModelId } = registerModel(kernels, ir, weights)
  const model = openModel(files, zkModelId)
  if (!(model instanceof ZkModel)) throw new Error(`${name}: ${model.code}`)
  const [prover, verifier] = [new ZkProver(kernels), new ZkVerifier(Kernels.loadSync())]
  const input = firstOf(samples)
  const times = { prove: [] as number[], verify: [] as number[] }
  let bytes = 0
  const warmUntil = performance.now() + WARM_MS
  while (times.prove.length < ROUNDS) {
    const started = performance.now()
    const { statement, proof } = prover.prove(model, encodeInputs(ir, io, input), { ctx: Uint8Array.of(times.prove.length) })
    const proved = performance.now()
    const verdict = verifier.verify(files, statement, proof)
    const verified = performance.now()
    if (!verdict.ok) throw new Error(`${name}: ${verdict.code}`)
    bytes = Math.max(bytes, proof.length)
    if (started < warmUntil) continue
    times.prove.push(proved - started)
    times.verify.push(verified - proved)
  }
  progress(`${name}: prove ${spread(times.prove)} ms, verify ${spread(times.verify, 2)} ms, ${bytes} bytes`)
  return {
    prove_ms: median(times.prove),
    verify_ms: median(times.verify),
    proof_bytes: bytes,
    rms: Math.max(...report.outputs.map(({ rms = 0 }) => rms)),
    argmax: Math.min(...report.outputs.map(({ argmax = 1 }) => argmax)),
  }
}

function peer(
  names: readonly SubjectName[],
  subjects: Record<SubjectName, Subject>,
  models: Record<SubjectName, ModelResult>,
  progress: (line: string) => void,
): NonNullable<ZkmlResult['ezkl']> {
  const python = installEzkl(fileURLToPath(new URL('../../../', import.meta.url)))
  const result: NonNullable<ZkmlResult['ezkl']> = {}
  for (const name of names) {
    const { onnx, samples } = subjects[name]
    const [input] = Object.values(firstOf(samples))
    const taken = runEzkl(python, onnx!, [...input!], name === 'lenet' ? 1 : 3)
    result[name] = { ...taken, ratio: taken.prove_ms / models[name].prove_ms }
    progress(
      `${name}: EZKL proves in ${taken.prove_ms.toFixed(0)} ms (2^${taken.logrows} rows), ${result[name].ratio.toFixed(0)} times as long`,
    )
  }
  return result
}

export function table({ models, threads, ezkl, ezkl_left_out = {} }: ZkmlResult): string[] {
  const cell = (value: number, limit: number, digits: number) => `${value.toFixed(digits)} (≤ ${limit})${value <= limit ? '' : ' OVER'}`
  const rows = (Object.entries(models) as [SubjectName, ModelResult][]).map(([name, result]) => {
    const { prove_ms, verify_ms, proof_bytes } = LIMITS[name]
    const faithful = result.rms <= FIDELITY.rms && result.argmax >= FIDELITY.argmax
    return [
      name,
      cell(result.prove_ms, prove_ms, 1),
      cell(result.verify_ms, verify_ms, 2),
      cell(result.proof_bytes, proof_bytes, 0),
      `${result.rms.toExponential(1)} ${(100 * result.argmax).toFixed(1)} %${faithful ? '' : ' UNFAITHFUL'}`,
      ezkl?.[name] ? `${ezkl[name].ratio.toFixed(0)} × (≥ ${RATIO})` : '',
    ]
  })
  rows.push([
    `${threads.model}, threads: ${threads.count}`,
    threads.prove_ms.toFixed(1),
    '',
    '',
    '',
    `${threads.speedup.toFixed(2)} × as fast as one thread`,
  ])
  const head = ['model', 'prove ms', 'verify ms', 'bytes', 'rms, argmax', ezkl ? 'EZKL proves in' : '']
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
  const lines = [head, ...rows].map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
  return [...lines, ...Object.entries(ezkl_left_out).map(([name, why]) => `${name}: EZKL was not run: ${why}`)]
}
