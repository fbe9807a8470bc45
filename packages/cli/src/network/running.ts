import { existsSync, rmSync } from 'node:fs'
import { identityOf, isAlive } from '@opengradient/client/aside'
import { OgError } from '@opengradient/protocol'
import * as z from 'zod'
import { readIfThere, writeWhole } from '../home/files.ts'
import type { Home } from '../home/paths.ts'
import { PORT_OFFSETS, type PortName } from './ports.ts'

const port = z.number().int().min(1).max(65_535)
const runningSchema = z.object({
  pid: z.number().int().positive(),
  process: z.string().optional(),
  startedAt: z.number(),
  ports: z.object(Object.fromEntries(Object.keys(PORT_OFFSETS).map((name) => [name, port])) as Record<PortName, typeof port>),
  services: z.record(z.string(), z.number().int()),
  /** Token that lets this user write to the store. The file is readable by its owner only. */
  storeToken: z.string(),
})

/** A local network that runs (or ran, when its process was killed). */
export type Running = z.infer<typeof runningSchema>

/** The running network of a home; undefined when there is none, or when its supervisor is gone. */
export function readRunning(home: Home): Running | undefined {
  const running = readRecord(home)
  return running && isStill(running) ? running : undefined
}

/** Throws `USAGE` when the network of a home is up. */
export function requireDown(home: Home): void {
  const running = readRunning(home)
  if (running)
    throw new OgError(
      'USAGE',
      `the network of ${home.root} is up already (process ${running.pid}); see \`og status\`, stop it with \`og down\``,
    )
}

/** How long the services of a supervisor that was killed are waited for. */
const LEFTOVERS_MS = 20_000

/** Waits, for a while, for services whose supervisor was killed: they notice, finish what they do, and let go of ports and data. */
export async function awaitLeftovers(home: Home): Promise<void> {
  const giveUpAt = performance.now() + LEFTOVERS_MS
  const record = readRecord(home)
  if (!record || isStill(record)) return
  const { services } = record
  while (Object.values(services).some(isAlive) && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 100))
}

function readRecord(home: Home): Running | undefined {
  const bytes = readIfThere(home.running)
  if (!bytes) return undefined
  try {
    return runningSchema.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

/** Says that this process runs the network of the home. */
export function writeRunning(home: Home, running: Running): void {
  writeWhole(home.running, `${JSON.stringify({ ...running, process: identityOf(running.pid) }, null, 2)}\n`, 0o600)
}

/** Says that nothing runs any more. */
export function clearRunning(home: Home): void {
  rmSync(home.running, { force: true })
}

/** A process as records name it. `process`: its `identityOf`, where the system gave one. */
interface Recorded {
  pid: number
  process?: string | undefined
}

/** Whether the process of a record lives: itself, not another one that got its number since. */
export function isStill({ pid, process }: Recorded): boolean {
  return isAlive(pid) && (process === undefined || process === (identityOf(pid) ?? process))
}

/**
 * Asks a supervisor to end, and waits until it has removed its `record`, the last thing that it does: where nobody buries processes, as in some
 * containers, a dead one looks alive for ever. Throws `INTERNAL` after half a minute.
 */
export async function endProcess(pid: number, what: string, record: string): Promise<void> {
  process.kill(pid, 'SIGTERM')
  for (let waited = 0; isAlive(pid) && existsSync(record); waited += 100) {
    if (waited > 30_000)
      throw new OgError(
        'INTERNAL',
        `${what} (process ${pid}) does not stop; look at its logs, or end it with kill -9 ${pid}: nothing committed is lost`,
      )
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
