import { concatBytes } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import type { FrameSealer } from './sealer.ts'

/** Time as the server gives it: milliseconds of a clock that never goes back, and a pause. */
export interface PaceClock {
  now(): number
  wait(milliseconds: number): Promise<void>
}

/** Least milliseconds between two releases of one response. */
export const FRAME_INTERVAL = 50

/**
 * Seals a response that is made piece by piece, such as tokens, so that neither the sizes nor the times of the pieces show on the wire: what
 * is written waits, and leaves together at most once in 50 ms. Only the first piece leaves at once.
 */
export class PacedSealer {
  readonly #sealer: FrameSealer
  readonly #clock: PaceClock
  readonly #send: (bytes: Uint8Array) => void
  #waiting: Uint8Array[] = []
  #ended = false
  #next = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined

  /** `send` gets the sealed bytes in order. */
  constructor(sealer: FrameSealer, clock: PaceClock, send: (bytes: Uint8Array) => void) {
    this.#sealer = sealer
    this.#clock = clock
    this.#send = send
  }

  /** Takes bytes to seal; they leave when their time has come. Throws `CHANNEL_CLOSED` after `end`. */
  write(bytes: Uint8Array): void {
    this.#open()
    this.#waiting.push(bytes)
    this.#run()
  }

  /** Ends the response, once: settles when the final frame was sent. Rejects with whatever sealing or sending threw. */
  async end(): Promise<void> {
    this.#open()
    this.#ended = true
    this.#run()
    while (this.#running) await this.#running
  }

  #open(): void {
    if (this.#ended) throw new OgError('CHANNEL_CLOSED', 'The response has ended already.')
  }

  #run(): void {
    this.#running ??= this.#release()
    // The fault is for whoever awaits `end`.
    this.#running.catch(() => undefined)
  }

  async #release(): Promise<void> {
    for (let final = false; !final && (this.#waiting.length > 0 || this.#ended); ) {
      const pause = this.#next - this.#clock.now()
      if (pause > 0) await this.#clock.wait(pause)
      const bytes = concatBytes(...this.#waiting.splice(0))
      final = this.#ended
      this.#next = this.#clock.now() + FRAME_INTERVAL
      this.#send(await this.#sealer.seal(bytes, final))
    }
    this.#running = undefined
  }
}
