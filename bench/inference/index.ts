import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnxEngine } from '@opengradient/inference'
import { sha256Hex } from '@opengradient/protocol'
import { awake } from '../measure/awake.ts'
import { REFERENCE_SIGNATURE_US, ratioThere, signatureUs } from '../measure/signature.ts'
import { median, quantile, spread } from '../measure/stats.ts'
import { load, requestBytes } from './client.ts'
import { type BenchModel, slow, tiny, wide } from './models.ts'
import { type PaidResult, paid } from './paid.ts'
import { startServers } from './serverHandle.ts'

/** Median and quartiles of the rounds. */
export interface Spread {
  readonly median: number
  readonly q1: number
  readonly q3: number
}

export interface InferenceResult {
  /** Process CPU per request of all server processes, µs: JSON to a model of 6 µs. */
  readonly cpu_us: Record<string, number>
  readonly cpu_us_spread: Record<string, Spread>
  /** CPU of one signature with npm's `secp256k1`, measured between the rounds: how fast the machine was. */
  readonly signature_us: number
  /** CPU of the most complete server measured over the bare one, on a model of 1 ms. */
  readonly ms1_ratio: number
  /** What that is in µs, and the ratio where the limits were set, about. */
  readonly ms1_more: { readonly us: number; readonly there: number }
  /** Requests a second with binary tensors over those with JSON, 3,072 floats. */
  readonly binary_over_json: number
  readonly paid: PaidResult
}

const ROUNDS = 9
/** How often the servers take turns in a round: what the machine does for seconds, it does to all of them. */
const TURNS = 3
/** Requests before the first that counts, in rounds like those that do: V8 compiles for that long, which is no cost of a request. */
const WARM_UP = 12_000
const CONNECTIONS = 8
/** Servers compared, from the barest to the most complete. */
const KINDS = ['bare', 'unsigned', 'signed'] as const

