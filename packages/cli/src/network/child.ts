import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, OgError } from '@opengradient/protocol'
import type { LogFile } from './logfile.ts'

/** What a service process tells its supervisor over the IPC channel. */
export type ServiceMessage = { ready: Record<string, unknown> } | { failed: { code: string; message: string } } | { progress: string }

/** What its supervisor tells a service: the configuration to start with, once, and later that the user has seen what they waited for. */
export type SupervisorMessage = { begin: Record<string, unknown> } | 'idle'

/** The compiled entry, for tests that run from the source too. */
const SERVICE_MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/network/service.js' : './service.js', import.meta.url),
)

/** One service in its own process, which loads its code at once and starts with `begin`; its output goes to its log file. */
export class ServiceProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #exit: Promise<number>
  readonly #ready: Promise<Record<string, unknown>>
  #stopping = false
  #why: OgError | undefined

  /** @param onExit told of an end that nobody asked for, with what the service said of why, if it could */
  constructor(
    name: string,
    log: LogFile,
    onExit: (name: string, code: number, why: OgError | undefined) => void,
    onProgress: (line: string) => void = () => {},
  ) {
    this.name = name
    this.#child = fork(SERVICE_MAIN, [name], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: ['--max-old-space-size=4096'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (data: Buffer) => log.write(data))
    this.#exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const status = signal ? 128 : (code ?? 5)
        resolve(status)
        if (!this.#stopping) onExit(name, status, this.#why)
      })
    })
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: ServiceMessage) => {
        if ('ready' in message) resolve(message.ready)
        if ('progress' in message) onProgress(message.progress)
        if ('failed' in message) {
          this.#why = new OgError(message.failed.code as ErrorCode, message.failed.message, { details: { service: name } })
          reject(this.#why)
        }
      })
      void this.#exit.then((code) =>
        reject(new OgError('SERVICE_DIED', `the ${name} service stopped with code ${code} while starting; its log is ${log.path}`)),
      )
    })
    this.#ready.catch(() => {})
  }

  /** Starts the service; resolves to its facts once it is ready. Once only. */
  begin(config: Record<string, unknown>): Promise<Record<string, unknown>> {
    // That the process is gone already is told by `#ready`.
    this.#child.send({ begin: config } satisfies SupervisorMessage, () => {})
    return this.#ready
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Work that can wait may begin. */
  idle(): void {
    const message: SupervisorMessage = 'idle'
    if (this.#child.connected) this.#child.send(message)
  }

  /** Asks the service to drain and end; kills it after `graceMs`. */
  async stop(graceMs = 15_000): Promise<void> {
    this.#stopping = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await this.#exit
    clearTimeout(timer)
  }
}
