import { rmSync } from 'node:fs'
import { z } from 'zod'
import { readIfThere, writeWhole } from '../home/files.ts'
import type { Home } from '../home/paths.ts'
import { PORT_OFFSETS, type PortName } from './ports.ts'

const port = z.number().int().min(1).max(65_535)
const runningSchema = z.object({
  pid: z.number().int().positive(),
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
  const bytes = readIfThere(home.running)
  if (!bytes) return undefined
  try {
    const running = runningSchema.parse(JSON.parse(bytes.toString('utf8')))
    return isAlive(running.pid) ? running : undefined
  } catch {
    return undefined
  }
}

/** Says that this process runs the network of the home. */
export function writeRunning(home: Home, running: Running): void {
  writeWhole(home.running, `${JSON.stringify(running, null, 2)}\n`, 0o600)
}

/** Says that nothing runs any more. */
export function clearRunning(home: Home): void {
  rmSync(home.running, { force: true })
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
