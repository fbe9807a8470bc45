import { type ChildProcess, spawn } from 'node:child_process'
import { ENGINE_STRANDED } from '@opengradient/chain'
import type { LogFile } from '../network/logfile.ts'
import { lastWords } from './lastWords.ts'

/** Of its last words, so many characters are looked at. */
const LAST_WORDS = 10_000

/** CometBFT as a process; its output goes to its log file. */
export class EngineProcess {
  readonly #child: ChildProcess
  readonly #exit: Promise<void>
  #stopping = false
  #lastWords = ''

  /** `onExit` is told of an end that nobody asked for, with the code or signal and what it said of why. */
  constructor(binary: string, args: readonly string[], log: LogFile, onExit: (how: string) => void) {
    // A group of its own: Ctrl-C at the terminal must not reach it before the node is told to stop.
    this.#child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        log.write(data)
        this.#lastWords = (this.#lastWords + data.toString('latin1')).slice(-LAST_WORDS)
      })
    }
    this.#exit = new Promise((resolve) => {
      const ended = (how: string) => {
        resolve()
        if (!this.#stopping) onExit([how, lastWords(this.#lastWords)].filter((part) => part !== undefined).join(': '))
      }
      this.#child.once('error', (error) => ended(error.message))
      this.#child.once('close', (code, signal) => ended(signal ?? `code ${code}`))
    })
  }

  /** Whether it has ended because it was killed between a snapshot and its first block, and would again (`forgetEngineData`). */
  get stranded(): boolean {
    return ENGINE_STRANDED.test(this.#lastWords)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Asks CometBFT to end; kills it after `graceMs`. */
  async stop(graceMs = 10_000): Promise<void> {
    this.#stopping = true
    if (this.#ended) return
    this.#child.kill('SIGTERM')
    await this.endsWithin(graceMs)
  }

  /**
   * Resolves when it has ended; kills it after `graceMs`. A CometBFT that loses its node ends by itself, but not always: a call that it makes
   * just then is never answered, and its shutdown waits for it for ever (v0.39.3, abci/client/socket_client.go, `trackRequest`).
   */
  async endsWithin(graceMs: number): Promise<void> {
    if (this.#ended) return
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await this.#exit
    clearTimeout(timer)
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined
  }
}
