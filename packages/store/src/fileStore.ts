import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, type Hex, OgError } from '@opengradient/protocol'
import { isCode, sizeOf, sweepTemporary } from './disk.ts'
import { Inventory } from './inventory.ts'
import { type Layout, layoutOf, parseName, STORE_VERSION } from './layout.ts'
import { absent, chunkHashes, type ReadOptions, readVerified } from './read.ts'
import { createFile, type WriteOptions, writeFileVerified } from './write.ts'

/** Where files are kept, and how many bytes of them. */
export interface StoreOptions {
  /** Folder of the store; made when absent, refused when it holds anything else. */
  dir: string
  /** Most bytes the files together may have. */
  quotaBytes: number
  /** Unix milliseconds; marks files in quarantine. */
  now: () => number
  /** Hears of each file that was found changed on disk. */
  onCorrupt?: (name: string, movedTo: string) => void
  create?: WriteOptions['create']
}

/** Content-addressed files in one folder. Names are SHA-256 in 64 hex digits; what is under a name never changes. */
export interface FileStore {
  /** @returns undefined when there is no such file */
  size(name: string): Promise<number | undefined>
  /** Stores the bytes if they hash to `name`; see `writeFileVerified` for the errors. `size`: bytes announced, if known. */
  put(name: string, source: AsyncIterable<Uint8Array>, size?: number): Promise<{ size: number; created: boolean }>
  /** Verified bytes `start` ≤ i < `end` (default: all). @throws OgError `STORE_NOT_FOUND`, `STORE_CORRUPT` */
  read(name: string, range?: { start: number; end: number }): AsyncGenerator<Uint8Array>
  /** SHA-256 of each 8 MiB chunk. @throws OgError `STORE_NOT_FOUND`, `STORE_CORRUPT` */
  chunks(name: string): Promise<{ size: number; chunks: Hex[] }>
  status(): { files: number; usedBytes: number; quotaBytes: number }
}

/** @throws OgError `STORE_FOREIGN` when the folder belongs to something else or to another version */
export async function openStore(options: StoreOptions): Promise<FileStore> {
  const layout = layoutOf(options.dir)
  await claimFolder(options.dir, layout)
  await sweepTemporary(layout.temporary, process.pid)
  const inventory = new Inventory(options.quotaBytes)
  await takeStock(layout, inventory)
  const create = options.create ?? createFile
  const read: ReadOptions = {
    layout,
    create,
    now: options.now,
    rebuilt: { kept: new Map(), coming: new Map() },
    onCorrupt: (name, movedTo) => {
      inventory.drop(name)
      options.onCorrupt?.(name, movedTo)
    },
  }
  return {
    size: (name) => sizeOf(layout.file(parseName(name))),
    put: async (name, source, size) => writeFileVerified({ layout, inventory, create }, parseName(name), source, size),
    async *read(name, range) {
      const size = await sizeOf(layout.file(parseName(name)))
      if (size === undefined) throw absent(name)
      yield* readVerified(read, name, range?.start ?? 0, Math.min(range?.end ?? size, size))
    },
    async chunks(name) {
      const { size, chunks } = await chunkHashes(read, parseName(name))
      return { size, chunks: Array.from({ length: chunks.length / 32 }, (_, i) => bytesToHex(chunks.subarray(32 * i, 32 * i + 32))) }
    },
    status: () => ({ files: inventory.files, usedBytes: inventory.usedBytes, quotaBytes: inventory.quotaBytes }),
  }
}

/**
 * Whether a folder holds a store; looked at as `openStore` does, and left as it is. One that is not there, or is empty, can become one.
 *
 * @throws OgError `STORE_FOREIGN`
 */
export async function isStore(dir: string): Promise<boolean> {
  const orAbsent = (error: unknown): undefined => {
    if (!isCode(error, 'ENOENT')) throw error
  }
  const version = await readFile(layoutOf(dir).version, 'utf8').catch(orAbsent)
  if (version && version !== STORE_VERSION)
    throw new OgError('STORE_FOREIGN', `${dir} belongs to another version of the store; give it another folder`)
  if (!version && (await readdir(dir).catch(orAbsent))?.some((entry) => entry !== 'VERSION'))
    throw new OgError('STORE_FOREIGN', `${dir} holds something that is no store; give it an empty folder`)
  return Boolean(version)
}

async function claimFolder(dir: string, layout: Layout): Promise<void> {
  await mkdir(dir, { recursive: true })
  if (!(await isStore(dir))) await writeFile(layout.version, STORE_VERSION, { flush: true })
  for (const folder of [layout.temporary, layout.quarantine, layout.files]) await mkdir(folder, { recursive: true })
}

/** Counts what is there; files in quarantine take space until somebody removes them. A list of chunks without its file is removed. */
async function takeStock(layout: Layout, inventory: Inventory): Promise<void> {
  for (const entry of await readdir(layout.quarantine)) inventory.found((await stat(join(layout.quarantine, entry))).size)
  for (const folder of await readdir(layout.files)) {
    const names = new Set(await readdir(join(layout.files, folder)))
    for (const entry of names) {
      const name = entry.slice(0, 64)
      if (entry === name) inventory.found((await stat(layout.file(name))).size, name)
      else if (!names.has(name)) await rm(layout.chunks(name), { force: true })
    }
  }
}
