import { setTimeout as sleep } from 'node:timers/promises'
import { median, spread } from '../measure/stats.ts'
import { type Wallet, wallets } from '../measure/wallet.ts'
import { type LoadResult, load, type MemoryMb } from './load.ts'
import { makeNetwork } from './network.ts'
import { measureStateSync } from './stateSync.ts'
import { engineBinary, Validator } from './validator.ts'

/** Four validators on this machine, each a node and a CometBFT with blocks of one second; then a node that begins with a snapshot. */
export interface ConsensusResult {
  /** Transfers a second for a minute, each in a block of the node it was sent to. */
  readonly tps: number
  readonly finality_p50_ms: number
  readonly finality_p99_ms: number
  /** From the start of a node and its CometBFT, both killed with -9 under load, until it is where the others are. */
  readonly recovery_ms: number
  /** From the start of a new node until it has the state of 100,000 accounts and follows. */
  readonly statesync_s: number
  /** Every ten seconds and at the end. */
  readonly memory_mb: readonly MemoryMb[]
  /** Of all processes for 1,000 transfers. */
  readonly cpu_s: number
}

const RATE = 440
const SECONDS = 60
/** Of the same load before, in which V8 compiles what runs often and caches fill up: a validator runs for months. */
const WARM_UP = 20
const SENDERS = 800
const RECOVERIES = 3
const LIMITS = { tps: 400, finality_p50_ms: 1_500, recovery_ms: 3_000, statesync_s: 30 } as const
/** Memory that has grown by more than this factor between a quarter of the time and the end is not flat. */
const GROWTH = 1.25

export async function run({ progress }: { progress: (line: string) => void }): Promise<ConsensusResult> {
  const binary = engineBinary()
  const senders = wallets(SENDERS)
  const network = await makeNetwork(senders)
  const validators = network.places.map((place) => new Validator(binary, place))
  try {
    await Promise.all(validators.map((validator) => validator.start()))
    await Promise.all(validators.map((validator) => validator.reaches(2)))
    progress(`four validators make blocks; ${RATE} transfers a second for ${WARM_UP} s, and then ${SECONDS} s …`)
    await load(validators, senders, RATE, WARM_UP)
    const result = await load(validators, senders, RATE, SECONDS)
    if (result.lost > 0) throw new Error(`${result.lost} transfers are in no block`)
    progress(`${result.tps.toFixed(0)} a second, final after ${result.finality.p50.toFixed(0)} ms (p99 ${result.finality.p99.toFixed(0)})`)
    const recoveries = await recover(validators, senders)
    progress(`back after kill -9: ${spread(recoveries, 0)} ms`)
    await Promise.all(validators.map((validator) => validator.kill()))
    const stateSync = await measureStateSync(binary, progress)
    return figures(result, median(recoveries), stateSync)
  } finally {
    await Promise.all(validators.map((validator) => validator.kill()))
    network.remove()
  }
}

/** Kills the last validator while transfers go to the others; milliseconds until it is level again, each time. */
async function recover(validators: readonly Validator[], senders: readonly Wallet[]): Promise<number[]> {
  const [first, ...rest] = validators as [Validator, ...Validator[]]
  const victim = rest.at(-1)!
  const times: number[] = []
  for (let i = 0; i < RECOVERIES; i++) {
    const under = load([first], senders.slice(0, 100), 100, 8)
    await sleep(2_000)
    await victim.kill()
    await sleep(2_000)
    const started = performance.now()
    const height = first.height
    await victim.start()
    await victim.reaches(height)
    times.push(performance.now() - started)
    await under
  }
  return times
}

function figures({ tps, finality, memory, cpuSeconds }: LoadResult, recovery: number, stateSync: number): ConsensusResult {
  return {
    tps: Math.round(tps),
    finality_p50_ms: Math.round(finality.p50),
    finality_p99_ms: Math.round(finality.p99),
    recovery_ms: Math.round(recovery),
    statesync_s: stateSync,
    memory_mb: memory,
    cpu_s: cpuSeconds,
  }
}

export function table(result: ConsensusResult): string[] {
  const all = result.memory_mb.map(({ nodes, engines }) => nodes + engines)
  const flat = all.at(-1)! <= all[Math.floor(all.length / 4)]! * GROWTH ? 'flat' : 'NOT flat'
  const series = (of: keyof MemoryMb) => result.memory_mb.map((mb) => mb[of]).join(' ')
  return [
    `transfers a second   ${String(result.tps).padStart(8)}   at least ${LIMITS.tps}`,
    `final after, p50 ms  ${String(result.finality_p50_ms).padStart(8)}   at most ${LIMITS.finality_p50_ms} (p99 ${result.finality_p99_ms})`,
    `back after kill, ms  ${String(result.recovery_ms).padStart(8)}   below ${LIMITS.recovery_ms}`,
    `state sync, s        ${result.statesync_s.toFixed(1).padStart(8)}   below ${LIMITS.statesync_s}`,
    `memory every ten seconds, MB (${flat}): nodes ${series('nodes')}`,
    `                                  CometBFT ${series('engines')}`,
    `CPU ${result.cpu_s.toFixed(2)} s for 1,000 transfers, of all eight processes`,
  ]
}
