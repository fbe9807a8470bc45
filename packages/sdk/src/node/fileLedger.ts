import { mkdir, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { folder as place } from '@opengradient/protocol/take'
import { added, type SpendLedger, without } from '../pay/ledger.ts'
import { onDisk, replace } from './disk.ts'
import { lock } from './lock.ts'

/**
 * A ledger in a file, shared by all processes of this user: one lock, whole file replaced, written before anything is signed. What this process
 * changes while the lock is waited for is written together: hundreds of calls at once wait for a write or two. A damaged file is refused, since
 * starting from zero would forget what was spent.
 */
export function fileLedger(path: string): SpendLedger {
  place(path, 'path')
  const changed = (day: string, next: Change['next']) => onDisk(path, () => change(resolve(path), day, next))
  return {
    take: (day, amount, limit) => changed(day, (spent) => added(spent, day, amount, limit)),
    giveBack: (day, amount) => changed(day, (spent) => without(spent, amount)),
    spent: async (day) => BigInt((await read(path))[day] ?? '0'),
  }
}

/** The new sum of a day, and who hears that it is written, or why it is not. */
interface Change {
  readonly day: string
  /** @throws OgError when this change is not to be */
  readonly next: (spent: bigint) => bigint
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** What waits for the next write, by file: there while somebody in this process writes it. */
const waiting = new Map<string, Change[]>()

function change(path: string, day: string, next: Change['next']): Promise<void> {
  return new Promise((done, failed) => {
    const mine = { day, next, done, failed }
    const others = waiting.get(path)
    if (others) others.push(mine)
    else {
      waiting.set(path, [mine])
      void writeAll(path)
    }
  })
}

async function writeAll(path: string): Promise<void> {
  const changes = waiting.get(path) ?? []
  while (changes.length > 0) {
    try {
      for (const { done } of await written(path, changes)) done()
    } catch (error) {
      for (const { failed } of changes.splice(0)) failed(error)
    }
  }
  waiting.delete(path)
}

/** Takes from `changes` those that are there once the lock is held, and gives those that are written. */
async function written(path: string, changes: Change[]): Promise<Change[]> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const unlock = await lock(`${path}.lock`)
  const held = [...changes]
  try {
    const days = await read(path)
    const good = held.filter((one) => applied(days, one))
    if (good.length > 0) await replace(path, textOf(days))
    changes.splice(0, held.length)
    return good
  } finally {
    await unlock()
  }
}

function applied(days: Record<string, string>, { day, next, failed }: Change): boolean {
  try {
    days[day] = next(BigInt(days[day] ?? '0')).toString()
    return true
  } catch (error) {
    failed(error)
    return false
  }
}

/** The last sixty days. */
function textOf(days: Readonly<Record<string, string>>): string {
  return `${JSON.stringify(Object.fromEntries(Object.entries(days).sort().slice(-60)), null, 2)}\n`
}

async function read(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  try {
    const days = JSON.parse(text) as Record<string, unknown>
    if (Object.values(days).every((amount) => typeof amount === 'string' && /^\d+$/.test(amount))) return days as Record<string, string>
  } catch {
    // Falls through to the refusal.
  }
  throw new OgError('CONFIG_INVALID', `${path} does not hold what was spent; mend it, or remove it to count from zero`)
}
