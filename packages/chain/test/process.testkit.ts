import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { packing } from '../../../scripts/pack.mjs'

/** Programs are packed here because Node looks for what is not packed upwards from where they are. */
const OUTPUT = fileURLToPath(new URL('../node_modules/.tests/', import.meta.url))

/** Packs a program of the tests (TypeScript; a path from this folder) into files that plain Node runs, in a folder that the caller removes. */
export async function bundle(program: string): Promise<string> {
  await mkdir(OUTPUT, { recursive: true })
  const out = await mkdtemp(OUTPUT)
  const name = basename(program, '.ts')
  await build({ configFile: false, ...packing({ programs: { [name]: fileURLToPath(new URL(program, import.meta.url)) }, out }) })
  // Else Node reads a file twice, to find out what it is.
  await writeFile(join(out, 'package.json'), '{"type":"module"}')
  return join(out, `${name}.js`)
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
