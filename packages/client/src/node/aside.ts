import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readlinkSync, statSync, unlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** Of a process elsewhere nobody here knows whether it lives; no write takes as long as this. */
const ANYBODYS_MS = 3_600_000
const NAME = /\.([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{16}\.tmp$/

/** A name beside `path` for what comes there whole by a rename: nobody can foresee it, and it says which process writes it. */
export const asideOf = (path: string): string => `${path}.${thisMachine()}-${process.pid}-${randomBytes(8).toString('hex')}.tmp`

/**
 * Removes what processes that were killed left in a folder under names of `asideOf`: those of this machine at once, others after an hour. What a
 * living process writes stays. A folder that is not there, or may not be read, has nothing to remove.
 */
export function sweepAsides(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, machine, pid] = NAME.exec(name) ?? []
    if (machine === undefined) continue
    const path = join(folder, name)
    if ((machine === thisMachine() && !isAlive(Number(pid))) || ageOf(path) > ANYBODYS_MS) remove(path)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Milliseconds since it was written; less than nothing when it is there no more. */
const ageOf = (path: string): number => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY)

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Another process was quicker, or it is not this user's.
  }
}

/** Whether a process of this machine exists, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

let machine: string | undefined

/** Eight hex digits for where process numbers mean the same: the host, and on Linux the namespace of its processes. */
function thisMachine(): string {
  machine ??= createHash('sha256').update(`${hostname()}/${pidNamespace()}`).digest('hex').slice(0, 8)
  return machine
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
