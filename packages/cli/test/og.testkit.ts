import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Checkout } from '../../../scripts/launcher/plan.mjs'

const checkout = new Checkout(fileURLToPath(new URL('../../../', import.meta.url)))
const binary = (name: string) => checkout.at('packages', 'cli', 'bin', name)

/** `og` from `dist`. */
export const UNPACKED = binary('og.js')
const isPacked = checkout.plan(checkout.stamp()).length === 0
/** `og` as the launcher runs it, when the launcher would have nothing to do first. */
const BIN = isPacked ? binary('packed.js') : UNPACKED
const MAIN = pathToFileURL(checkout.at('packages', 'cli', 'dist', ...(isPacked ? ['packed'] : []), 'main.js')).href
const RESIDENT = fileURLToPath(new URL('./resident.mjs', import.meta.url))

/** What one `og` process said. */
export interface Said {
  code: number | null
  out: string
  err: string
}

/** A home of its own for a test, with everything that `og` printed for it: tests look for secrets there. */
export class Home {
  readonly root = mkdtempSync(join(tmpdir(), 'og cli '))
  readonly said: string[] = []
  readonly env: Record<string, string>
  #resident: Resident | undefined

  constructor(env: Record<string, string> = {}) {
    this.env = { ...(process.env as Record<string, string>), NO_COLOR: '1', OG_HOME: join(this.root, 'home'), ...env }
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  #heard(said: Said): Said {
    this.said.push(said.out, said.err)
    return said
  }

  /** Runs one command to its end, in a process that has run others before. */
  async og(...args: string[]): Promise<Said> {
    this.#resident ??= new Resident(this.root, this.env)
    return this.#heard(await this.#resident.run(args))
  }

  /** Runs a command that must end well, and parses its `--json`. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const said = await this.og(...args, '--json')
    if (said.code !== 0) throw new Error(`og ${args.join(' ')} ended with ${said.code}\n${said.out}\n${said.err}`)
    return JSON.parse(said.out) as T
  }

  /** Runs one command to its end, in a process of its own as its user does: where it starts others, or ends as a process ends. */
  alone(...args: string[]): Said {
    return this.run(BIN, ...args)
  }

  /** The same with this file as the program. */
  run(program: string, ...args: string[]): Said {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd: this.root,
      env: this.env,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      input: '',
      timeout: 600_000,
    })
    return this.#heard({ code: status, out: stdout, err: stderr })
  }

  /** Starts a command in a process of its own, and lets it run. */
  launch(...args: string[]): Staying {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: this.root, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 128)))
    let text = ''
    const hear = (data: Buffer) => {
      text += data.toString()
      this.said.push(data.toString())
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    return { child, exited, text: () => text }
  }

  /** Starts a command that stays; resolves once its output matches. */
  start(until: RegExp, ...args: string[]): Promise<Staying> {
    const staying = this.launch(...args)
    const { child, exited, text } = staying
    return new Promise((resolve, reject) => {
      const look = () => void (until.test(text()) && resolve(staying))
      child.stdout?.on('data', look)
      child.stderr?.on('data', look)
      void exited.then((code) => reject(new Error(`og ${args.join(' ')} ended with ${code}:\n${text()}`)))
    })
  }

  remove(): void {
    this.#resident?.end()
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

/** A process that runs one command after the other. */
class Resident {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve: (said: Said) => void; reject: (error: Error) => void }>()
  #asked = 0

  constructor(cwd: string, env: Record<string, string>) {
    this.#child = fork(RESIDENT, [MAIN], { cwd, env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', ({ id, said }: { id: number; said: Said }) => {
      this.#waiting.get(id)?.resolve(said)
      this.#waiting.delete(id)
    })
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process of the commands ended with ${signal ?? code}`))
    })
  }

  run(args: readonly string[]): Promise<Said> {
    return new Promise((resolve, reject) => {
      const id = this.#asked++
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, args }, (error) => error && reject(error))
    })
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

/** A command that stays up. */
export interface Staying {
  child: ChildProcess
  exited: Promise<number>
  text: () => string
}

/** A base whose ports (web +0, inference +10, store +20, RPC +145) are free now. */
export async function freePortBase(): Promise<string> {
  for (;;) {
    // Below the ports that systems give to outgoing connections, or one of those takes it meanwhile; and those of other tests are elsewhere.
    const base = 20_000 + 750 * (Number(process.env.VITEST_POOL_ID) % 16) + Math.floor(Math.random() * 600)
    const free = await Promise.all([0, 10, 11, 20, 145].map((offset) => isFree(base + offset)))
    if (free.every(Boolean)) return String(base)
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
