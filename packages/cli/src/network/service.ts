import { setFlagsFromString } from 'node:v8'
import { isOgError } from '@opengradient/protocol'
import { pino } from 'pino'
import type { ServiceMessage, SupervisorMessage } from './child.ts'
import type { RunningService, ServiceStart } from './services/service.ts'

/** The main module of a service process: `service.js NAME`, forked by the supervisor, which sends the configuration when it is time. */
const SERVICES: Record<string, () => Promise<{ start: ServiceStart }>> = {
  chain: () => import('./services/chain.ts'),
  'first-run': () => import('./services/firstRun.ts'),
  full: () => import('./services/full.ts'),
  inference: () => import('./services/inference.ts'),
}

// After a hundred quiet seconds V8 collects each heap three times over to give memory back. The first time has all of it.
setFlagsFromString(Number.parseInt(process.versions.v8, 10) < 12 ? '--memory-reducer-single-gc' : '--memory-reducer-gc-count=1')

const [name = ''] = process.argv.slice(2)
const log = pino({ level: 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime })
const tell = (message: ServiceMessage) => void process.send?.(message)
let running: RunningService | undefined
const begun = new Promise<Record<string, unknown>>((resolve) => {
  process.on('message', (message: SupervisorMessage) => message !== 'idle' && resolve(message.begin))
})
const idle = new Promise<void>((resolve) => {
  process.on('message', (message: SupervisorMessage) => message === 'idle' && resolve())
})
let stopping = false

/** Drains and ends. A second signal ends at once. */
async function stop(reason: string, code = 0): Promise<void> {
  if (stopping) process.exit(130)
  stopping = true
  log.info({ reason }, `${name} stops`)
  try {
    await running?.close()
    process.exit(code)
  } catch (err) {
    log.error({ err }, `${name} did not stop cleanly`)
    process.exit(5)
  }
}

const failure = (error: unknown): ServiceMessage => ({
  failed: isOgError(error)
    ? { code: error.code, message: error.message }
    : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) },
})

process.on('SIGTERM', () => void stop('SIGTERM'))
// Ctrl-C reaches the whole process group; the supervisor decides in which order services stop.
process.on('SIGINT', () => {})
// The supervisor is gone (killed): nobody would stop this process any more.
process.on('disconnect', () => void stop('the supervisor is gone'))
process.on('uncaughtException', (err) => {
  log.fatal({ err }, 'uncaught exception')
  process.exit(5)
})

try {
  const service = SERVICES[name]
  if (!service) throw new Error(`there is no service "${name}"`)
  const { start } = await service()
  running = await start(await begun, {
    log,
    idle,
    progress: (line) => tell({ progress: line }),
    fail: (err) => {
      log.fatal({ err }, `${name} cannot go on`)
      tell(failure(err))
      void stop(err.message, 5)
    },
  })
  tell({ ready: running.facts })
} catch (error) {
  log.fatal({ err: error }, `${name} cannot start`)
  tell(failure(error))
  process.exitCode = 5
  process.disconnect?.()
}
