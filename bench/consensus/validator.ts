import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { JsonRpc } from '../measure/jsonRpc.ts'
import { cpuSeconds, pssMb } from '../measure/processTree.ts'
import type { MemoryMb } from './load.ts'
import type { Place } from './network.ts'
import type { Said } from './nodeProcess.ts'

const NODE = fileURLToPath(new URL('./nodeProcess.js', import.meta.url))

/** The pinned CometBFT; built if need be. */
export function engineBinary(): string {
  const script = fileURLToPath(new URL('../../../scripts/cometbft.mjs', import.meta.url))
  return execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
}

/** A node and its CometBFT: two processes. */
export class Validator {
  readonly place: Place
  readonly #binary: string
  readonly #every: number
  #node: ChildProcess | undefined
  #engine: ChildProcess | undefined
  #rpc: JsonRpc | undefined
  height = 0
  /** Told of each block with the hashes of its transactions. */
  onBlock: (hashes: readonly string[], height: number) => void = () => {}

  /** `every`: blocks from one snapshot to the next, 0 for none; with snapshots blocks are made as fast as they can be. */
  constructor(binary: string, place: Place, every = 0) {
    this.#binary = binary
    this.place = place
    this.#every = every
  }

  get rpc(): JsonRpc {
    return this.#rpc!
  }

  async start(): Promise<void> {
    const { home, genesisFile, listen, rpc } = this.place
    const child = fork(NODE, [home, genesisFile, listen, rpc, String(this.#every), ...(this.#every > 0 ? ['hurry'] : [])], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#node = child
    const port = await new Promise<number>((resolve, reject) => {
      child.on('message', (said: Said) => {
        if ('port' in said) return resolve(said.port)
        this.height = said.height
        this.onBlock(said.hashes, said.height)
      })
      child.once('exit', (code) => reject(new Error(`a node ended with ${code}`)))
    })
    this.#rpc = new JsonRpc(port)
    this.#engine = spawn(this.#binary, ['start', '--home', home], { stdio: ['ignore', 'ignore', 'ignore'] })
  }

  /** kill -9 of both. */
  async kill(): Promise<void> {
    this.#rpc?.close()
    await Promise.all([this.#node, this.#engine].map(killed))
  }

  async reaches(height: number, seconds = 60): Promise<void> {
    for (const end = Date.now() + 1_000 * seconds; this.height < height; await sleep(10)) {
      if (Date.now() > end) throw new Error(`the node is at ${this.height} after ${seconds} s and not at ${height}`)
    }
  }

  get #pids(): number[] {
    return [this.#node, this.#engine].flatMap((child) => child?.pid ?? [])
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#pids)
  }

  /** PSS of its node and of its CometBFT. */
  memoryMb(): MemoryMb {
    const [nodes, engines] = [this.#node, this.#engine].map((child) => pssMb(child?.pid ? [child.pid] : []))
    return { nodes: nodes!, engines: engines! }
  }
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}
