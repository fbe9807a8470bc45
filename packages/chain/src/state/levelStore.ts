import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { ClassicLevel, type Snapshot } from 'classic-level'
import type { Database, Store } from './store.ts'

/** Entries that a scan reads at a time. */
const SCANNED = 250

/**
 * A store in a LevelDB folder, made if absent. LevelDB's lock file keeps a second process out; threads of this one share the database. Errors: `CHAIN_DATA_LOCKED`,
 * `CHAIN_DATA_CORRUPT`, `DISK_FULL`.
 */
export async function levelStore(path: string): Promise<Database> {
  const folder = resolve(path)
  if (OPEN.has(folder)) throw locked(folder)
  OPEN.add(folder)
  try {
    return await openLevel(folder)
  } catch (error) {
    OPEN.delete(folder)
    throw error
  }
}

/** The folders that are open in this thread: LevelDB itself would let it open them again. */
const OPEN = new Set<string>()

async function openLevel(folder: string): Promise<Database> {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view', multithreading: true })
  try {
    await mkdir(folder, { recursive: true })
    await db.open()
  } catch (cause) {
    throw storeError(cause, folder)
  }
  const named = <T>(action: () => T): T => {
    try {
      return action()
    } catch (cause) {
      throw storeError(cause, folder)
    }
  }
  const reads = (at: { readonly snapshot?: Snapshot }): Pick<Store, 'get' | 'scan'> => ({
    get: (key) => named(() => db.getSync(key, at)),
    async *scan(prefix) {
      const entries = db.iterator({ gte: prefix, ...after(prefix), ...at })
      try {
        // Many at a time: a promise for each would cost more than the reading.
        for (let some = await entries.nextv(SCANNED); some.length > 0; some = await entries.nextv(SCANNED)) yield* some
      } catch (cause) {
        throw storeError(cause, folder)
      } finally {
        await entries.close()
      }
    },
  })
  return {
    ...reads({}),
    async write(writes) {
      // A chained batch is one atomic write like an array, at a quarter of its cost.
      const batch = db.batch()
      try {
        for (const { key, value } of writes) {
          if (value) batch.put(key, value)
          else batch.del(key)
        }
        await batch.write({ sync: true })
      } catch (cause) {
        throw storeError(cause, folder)
      } finally {
        await batch.close()
      }
    },
    view() {
      const snapshot = named(() => db.snapshot())
      return { ...reads({ snapshot }), close: () => snapshot.close() }
    },
    async close() {
      await db.close()
      OPEN.delete(folder)
    },
  }
}

/** Where the keys that begin with `prefix` end; they may have no end. */
function after(prefix: Uint8Array): { readonly lt?: Uint8Array } {
  const last = prefix.findLastIndex((byte) => byte < 0xff)
  if (last < 0) return {}
  // `slice` of a Buffer would be a view of the caller's bytes.
  const end = Uint8Array.from(prefix.subarray(0, last + 1))
  end[last]! += 1
  return { lt: end }
}

/** LevelDB says what went wrong in its message, sometimes a cause or two down. */
function storeError(error: unknown, folder: string): OgError {
  if (error instanceof OgError) return error
  const chain: string[] = []
  for (let at: unknown = error; at instanceof Error; at = at.cause) chain.push(`${(at as { code?: string }).code ?? ''} ${at.message}`)
  const text = chain.join(' | ')
  const options = { cause: error, details: { folder } }
  if (/LEVEL_LOCKED|lock .*(already held|Resource temporarily unavailable)/i.test(text)) {
    return locked(folder, options)
  }
  if (/No space left|ENOSPC|File too large|EFBIG|Disk quota|EDQUOT/i.test(text)) {
    return new OgError(
      'DISK_FULL',
      `No room to write the chain database ${folder}. Nothing that was committed is lost: make room, then start again.`,
      options,
    )
  }
  // Reading beyond the end of a table is an invalid argument.
  if (
    /corrupt|\.(ldb|sst): Invalid argument|IO error: .*No such file|bad (block|record|magic)|checksum|missing files|does not exist.*CURRENT/i.test(
      text,
    )
  ) {
    return new OgError(
      'CHAIN_DATA_CORRUPT',
      `The chain database ${folder} is damaged (${text}). Restore a backup, or reset the network.`,
      options,
    )
  }
  return new OgError(
    'INTERNAL',
    `The chain database ${folder} failed: ${text}. See whether this user may read and write there, and whether the disk is well.`,
    options,
  )
}

const locked = (folder: string, options: { readonly cause?: unknown } = {}) =>
  new OgError('CHAIN_DATA_LOCKED', `Another process has the chain database ${folder} open. Stop it first, or use another data folder.`, {
    details: { folder },
    ...options,
  })
