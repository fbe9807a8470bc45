import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { folder as place } from '@opengradient/protocol/take'
import { added, type SpendLedger, without } from '../pay/ledger.ts'
import { onDisk, replace } from './disk.ts'
import { lock } from './lock.ts'

/**
 * A ledger in a file, shared by all processes of this user: one lock, whole file replaced, written before anything is signed. A damaged file
 * is refused, since starting from zero would forget what was spent.
 */
export function fileLedger(path: string): SpendLedger {
  place(path, 'path')
  const change = async (day: string, next: (spent: bigint) => bigint) => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const unlock = await lock(`${path}.lock`)
    try {
      const days = await read(path)
      days[day] = next(BigInt(days[day] ?? '0')).toString()
      await replace(path, textOf(days))
    } finally {
      await unlock()
    }
  }
  const changed = (day: string, next: (spent: bigint) => bigint) => onDisk(path, () => change(day, next))
  return {
    take: (day, amount, limit) => changed(day, (spent) => added(spent, day, amount, limit)),
    giveBack: (day, amount) => changed(day, (spent) => without(spent, amount)),
    spent: async (day) => BigInt((await read(path))[day] ?? '0'),
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
