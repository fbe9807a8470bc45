import type { TcbStatus } from '../result/claims.ts'
import type { IntelJson } from './json.ts'

/** What Intel says about one set of versions. */
export interface Level {
  readonly status: TcbStatus
  /** Unix seconds: the platform was at this level's best until here. */
  readonly date: number
  readonly advisories: readonly string[]
}

/** The level that a machine has reached, and since when a better one exists. */
export interface Reached {
  readonly status: TcbStatus
  readonly behindSince: number | undefined
  readonly advisories: readonly string[]
}

const NONE: Reached = { status: 'Unsupported', behindSince: undefined, advisories: [] }

export const readLevel = (level: IntelJson): Level => ({
  status: level.status('tcbStatus'),
  date: level.time('tcbDate'),
  advisories: level.texts('advisoryIDs'),
})

/** The first level, best first, that `reaches` accepts; `Unsupported` when there is none. */
export function firstReached<L extends Level>(levels: readonly L[], reaches: (level: L) => boolean): Reached {
  const at = levels.findIndex(reaches)
  if (at < 0) return NONE
  const { status, advisories } = levels[at]!
  return { status, behindSince: levels[at - 1]?.date, advisories }
}

/** From good to bad, where the order matters for merging. */
const BEHIND = new Set<TcbStatus>(['OutOfDate', 'OutOfDateConfigurationNeeded'])
const CONFIGURED = new Set<TcbStatus>(['ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded', 'OutOfDateConfigurationNeeded'])
const FINAL = ['Unsupported', 'Revoked', 'Unknown', 'Unrated'] as const

/** One status for platform and a part of it (quoting enclave, TDX module): the worse of the two, as Intel's quote verification library merges them. */
export function mergeReached(platform: Reached, part: Reached): Reached {
  const since = [platform.behindSince, part.behindSince].filter((time) => time !== undefined)
  return {
    status: mergeStatus(platform.status, part.status),
    behindSince: since.length === 0 ? undefined : Math.min(...since),
    advisories: [...new Set([...platform.advisories, ...part.advisories])],
  }
}

function mergeStatus(platform: TcbStatus, part: TcbStatus): TcbStatus {
  for (const status of FINAL) if (platform === status || part === status) return status
  if (BEHIND.has(platform) || BEHIND.has(part))
    return CONFIGURED.has(platform) || CONFIGURED.has(part) ? 'OutOfDateConfigurationNeeded' : 'OutOfDate'
  if (platform === part) return platform
  const hardening = platform.includes('SWHardening') || part.includes('SWHardening')
  if (CONFIGURED.has(platform) || CONFIGURED.has(part)) return hardening ? 'ConfigurationAndSWHardeningNeeded' : 'ConfigurationNeeded'
  return 'SWHardeningNeeded'
}
