import { MAX_CLOCK_DRIFT, OgError } from '@opengradient/protocol'

/** Whether the newest block of the chain is dated further ahead of this machine than anybody would believe. */
export interface Ahead {
  /** How far, and since when. */
  readonly says: string
  readonly remedy: string
}

/** What is wrong when a chain was made while the clock was ahead. `time`: of its newest block, Unix seconds; `now`: milliseconds. */
export function aheadOf(time: number, now: number): Ahead | undefined {
  const seconds = Math.ceil(time - now / 1000)
  if (seconds <= MAX_CLOCK_DRIFT) return undefined
  const start = new Date((time - MAX_CLOCK_DRIFT) * 1000).toISOString().replace('.000', '')
  return {
    says: `the newest block is dated ${duration(seconds)} ahead of this machine's clock: it was made while the clock, or the chain's time, was ahead`,
    remedy: `if the clock is wrong now, set it (timedatectl set-ntp true); if it was wrong then, this network starts again from ${start} on, or \`og reset\` removes it for a new one`,
  }
}

/** @throws OgError `CHAIN_AHEAD` */
export function requireNotAhead(time: number, now: number): void {
  const ahead = aheadOf(time, now)
  if (ahead) throw new OgError('CHAIN_AHEAD', `The chain cannot go on: ${ahead.says}. ${capital(ahead.remedy)}.`, { details: { time } })
}

/** The two largest units of a time. */
function duration(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1)
