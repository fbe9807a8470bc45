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
  /** CPU of the same, of all threads of the process. */
  readonly prove_cpu_ms: number
  /** With the model opened before. */
  readonly verify_ms: number
  readonly proof_bytes: number
  /** Largest over the outputs: √(Σ error² / Σ reference²). */
  readonly rms: number
  /** Share of samples with the same largest output; 1 where there is one output only. */
  readonly argmax: number
}

export interface ZkmlResult {
  readonly models: Partial<Record<SubjectName, ModelResult>>
  /** The largest proof of the table on several threads. */
  readonly threads?: ThreadsResult
  /** EZKL on the same ONNX file and machine, with `--peer ezkl`. `ratio`: its proving time over ours; `cpu_ratio`: its CPU over ours. */
  readonly ezkl?: Partial<Record<SubjectName, EzklRun & { readonly ratio: number; readonly cpu_ratio: number }>>
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
/** What it is not run on unless named, and why. */
const LEFT_OUT: Partial<Record<SubjectName, string>> = {
  lenet: '11 GB of memory, a key of 4.5 GB and minutes of CPU for each proof; --only lenet runs it',
  trees_100x6: 'it does not read TreeEnsembleRegressor',
  dense_4m: 'its circuit has 2,231,808 rows (2^22), where that of lenet has 487,658 (2^19) and takes 11 GB of memory',
}

/** `--only a,b`: these models alone; `--peer ezkl`: EZKL too, on the small ones, or on all that `--only` names. */
export async function run({ progress, args }: { progress: (line: string) => void; args: readonly string[] }): Promise<ZkmlResult> {
  const only = wordAfter(args, '--only')?.split(',')
  const unknown = only?.find((name) => !(name in SUBJECTS))
  if (unknown !== undefined) throw new Error(`no model "${unknown}"; there are ${Object.keys(SUBJECTS).join(', ')}`)
  const peerName = wordAfter(args, '--peer')
  if (peerName !== undefined && peerName !== 'ezkl') throw new Error(`no peer "${peerName}"; there is ezkl`)
  const names = (Object.keys(SUBJECTS) as SubjectName[]).filter((name) => only?.includes(name) ?? true)
  const subjects = new Map(names.map((name) => [name, SUBJECTS[name]() as Subject]))
  const models: Partial<Record<SubjectName, ModelResult>> = {}
  for (const [name, subject] of subjects) models[name] = measure(name, subject, progress)
  const largest = subjects.get('lenet')
  const threads = largest && { threads: await measureThreads('lenet', largest, progress) }
  const result = { models, ...threads }
  if (peerName === undefined) return result
  const left = only ? {} : LEFT_OUT
  return { ...result, ...peer(only ? names : PEER_SUBJECTS, subjects, models, left, progress) }
}

/** The word after an option; an empty one where it ends the line. */
function wordAfter(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option)
  return at < 0 ? undefined : (args[at + 1] ?? '')
}

function measure(name: SubjectName, { compiled, samples }: Subject, progress: (line: string) => void): ModelResult {
  const { ir, io, weights, report } = compiled
  const kernels = Kernels.loadSync()
  const { files, zkModelId } = registerModel(kernels, ir, weights)
  const model = openModel(files, zkModelId)
  if (!(model instanceof ZkModel)) throw new Error(`${name}: ${model.code}`)
  const [prover, verifier] = [new ZkProver(kernels), new ZkVerifier(Kernels.loadSync())]
  const input = firstOf(samples)
  const times = { prove: [] as number[], cpu: [] as number[], verify: [] as number[] }
  let bytes = 0
  const warmUntil = performance.now() + WARM_MS
  while (times.prove.length < ROUNDS) {
    const [started, busy] = [performance.now(), process.cpuUsage()]
    const { statement, proof } = prover.prove(model, encodeInputs(ir, io, input), { ctx: Uint8Array.of(times.prove.length) })
    const [proved, { user, system }] = [performance.now(), process.cpuUsage(busy)]
    const verdict = verifier.verify(files, statement, proof)
    const verified = performance.now()
    if (!verdict.ok) throw new Error(`${name}: ${verdict.code}`)
    bytes = Math.max(bytes, proof.length)
    if (started < warmUntil) continue
    times.prove.push(proved - started)
    times.cpu.push((user + system) / 1_000)
    times.verify.push(verified - proved)
  }
  progress(`${name}: prove ${spread(times.prove)} ms, verify ${spread(times.verify, 2)} ms, ${bytes} bytes`)
  return {
    prove_ms: median(times.prove),
    prove_cpu_ms: median(times.cpu),
    verify_ms: median(times.verify),
    proof_bytes: bytes,
    rms: Math.max(...report.outputs.map(({ rms = 0 }) => rms)),
    argmax: Math.min(...report.outputs.map(({ argmax = 1 }) => argmax)),
  }
}

function peer(
  names: readonly SubjectName[],
  subjects: ReadonlyMap<SubjectName, Subject>,
  models: Partial<Record<SubjectName, ModelResult>>,
  left: Partial<Record<SubjectName, string>>,
  progress: (line: string) => void,
): Pick<Required<ZkmlResult>, 'ezkl' | 'ezkl_left_out'> {
  const python = installEzkl(fileURLToPath(new URL('../../../', import.meta.url)))
  const ezkl: NonNullable<ZkmlResult['ezkl']> = {}
  const ezkl_left_out = { ...left }
  for (const name of names) {
    const { onnx, samples } = subjects.get(name)!
    const ours = models[name]!
    if (!onnx) {
      ezkl_left_out[name] = LEFT_OUT[name] ?? 'it has no ONNX file'
      continue
    }
    const [input] = Object.values(firstOf(samples))
    const taken = runEzkl(python, onnx, [...input!], name === 'lenet' ? 1 : 3)
    const [ratio, cpu_ratio] = [taken.prove_ms / ours.prove_ms, taken.prove_cpu_ms / ours.prove_cpu_ms]
    ezkl[name] = { ...taken, ratio, cpu_ratio }
    progress(
      `${name}: EZKL proves in ${taken.prove_ms.toFixed(0)} ms (2^${taken.logrows} rows), ${ratio.toFixed(0)} times as long; ${taken.prove_cpu_ms.toFixed(0)} ms of CPU, ${cpu_ratio.toFixed(0)} times as much`,
    )
  }
  return { ezkl, ezkl_left_out }
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
      ezkl?.[name] ? `${ezkl[name].ratio.toFixed(0)} × (≥ ${RATIO}), CPU ${ezkl[name].cpu_ratio.toFixed(0)} ×` : '',
    ]
  })
  if (threads) {
    const faster = `${threads.speedup.toFixed(2)} × as fast as one thread`
    rows.push([`${threads.model}, threads: ${threads.count}`, threads.prove_ms.toFixed(1), '', '', '', faster])
  }
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