export async function run({ progress }: { progress: (line: string) => void }): Promise<InferenceResult> {
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-inference-'))
  const file = (model: BenchModel): string => {
    const path = join(folder, `${model.name}.onnx`)
    writeFileSync(path, model.bytes)
    return path
  }
  try {
    const { small, ms1 } = await awake(async () => ({
      small: await compare(tiny(), file, 2_500, progress),
      ms1: await compare(slow(await layersOfOneMs(progress)), file, 1_250, progress),
    }))
    const binaryOverJson = await binaryAgainstJson(file, progress)
    const last = KINDS[KINDS.length - 1]!
    const ms1More = median(ms1[last]!.map((us, i) => us - ms1.bare![i]!))
    return {
      cpu_us: Object.fromEntries(KINDS.map((kind) => [kind, median(small[kind]!)])),
      cpu_us_spread: Object.fromEntries(KINDS.map((kind) => [kind, spreadOf(small[kind]!)])),
      signature_us: median(small.signature!),
      ms1_ratio: median(ms1[last]!.map((us, i) => us / ms1.bare![i]!)),
      ms1_more: { us: ms1More, there: ratioThere(median(ms1.bare!), ms1More, median(ms1.signature!)) },
      binary_over_json: median(binaryOverJson),
      paid: await paid(progress),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function table(result: InferenceResult): string[] {
  const { cpu_us, cpu_us_spread: spreads, signature_us, paid: pay } = result
  const receipts = cpu_us.signed! - cpu_us.unsigned!
  const rows = Object.entries(cpu_us).map(
    ([kind, us]) =>
      `  ${kind.padEnd(10)} ${us.toFixed(1).padStart(7)} µs  (${spreads[kind]!.q1.toFixed(1)}–${spreads[kind]!.q3.toFixed(1)})`,
  )
  return [
    'CPU per request, server and engine together (JSON, model of 6 µs):',
    ...rows,
    `scheduler, checks, metrics: ${(cpu_us.unsigned! - cpu_us.bare!).toFixed(1)} µs (at most 15)`,
    `receipts: ${receipts.toFixed(1)} µs (at most 60)`,
    `  the yardstick, a signature with npm's secp256k1, took ${signature_us.toFixed(1)} µs meanwhile, ${REFERENCE_SIGNATURE_US} where the limits were set: there about ${((receipts * REFERENCE_SIGNATURE_US) / signature_us).toFixed(0)} µs`,
    `on a model of 1 ms: ${result.ms1_ratio.toFixed(3)} × bare (at most 1.06), ${result.ms1_more.us.toFixed(0)} µs more; where the limits were set about ${result.ms1_more.there.toFixed(3)}`,
    `binary tensors over JSON, 3,072 floats: ${result.binary_over_json.toFixed(2)} × (at least 3)`,
    `paid, warm: p50 +${pay.p50_extra_ms.toFixed(2)} ms (at most 3), p99 +${pay.p99_extra_ms.toFixed(2)} ms (at most 15)`,
    `settled while under load: ${pay.settle_per_s.toFixed(0)} a second (at least 150)`,
  ]
}

/**
 * CPU per request of each kind of server and of one signature, µs, one number a round. The servers
 * share a process and an engine's child; the order turns each time (ABBA), so that slow drifts cancel.
 * @param count requests in a turn, after which what was answered is committed: twice as often as a node does
 */
async function compare(
  model: BenchModel,
  file: (model: BenchModel) => string,
  count: number,
  progress: (line: string) => void,
): Promise<Record<string, number[]>> {
  const servers = await startServers(KINDS, file(model))
  const turn = async (kind: (typeof KINDS)[number]): Promise<number> => {
    const { port, path } = servers.server(kind)
    const before = await servers.cpuUs()
    await load(port, jsonRequest(path, model), count, CONNECTIONS)
    return ((await servers.cpuUs()) - before) / count
  }
  try {
    const samples: Record<string, number[]> = Object.fromEntries([...KINDS, 'signature'].map((kind) => [kind, []]))
    for (let sent = 0; sent < WARM_UP; sent += count) for (const kind of KINDS) await turn(kind)
    for (let i = 0; i < ROUNDS; i++) {
      samples.signature!.push(signatureUs())
      for (const kind of KINDS) samples[kind]!.push(0)
      for (let j = 0; j < TURNS; j++)
        for (const kind of (i + j) % 2 === 0 ? KINDS : KINDS.toReversed()) samples[kind]![i]! += (await turn(kind)) / TURNS
    }
    for (const kind of KINDS) progress(`${model.name}: ${kind} ${spread(samples[kind]!)} µs`)
    return samples
  } finally {
    servers.stop()
  }
}

/** How many layers make a run of a millisecond on this machine, by the engine's own clock; the quicker runs count, the others were disturbed. */
export async function layersOfOneMs(progress: (line: string) => void): Promise<number> {
  const layers = 256
  const { bytes, width } = slow(layers)
  const engine = onnxEngine()
  try {
    const model = await engine.load({ bytes, sha256: sha256Hex(bytes) })
    const input = [{ name: 'x', datatype: 'FP32' as const, shape: [1, width], data: new Uint8Array(4 * width) }]
    const runs: number[] = []
    for (let i = 0; i < 400; i++) runs.push((await model.run(input)).computeUs)
    const perLayer = quantile(runs, 0.25) / layers
    progress(`a layer takes ${perLayer.toFixed(2)} µs: ${Math.round(1000 / perLayer)} layers make 1 ms`)
    return Math.max(1, Math.round(1000 / perLayer))
  } finally {
    await engine.close()
  }
}

/** Throughput with binary tensors over throughput with JSON, of the node's own server, a ratio a round. */
async function binaryAgainstJson(file: (model: BenchModel) => string, progress: (line: string) => void): Promise<number[]> {
  const model = wide()
  const servers = await startServers(['unsigned'], file(model))
  try {
    const { port, path } = servers.server('unsigned')
    const json = jsonRequest(path, model)
    const binary = binaryRequest(path, model)
    const rate = async (request: Buffer, count: number): Promise<number> => count / (await load(port, request, count, CONNECTIONS))
    await rate(json, 500)
    await rate(binary, 2_000)
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2 === 0) {
        const slower = await rate(json, 1_000)
        ratios.push((await rate(binary, 4_000)) / slower)
      } else {
        const faster = await rate(binary, 4_000)
        ratios.push(faster / (await rate(json, 1_000)))
      }
    }
    progress(`binary over JSON: ${spread(ratios, 2)}`)
    return ratios
  } finally {
    servers.stop()
  }
}

const floatsOf = ({ width }: BenchModel): Float32Array => Float32Array.from({ length: width }, (_, i) => Math.sin(i))

/** The body of a request in JSON. */
export function jsonBody(model: BenchModel): Buffer {
  const body = { inputs: [{ name: 'x', shape: [1, model.width], datatype: 'FP32', data: Array.from(floatsOf(model)) }] }
  return Buffer.from(JSON.stringify(body))
}

/** A request in JSON, without a secret of its own. */
function jsonRequest(path: string, model: BenchModel): Buffer {
  return requestBytes(path, { 'content-type': 'application/json' }, jsonBody(model))
}

function binaryRequest(path: string, model: BenchModel): Buffer {
  const raw = new Uint8Array(floatsOf(model).buffer)
  const json = {
    inputs: [{ name: 'x', shape: [1, model.width], datatype: 'FP32', parameters: { binary_data_size: raw.length } }],
    parameters: { binary_data_output: true },
  }
  const header = Buffer.from(JSON.stringify(json))
  return requestBytes(
    path,
    { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    Buffer.concat([header, raw]),
  )
}

const spreadOf = (values: readonly number[]): Spread => ({ median: median(values), q1: quantile(values, 0.25), q3: quantile(values, 0.75) })
