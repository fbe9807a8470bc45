import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** Programs are bundled here because Node looks for their packages upwards from where they are; as deep as the sources that read `package.json`. */
const OUTPUT = fileURLToPath(new URL('../node_modules/.tests/', import.meta.url))

/** Bundles a program of the tests (TypeScript, from sources; a path from this folder) into a file that plain Node runs, in a folder that the caller removes. */
export async function bundle(program: string): Promise<string> {
  await mkdir(OUTPUT, { recursive: true })
  const outDir = await mkdtemp(OUTPUT)
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['source'] },
    ssr: { noExternal: [/^@opengradient\//], resolve: { conditions: ['source'] } },
    build: { ssr: fileURLToPath(new URL(program, import.meta.url)), outDir, emptyOutDir: true, target: 'node20', minify: false },
  })
  return join(outDir, basename(program).replace(/\.ts$/, '.js'))
}

export interface Program {
  readonly process: ChildProcess
  /** The lines it has written so far. */
  readonly lines: string[]
  readonly errors: () => string
  /** Resolves with the exit code, or null when it was killed. */
  readonly ended: Promise<number | null>
  /** Resolves when it has written a line that begins with `text`. */
  said(text: string): Promise<string>
}

/** Runs a bundled program. `shell` is put before it: `ulimit -f 100;` and the like. */
export function run(file: string, args: readonly string[], shell = ''): Program {
  const command = `${shell} exec "$0" "$@"`
  const child = spawn('bash', ['-c', command, process.execPath, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    for (const check of waiting) check()
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  return {
    process: child,
    lines,
    errors: () => errors,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const line = lines.find((candidate) => candidate.startsWith(text))
          if (line === undefined) return
          waiting.delete(check)
          resolve(line)
        }
        waiting.add(check)
        check()
        void ended.then((code) => reject(new Error(`ended (${code}) before it said ${text}: ${errors}`)))
      }),
  }
}
