import type { Bundle } from '@opengradient/protocol'
import type { Judgement, Rules, Subject } from '../judge.ts'
import type { Question, Reply } from './messages.ts'
import { answerTo } from './worker.ts'

/** The function around the whole script (see `vite.config.ts`): its source is what a worker runs. */
declare const wholeScript: () => void

/**
 * Reads and judges beside the page, which stays usable however heavy a bundle is. Only the newest question counts: a worker that still
 * thinks about an older one is ended, and that one is never answered. Where a browser allows no worker, the page does it itself.
 */
export class Judging {
  #worker: Promise<Worker | undefined> | undefined
  #busy = false

  /** What a file holds. */
  subject(name: string, bytes: Uint8Array): Promise<Subject> {
    return this.#ask({ ask: 'subject', name, bytes }) as Promise<Subject>
  }

  /** The verdict on the subject, or on `changed` in its place, at `now` (unix seconds). */
  verdict(subject: Subject, rules: Rules, now: number, changed: Bundle | undefined): Promise<Judgement> {
    return this.#ask({ ask: 'verdict', subject, rules, now, changed }) as Promise<Judgement>
  }

  async #ask(question: Question): Promise<Subject | Judgement> {
    if (this.#busy) this.#end()
    this.#worker ??= startWorker()
    this.#busy = true
    const started = this.#worker
    const worker = await started
    // A newer question came meanwhile.
    if (started !== this.#worker) return never()
    try {
      return await (worker ? answerFrom(worker, question) : answerTo(question))
    } catch (error) {
      // It may have ended, of memory for one, and would answer nothing more.
      if (started === this.#worker) this.#end()
      throw error
    } finally {
      if (started === this.#worker) this.#busy = false
    }
  }

  #end(): void {
    const worker = this.#worker
    this.#worker = undefined
    this.#busy = false
    void worker?.then((running) => running?.terminate())
  }
}

const never = (): Promise<never> => new Promise(() => {})

/** A worker that runs this very script, from a blob: what is opened from a disk may start none from a file. Undefined if none starts. */
async function startWorker(): Promise<Worker | undefined> {
  const url = URL.createObjectURL(new Blob([`(${wholeScript})()`], { type: 'text/javascript' }))
  try {
    const worker = new Worker(url)
    const ready = await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true)
      worker.onerror = () => resolve(false)
    })
    return ready ? worker : undefined
  } catch {
    return undefined
  } finally {
    URL.revokeObjectURL(url)
  }
}

function answerFrom(worker: Worker, question: Question): Promise<Subject | Judgement> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('answer' in data) resolve(data.answer)
      else if ('fault' in data) reject(new Error(data.fault))
    }
    worker.onerror = ({ message }) => reject(new Error(message || 'the check ended by itself'))
    worker.postMessage(question)
  })
}
