import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeBundle, type Hex, parseBundle } from '@opengradient/protocol'
import type { AnswerBook, AnswerEntry } from '../answers/book.ts'

/**
 * A book in a folder that only its owner may read: `<requestId>.json` with the entry, `<requestId>.bundle.json` with the bundle once the
 * answer is there.
 */
export function fileBook(folder: string): AnswerBook {
  const entryPath = (requestId: Hex) => join(folder, `${requestId.slice(2)}.json`)
  const bundlePath = (requestId: Hex) => join(folder, `${requestId.slice(2)}.bundle.json`)
  return {
    async put({ bundle, ...entry }) {
      await mkdir(folder, { recursive: true })
      await chmod(folder, 0o700)
      if (bundle) await replace(bundlePath(entry.requestId), encodeBundle(bundle))
      await replace(entryPath(entry.requestId), `${JSON.stringify({ ...entry, price: entry.price.toString() }, null, 2)}\n`)
    },
    async get(requestId) {
      const entry = await readEntry(entryPath(requestId))
      const bytes = entry && (await readIfThere(bundlePath(requestId)))
      return entry && { ...entry, ...(bytes ? { bundle: parseBundle(bytes) } : {}) }
    },
    async list() {
      const names = await readdir(folder).catch(() => [] as string[])
      const paths = names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name)).map((name) => join(folder, name))
      const entries = await Promise.all(paths.map(readEntry))
      return entries.filter((entry) => entry !== undefined).sort((a, b) => b.at - a.at)
    },
  }
}

async function readEntry(path: string): Promise<Omit<AnswerEntry, 'bundle'> | undefined> {
  const bytes = await readIfThere(path)
  if (!bytes) return undefined
  const { price, ...entry } = JSON.parse(bytes.toString()) as Omit<AnswerEntry, 'bundle' | 'price'> & { price: string }
  return { ...entry, price: BigInt(price) }
}

const readIfThere = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

async function replace(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}
