import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version that is compared with. It has no licence file: it is installed to be measured, and is no part of this project. */
const VERSION = '23.0.5'
const SCRIPT = fileURLToPath(new URL('../../zkml/prove_with_ezkl.py', import.meta.url))

/** What EZKL took, in milliseconds; `prove` is the median of its proofs. */
export interface EzklRun {
  readonly prove_ms: number
  /** CPU of one proof, of all threads: what other work on the machine changes little. */
  readonly prove_cpu_ms: number
  readonly verify_ms: number
  readonly setup_ms: number
  readonly proof_bytes: number
  readonly logrows: number
}

/** Installs EZKL's Python package under `.build/ezkl`, or says why it cannot be had. Answers the interpreter. */
export function installEzkl(root: string): string {
  const folder = join(root, '.build', 'ezkl', VERSION)
  const python = join(folder, 'bin', 'python')
  if (!existsSync(join(folder, 'installed'))) {
    rmSync(folder, { recursive: true, force: true })
    run('python3', ['-m', 'venv', folder])
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ezkl==${VERSION}`])
    writeFileSync(join(folder, 'installed'), '')
  }
  return python
}

/** Proves one answer of an ONNX file with EZKL `times` times: public input and output, weights fixed in the circuit, its own choice of scales. */
export function runEzkl(python: string, onnx: Uint8Array, input: readonly number[], times: number): EzklRun {
  const folder = mkdtempSync(join(tmpdir(), 'og-ezkl-'))
  try {
    const [model, data, out] = [join(folder, 'model.onnx'), join(folder, 'input.json'), join(folder, 'out')]
    mkdirSync(out)
    writeFileSync(model, onnx)
    writeFileSync(data, JSON.stringify({ input_data: [input] }))
    const said = run(python, [SCRIPT, model, data, out, String(times)])
    const { seconds, cpu, proof_bytes, logrows, ok } = JSON.parse(said.trim().split('\n').at(-1)!) as {
      seconds: Record<'prove' | 'verify' | 'setup', number>
      cpu: Record<'prove', number>
      proof_bytes: number
      logrows: number
      ok: boolean
    }
    if (!ok) throw new Error('EZKL does not accept its own proof')
    const ms = (name: keyof typeof seconds) => seconds[name] * 1_000
    return { prove_ms: ms('prove'), prove_cpu_ms: cpu.prove * 1_000, verify_ms: ms('verify'), setup_ms: ms('setup'), proof_bytes, logrows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(file: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  if (error) throw new Error(`cannot run ${file}: ${error.message}`)
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${status}:\n${stderr.slice(-2_000)}`)
  return stdout
}
