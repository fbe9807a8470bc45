import { createWriteStream, renameSync, rmSync, statSync, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../home/folder.ts'

/** A log file that moves aside at `maxBytes`: service.log → service.log.1 → … → service.log.3. */
export class LogFile {
  readonly path: string
  readonly #maxBytes: number
  #stream: WriteStream
  #size: number

  constructor(path: string, maxBytes = 8 * 1024 * 1024) {
    this.path = path
    this.#maxBytes = maxBytes
    makeFolder(dirname(path))
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    this.#stream = this.#open()
  }

  /** Appends bytes; a full disk loses log lines, never the service. */
  write(data: string | Uint8Array): void {
    if (this.#size > this.#maxBytes) this.#rotate()
    this.#size += data.length
    this.#stream.write(data)
  }

  /** Resolves when everything is written. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()))
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.path, { flags: 'a', mode: 0o600 })
    stream.on('error', () => {})
    return stream
  }

  #rotate(): void {
    this.#stream.end()
    rmSync(`${this.path}.3`, { force: true })
    for (const [from, to] of [
      ['.2', '.3'],
      ['.1', '.2'],
      ['', '.1'],
    ] as const) {
      if (statSync(this.path + from, { throwIfNoEntry: false })) renameSync(this.path + from, this.path + to)
    }
    this.#size = 0
    this.#stream = this.#open()
  }
}
