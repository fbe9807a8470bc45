import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, statSync, unlinkSync } from 'node:fs'
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

/** Whether a process of this machine runs, whoever's it is. One that has ended runs no more, even if nobody has taken note of it (a zombie). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return !isZombie(pid)
}

/** Where nobody buries processes, as in containers without an init, what was killed stays one for ever. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc(5): the name, in parentheses, may hold anything; the state follows it.
    return 'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** What tells a process from all that had or will have its number: the run of the machine, and when in it the process began. Linux only. */
export function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc(5): the name, in parentheses, may hold anything; `starttime` is the 22nd field.
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${began}`
  } catch {
    return undefined
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
