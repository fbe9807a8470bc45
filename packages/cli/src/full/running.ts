import { rmSync } from 'node:fs'
import { identityOf, isAlive } from '@opengradient/client/aside'
import { OgError } from '@opengradient/protocol'
import * as z from 'zod'
import { readIfThere, writeWhole } from '../home/files.ts'
import { isStill } from '../network/running.ts'

const recordSchema = z.object({
  pid: z.number().int().positive(),
  process: z.string().optional(),
  startedAt: z.number(),
  processes: z.record(z.string(), z.number().int()),
})

/** Which process supervises full nodes, since when (milliseconds since the epoch), and the processes below it by name. */
export type Supervision = z.infer<typeof recordSchema>

/** The record in a file; undefined when there is none that can be read. */
function readRecord(file: string): Supervision | undefined {
  const bytes = readIfThere(file)
  if (!bytes) return undefined
  try {
    return recordSchema.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

/** The supervision that a file tells of, if its process is alive. */
export function readSupervision(file: string): Supervision | undefined {
  const record = readRecord(file)
  return record && isStill(record) ? record : undefined
}

/** Says in a file that this process supervises these. */
export function writeSupervision(file: string, supervision: Supervision): void {
  writeWhole(file, `${JSON.stringify({ ...supervision, process: identityOf(supervision.pid) }, null, 2)}\n`, 0o600)
}

/** Says that nothing is supervised any more. */
export function clearSupervision(file: string): void {
  rmSync(file, { force: true })
}

/**
 * Refuses a second start, and waits, at most `timeoutMs`, for processes whose supervisor was killed: they notice, and let go of ports and data.
 * Throws `USAGE` with `remedy`.
 */
export async function requireUnsupervised(file: string, what: string, remedy: string, timeoutMs = 20_000): Promise<void> {
  const record = readRecord(file)
  if (!record) return
  if (isStill(record)) throw new OgError('USAGE', `${what} is up already (process ${record.pid}); ${remedy}`)
  const giveUpAt = performance.now() + timeoutMs
  while (Object.values(record.processes).some(isAlive) && performance.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, 100))
  clearSupervision(file)
}
