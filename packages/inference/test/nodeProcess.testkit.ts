import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bytesToHex, type Hex } from '@opengradient/protocol'
import { build } from 'vite'
import { onTestFinished } from 'vitest'
import { lock } from '../../../scripts/launcher/lock.mjs'
import { packing } from '../../../scripts/pack.mjs'
import { isFresh } from '../../../scripts/packed/noting.mjs'
import { nameOf, scriptOf } from '../../../scripts/packed/starting.mjs'
import type { InferenceNodeConfig } from '../src/config.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./nodeProcess.mjs', import.meta.url))
/** Node looks for what is not packed upwards from here. */
const PACKED = fileURLToPath(new URL('../node_modules/.tests/', import.meta.url))
const STARTED = { 'inference/src/engine/child.ts': 'child/main.mjs', 'zkml/src/node/threads.ts': 'worker.ts' }
const PROGRAMS = ['nodeProcess', ...Object.keys(STARTED).map((starter) => nameOf(scriptOf(starter, STARTED)))]

let packed: Promise<string> | undefined

/**
 * Packs the program, unless somebody has packed it from the same sources: a node that is started again and again would spend most of the time on
 * reading its modules, and tests in several processes need it at the same time.
 */
async function pack(): Promise<string> {
  const out = join(PACKED, `node-${packer()}`)
  mkdirSync(PACKED, { recursive: true })
  const { unlock } = await lock(join(PACKED, 'lock'), () => {})
  try {
    if (PROGRAMS.some((program) => !isFresh(ROOT, out, program))) {
      await build({ configFile: false, ...packing({ programs: { nodeProcess: PROGRAM }, started: STARTED, out }) })
      // Else Node reads a file twice, to find out what it is.
      writeFileSync(join(out, 'package.json'), '{"type":"module"}')
    }
  } finally {
    unlock()
  }
  return out
}

/** Changes with what packs, and with what is installed. */
function packer(): string {
  const hash = createHash('sha256')
  for (const file of ['scripts/pack.mjs', 'scripts/packed/noting.mjs', 'scripts/packed/starting.mjs', 'package-lock.json'])
    hash.update(readFileSync(join(ROOT, file)))
  return hash.digest('hex').slice(0, 16)
}

/** A node in a process of its own. */
export interface NodeProcess {
  readonly url: string
  readonly gone: Promise<unknown>
  isGone(): boolean
  /** States that a request reached in this process, in order; those of its proof as `proof:STATE`. */
  statesOf(requestId: Hex): string[]
  /** Has it kill itself, as hard as kill -9, the moment the request or its proof reaches the state; of several (`a+b`) the last. */
  dieAt(states: string, requestId: Hex): Promise<void>
  /** Kills it now. */
  kill(): Promise<void>
}

export interface NodeProcessOptions {
  /** Of the development machine that attests it; without it nothing does. */
  readonly seed?: string | undefined
  /** It outlives the test, and whoever starts it ends it. */
  readonly stays?: boolean
}

/** Starts a node; resolves when it is up. */
export async function startNodeProcess(
  dir: string,
  config: InferenceNodeConfig,
  { seed = '', stays = false }: NodeProcessOptions = {},
): Promise<NodeProcess> {
  const file = join(dir, `config${Math.random()}.json`)
  const text = (_: string, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? bytesToHex(value) : value
  writeFileSync(file, JSON.stringify(config, text))
  packed ??= pack()
  const child: ChildProcess = spawn(process.execPath, [join(await packed, 'nodeProcess.js'), file, seed], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // What is said to one that is dead already is lost.
  child.stdin!.on('error', () => {})
  if (!stays) onTestFinished(() => void child.kill('SIGKILL'))
  const gone = once(child, 'exit')
  const lines: string[] = []
  const heard = new Map<string, () => void>()
  const url = await new Promise<string>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the node ended with ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [word, rest] = line.split(' ')
      if (word === 'up') resolve(rest!)
      else if (word === 'dies') heard.get(line)?.()
      else lines.push(line)
    })
  })
  return {
    url,
    gone,
    isGone: () => child.exitCode !== null || child.signalCode !== null,
    statesOf: (requestId) => lines.flatMap((line) => (line.endsWith(` ${requestId}`) ? [line.split(' ')[0]!] : [])),
    dieAt: (states, requestId) => {
      const order = `${requestId} ${states}`
      child.stdin!.write(`${order}\n`)
      const promised = new Promise<void>((resolve) => heard.set(`dies ${order}`, resolve))
      return Promise.race([promised, gone.then(() => Promise.reject(new Error('the node had ended before')))])
    },
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** One node of several tests: each begins with the process that the one before left, and leaves the one that it started last. */
export class MortalNode {
  readonly #start: () => Promise<NodeProcess>
  #running: NodeProcess | undefined

  constructor(dir: string, config: InferenceNodeConfig, seed?: string) {
    this.#start = () => startNodeProcess(dir, config, { seed, stays: true })
  }

  /** The process that runs, or a new one. */
  async now(): Promise<NodeProcess> {
    if (this.#running === undefined || this.#running.isGone()) this.#running = await this.#start()
    return this.#running
  }

  /** Waits for the end of the process, and starts the next one. */
  async again(): Promise<NodeProcess> {
    await this.#running?.gone
    return this.now()
  }

  async end(): Promise<void> {
    await this.#running?.kill()
  }
}
