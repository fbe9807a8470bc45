import { type Hex, OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import type { NodeLog } from '../log.ts'
import { type Files, UNFINISHED } from './files.ts'
import { decodeJob, encodeJob, type ProofJob } from './job.ts'

/** What the shelf found when it was opened. */
export interface Found {
  readonly job: ProofJob
  readonly proved: boolean
}

export interface ShelfOptions {
  readonly files: Files
  /** Most bytes of jobs and proofs together; beyond them no new job is taken. */
  readonly maxBytes: number
  readonly log: NodeLog
}

const NAME = /^([0-9a-f]{64})\.(job|proof)$/

/**
 * Jobs and proofs on disk, two files a request: `ID.job` is there before the answer is released, `ID.proof` as soon as it is made.
 * Each is written whole or not at all. A job stays with its proof until nobody can ask for it any more, so a proof can be made again.
 */
export class ProofShelf {
  readonly #options: ShelfOptions
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  private constructor(options: ShelfOptions) {
    this.#options = options
  }

  /** Opens a shelf. Writes that were cut short are removed, what cannot be read is put aside as `*.bad` and logged. */
  static async open(options: ShelfOptions): Promise<{ shelf: ProofShelf; found: Found[] }> {
    const shelf = new ProofShelf(options)
    return { shelf, found: await shelf.#scan() }
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether a new job may be taken. */
  get hasRoom(): boolean {
    return this.#bytes < this.#options.maxBytes
  }

  /** Keeps a job; it is on disk when this resolves. @throws OgError `DISK_FULL`, `JOURNAL_FAILED` */
  async keep(job: ProofJob): Promise<void> {
    await this.#write(nameOf(job.requestId, 'job'), encodeJob(job))
  }

  /** Keeps a proof; it is on disk when this resolves. @throws OgError `DISK_FULL`, `JOURNAL_FAILED` */
  async finish(requestId: Hex, proof: Uint8Array): Promise<void> {
    await this.#write(nameOf(requestId, 'proof'), proof)
  }

  async job(requestId: Hex): Promise<ProofJob | undefined> {
    const name = nameOf(requestId, 'job')
    return this.#sizes.has(name) ? decodeJob(await this.#options.files.read(name)) : undefined
  }

  async proof(requestId: Hex): Promise<Uint8Array | undefined> {
    const name = nameOf(requestId, 'proof')
    return this.#sizes.has(name) ? this.#options.files.read(name) : undefined
  }

  /** Throws a proof away, so that it is made again. */
  async unprove(requestId: Hex): Promise<void> {
    await this.#remove(nameOf(requestId, 'proof'))
  }

  /** Forgets job and proof. The job goes first: a proof without one is forgotten at the next start. */
  async remove(requestId: Hex): Promise<void> {
    await this.#remove(nameOf(requestId, 'job'))
    await this.#remove(nameOf(requestId, 'proof'))
  }

  async #scan(): Promise<Found[]> {
    const { files, log } = this.#options
    const listed = await files.list()
    for (const { name, bytes } of listed) {
      if (UNFINISHED.test(name)) await files.remove(name)
      else if (NAME.test(name)) this.#count(name, bytes)
    }
    const found: Found[] = []
    for (const name of [...this.#sizes.keys()]) {
      const [, id, kind] = NAME.exec(name)!
      if (kind === 'proof') {
        if (!this.#sizes.has(`${id}.job`)) await this.#remove(name)
        continue
      }
      try {
        const job = decodeJob(await files.read(name))
        if (job.requestId !== `0x${id}`) throw new OgError('JOURNAL_CORRUPT', 'its name is that of another request')
        found.push({ job, proved: this.#sizes.has(`${id}.proof`) })
      } catch (error) {
        log.error(
          { file: name, reason: (error as Error).message },
          'the job of a proof is damaged; it is put aside, and its proof cannot be made',
        )
        await files.rename(name, `${name}.bad`)
        this.#count(name, undefined)
      }
    }
    return found
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#options.files.write(name, bytes)
    } catch (cause) {
      if (isDiskFull(cause))
        throw new OgError('DISK_FULL', 'the disk of the node is full: a proof or its job could not be written', { cause })
      throw new OgError('JOURNAL_FAILED', `a proof or its job could not be written: ${(cause as Error).message}`, { cause })
    }
    this.#count(name, bytes.length)
  }

  async #remove(name: string): Promise<void> {
    if (!this.#sizes.has(name)) return
    await this.#options.files.remove(name)
    this.#count(name, undefined)
  }

  /** A file has so many bytes now; undefined: there is none. */
  #count(name: string, bytes: number | undefined): void {
    this.#bytes += (bytes ?? 0) - (this.#sizes.get(name) ?? 0)
    if (bytes === undefined) this.#sizes.delete(name)
    else this.#sizes.set(name, bytes)
  }
}

function nameOf(requestId: Hex, kind: 'job' | 'proof'): string {
  return `${requestId.slice(2)}.${kind}`
}
