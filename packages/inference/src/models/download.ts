import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchBytes, type Http } from '@opengradient/client'
import { asideOf, sweepAsides } from '@opengradient/client/aside'
import { fetchFile } from '@opengradient/client/node'
import { type Hex, isOgError, MAX_MANIFEST_BYTES, type Manifest, OgError, sha256Hex } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import { fileHash } from '../engine/fileHash.ts'

export interface DownloadOptions {
  http: Http
  /** Addresses of stores, in order of preference; from the operator's own configuration. */
  stores: readonly string[]
  /** Folder of finished files, by their SHA-256. */
  dir: string
  /** Largest model file this node takes. */
  maxFileBytes: number
}

/** Manifests and model files from stores: verified by hash when they come, and again when they are read from disk. */
export interface Downloads {
  /** @throws OgError `STORE_NOT_FOUND`, `STORE_UNREACHABLE` */
  manifest(hash: Hex): Promise<Uint8Array>
  /** Keeps a manifest on this node: what proofs are owed for must not depend on stores. @throws OgError `DISK_FULL`, `INTERNAL` */
  keepManifest(hash: Hex, manifest: Uint8Array): Promise<void>
  /** @throws OgError `STORE_*`, `MODEL_INVALID` (too large), `DISK_FULL` */
  file(file: Manifest['files'][number]): Promise<Uint8Array>
}

export function downloads({ http, stores, dir, maxFileBytes }: DownloadOptions): Downloads {
  sweepAsides(dir)
  const kept = (hash: Hex) => join(dir, `${hash.slice(2)}.manifest`)
  return {
    async manifest(hash) {
      const ours = await readFile(kept(hash)).catch(() => undefined)
      if (ours !== undefined && sha256Hex(ours) === hash) return ours
      return fetchBytes({ http, peers: stores, sha256: hash, maxBytes: MAX_MANIFEST_BYTES })
    },
    async keepManifest(hash, manifest) {
      const ours = await readFile(kept(hash)).catch(() => undefined)
      if (ours !== undefined && sha256Hex(ours) === hash) return
      try {
        await mkdir(dir, { recursive: true })
        const aside = asideOf(kept(hash))
        await writeFile(aside, manifest, { flush: true })
        await rename(aside, kept(hash))
      } catch (cause) {
        if (isDiskFull(cause)) throw noRoomFor(cause)
        throw new OgError('INTERNAL', 'The node cannot keep the manifest of this model. Ask another node.', { cause })
      }
    },
    async file({ sha256, size, chunks }) {
      const into = join(dir, sha256.slice(2))
      // What is there is read and hashed once; only what is not the file is fetched.
      const ours = size <= maxFileBytes ? await readIf(into, size) : undefined
      if (ours !== undefined && (await fileHash(ours)) === sha256) return ours
      await fetchFile({ http, peers: stores, sha256, size, chunks, into, maxBytes: maxFileBytes }).catch(noRoom)
      const bytes = await readFile(into)
      if ((await fileHash(bytes)) !== sha256)
        throw new OgError('STORE_HASH_MISMATCH', 'A file of this model was changed on the disk of the node.', {
          cause: new Error(`remove ${into}; it is fetched again`),
        })
      return bytes
    },
  }
}

/** The file if it is there with this size. */
async function readIf(path: string, size: number): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() && found.size === size ? readFile(path).catch(() => undefined) : undefined
}

/** Callers are told what they can do; the cause, for the log, says where the room is missing. */
function noRoom(cause: unknown): never {
  if (!isOgError(cause, 'DISK_FULL')) throw cause
  throw noRoomFor(cause)
}

const noRoomFor = (cause: unknown) =>
  new OgError('DISK_FULL', 'The node has no room for the files of this model. Ask another node.', { cause })
