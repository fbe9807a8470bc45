import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFile } from '@opengradient/client/node'
import { MAX_MANIFEST_BYTES, type Manifest, type ManifestFile, OgError, parseManifest } from '@opengradient/protocol'

/** Where a folder has the manifest of the model in it. */
export const MANIFEST = 'manifest.json'

/**
 * Refuses a model whose files a folder cannot hold beside its manifest, or that brings hidden ones: `.git/config`, `.npmrc` or `.envrc` make
 * programs of whoever looks into that folder run what a stranger wrote there.
 *
 * @throws OgError `MODEL_INVALID`
 */
export function requirePlain({ files }: Manifest): void {
  for (const { path } of files) {
    const parts = path.split('/')
    if (parts[0]!.toLowerCase() === MANIFEST)
      throw new OgError('MODEL_INVALID', `the model has a file ${path}, where its manifest goes; take it with models.pull`)
    if (parts.some((part) => part.startsWith('.')))
      throw new OgError('MODEL_INVALID', `the model has a hidden file ${path}, on which other programs may act; take it with models.pull`)
  }
}

/**
 * Refuses a folder with files of somebody else where those of the model go. What is there may be the same file, or that of the model which was
 * pulled there before, as it came.
 *
 * @throws OgError `CONFIG_INVALID`
 */
export async function requireFree(into: string, { files }: Manifest): Promise<void> {
  const before = new Map((await manifestIn(into))?.files.map((file) => [file.path, file]))
  for (const file of files) {
    const path = join(into, file.path)
    const same = (known: ManifestFile | undefined) => known !== undefined && isFile(path, known)
    if ((await isThere(path)) && !(await same(file)) && !(await same(before.get(file.path)))) throw taken(into, file.path)
  }
}

/** The manifest of what was pulled there before. */
async function manifestIn(into: string): Promise<Manifest | undefined> {
  const path = join(into, MANIFEST)
  if (!(await isThere(path))) return undefined
  try {
    if ((await lstat(path)).size > MAX_MANIFEST_BYTES) throw new Error('it is too long')
    return parseManifest(await readFile(path))
  } catch {
    throw taken(into, MANIFEST)
  }
}

const taken = (into: string, path: string): OgError =>
  new OgError(
    'CONFIG_INVALID',
    `${path} is there already, and no file of a model that was pulled to ${into}; move it away, or name another folder`,
  )

/** Whatever it is: a link that leads nowhere, too, and a file where a folder is to be. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      if (error.code === 'ENOTDIR') return true
      throw error
    },
  )
