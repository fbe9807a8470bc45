import type { Io } from '../io.ts'

/** Told how far a long piece of work is. */
export interface Progress {
  /** `name` has begun; it should take `expectedMs`, if that is known. */
  phase(name: string, expectedMs?: number): void
  /** Takes the line away. */
  end(): void
}

const WIDTH = 24
const REDRAW_MS = 100
/** Work that is over sooner shows nothing. */
const PATIENCE_MS = 400

/**
 * A line on standard error that is redrawn: what is being done, and a bar where the time it takes is known beforehand. Nothing where
 * standard error is no terminal.
 */
export function progressBar({ err, color, now }: Pick<Io, 'err' | 'color' | 'now'>, verb: string): Progress {
  if (!color || !(err as { isTTY?: boolean }).isTTY) return { phase() {}, end() {} }
  const started = now()
  let current = ''
  let expected: { from: number; ms: number } | undefined
  let drawn = false
  const draw = (): void => {
    if (now() - started < PATIENCE_MS) return
    drawn = true
    err.write(`\r\u001b[2K${barLine(verb, current, now() - started, expected && { done: now() - expected.from, ms: expected.ms })}`)
  }
  const timer = setInterval(draw, REDRAW_MS)
  return {
    phase(name, expectedMs) {
      current = name
      if (expectedMs !== undefined) expected = { from: now(), ms: expectedMs }
    },
    end() {
      clearInterval(timer)
      if (drawn) err.write('\r\u001b[2K')
    },
  }
}

/** `proving  ██████░░░░  60 %  2.1 s of about 3.5 s · proof`; never more than 99 % before the end. */
export function barLine(verb: string, phase: string, elapsedMs: number, expected?: { done: number; ms: number }): string {
  if (!expected) return `${verb}  ${seconds(elapsedMs)} · ${phase}`
  const share = Math.min(0.99, Math.max(0, expected.done / Math.max(1, expected.ms)))
  const full = Math.round(share * WIDTH)
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full)
  return `${verb}  ${bar}  ${Math.floor(share * 100)} %  ${seconds(expected.done)} of about ${seconds(expected.ms)} · ${phase}`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
