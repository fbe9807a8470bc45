import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bytesToHex, fromBase64, sha256Hex } from '@opengradient/protocol'
import { WASM_BASE64 } from '@opengradient/zkml'
import type { EngineIdentity } from './engine.ts'
import { isolationPlan } from './isolation.ts'

const require = createRequire(import.meta.url)
const SETTINGS = { threads: 1, graph_optimization: 'all', execution_mode: 'sequential' } as const

/** ONNX Runtime, native library: class `exact-env`, so the fingerprint names the instruction set that chooses its kernels. */
export async function nativeIdentity(): Promise<EngineIdentity> {
  const { version, folder } = packageOf('onnxruntime-node')
  const library =
    { linux: 'libonnxruntime.so.1', darwin: `libonnxruntime.${version}.dylib`, win32: 'onnxruntime.dll' }[process.platform as string] ??
    'libonnxruntime.so.1'
  const digest = await sha256File(join(folder, 'bin', 'napi-v6', process.platform, process.arch, library))
  const parameters = { execution_provider: 'cpu', ...SETTINGS }
  const fingerprint = `onnxruntime-node/${version} ${process.platform}-${process.arch} ${instructionSet()} cpu threads=1 opt=all`
  return { name: 'onnx', version, digest, device: 'cpu', fingerprint, parameters, isolation: (await isolationPlan()).isolation }
}

/** ONNX Runtime, WebAssembly: the same bytes everywhere, so the fingerprint names no machine. */
export async function wasmIdentity(): Promise<EngineIdentity> {
  const { version, folder } = packageOf('onnxruntime-web')
  const digest = await sha256File(join(folder, 'dist', 'ort-wasm-simd-threaded.wasm'))
  const parameters = { execution_provider: 'wasm', ...SETTINGS }
  const fingerprint = `onnxruntime-web/${version} wasm32-simd128 threads=1 opt=all`
  return { name: 'onnx-exact', version, digest, device: 'cpu', fingerprint, parameters, isolation: (await isolationPlan()).isolation }
}

/** Integer models on zkml's kernels: exact by definition, so the fingerprint names no machine. The digest is that of the kernels' WebAssembly. */
export async function zkIdentity(): Promise<EngineIdentity> {
  const { version } = require('@opengradient/zkml/package.json') as { version: string }
  const digest = sha256Hex(fromBase64(WASM_BASE64))
  const fingerprint = `opengradient-zkml/${version} wasm32-simd128 threads=1`
  const parameters = { execution_provider: 'integer', threads: 1, proof_mode: 'succinct, not zero-knowledge' }
  return { name: 'zk', version, digest, device: 'cpu', fingerprint, parameters, isolation: (await isolationPlan()).isolation }
}

function packageOf(name: string): { version: string; folder: string } {
  // onnxruntime-web does not export its package.json: both entries lie in `dist`.
  const folder = dirname(dirname(require.resolve(name)))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { version, folder }
}

/** The vector instructions of this processor that ONNX Runtime's kernels are chosen by; ARM's scalable ones with their length in bits. */
export function instructionSet(cpuinfo: string = readText('/proc/cpuinfo'), arch: string = process.arch, vectors = vectorBits): string {
  const arm = arch === 'arm64'
  const [, list = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo) ?? []
  const has = new Set(list.trim().split(/\s+/))
  const known = (arm ? ARM : X64).filter((feature) => has.has(feature))
  if (known.length === 0) return `${arch}-unknown`
  return known.map((feature) => (feature === 'sve' || feature === 'sme' ? `${feature}${vectors(feature)}` : feature)).join('+')
}

const X64 = ['amx_int8', 'avx512_vnni', 'avx512f', 'avx_vnni', 'avx2', 'avx', 'sse4_2']
const ARM = ['sme2', 'sme', 'sve2', 'sve', 'i8mm', 'bf16', 'asimddp', 'asimd']

/** How long the vectors are that Linux gives a process; nothing where it does not say. */
function vectorBits(feature: 'sve' | 'sme'): string {
  const bytes = Number(readText(`/proc/sys/abi/${feature}_default_vector_length`))
  return bytes > 0 ? `:${bytes * 8}` : ''
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

async function sha256File(path: string): Promise<ReturnType<typeof bytesToHex>> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return bytesToHex(hash.digest())
}
