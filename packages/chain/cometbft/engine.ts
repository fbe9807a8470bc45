import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reservePorts } from './ports.testkit.ts'

/** A home folder of CometBFT for one validator with fast blocks. Its ports are its own until this process ends. */
export async function initHome(binary: string, home: string, proxyApp: string): Promise<string> {
  execFileSync(binary, ['init', '--home', home], { stdio: 'ignore' })
  const [rpc, p2p] = (await reservePorts(2)).ports
  const file = join(home, 'config', 'config.toml')
  const config = readFileSync(file, 'utf8')
    .replace(/^proxy_app = .*$/m, `proxy_app = "${proxyApp}"`)
    .replace(/^timeout_commit = .*$/m, 'timeout_commit = "100ms"')
    .replace(/^laddr = "tcp:\/\/127.0.0.1:26657"$/m, `laddr = "tcp://127.0.0.1:${rpc}"`)
    .replace(/^laddr = "tcp:\/\/0.0.0.0:26656"$/m, `laddr = "tcp://127.0.0.1:${p2p}"`)
  writeFileSync(file, config)
  return `http://127.0.0.1:${rpc}`
}

/** CometBFT as a process. What it says is kept for the message of a failure. */
export class Engine {
  readonly #process: ChildProcess
  #said = ''

  /** `under` is put before the command: one that becomes it, as `env` and `ip netns exec` do. */
  constructor(binary: string, home: string, under: readonly string[] = []) {
    const [command, ...args] = [...under, binary, 'start', '--home', home]
    this.#process = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.on('data', (chunk) => {
        this.#said = (this.#said + chunk).slice(-200_000)
      })
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  get said(): string {
    return this.#said
  }

  /** Waits until something holds; fails when CometBFT has ended or after four minutes. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 240_000; !(await condition()); await sleep(20)) {
      if (this.ended) throw new Error(`CometBFT ended:\n${this.#said.slice(-4000)}`)
      if (Date.now() > end) throw new Error(`CometBFT did not get there in four minutes:\n${this.#said.slice(-4000)}`)
    }
  }

  async exit(): Promise<void> {
    if (!this.ended) await once(this.#process, 'exit')
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.exit()
  }
}
