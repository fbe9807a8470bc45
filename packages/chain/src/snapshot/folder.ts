import { webcrypto } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sameBytes } from '../state/account.ts'
import { chunkName } from './chunkFiles.ts'
import { CHUNK_BYTES, PROOF_BYTES, SNAPSHOT_FORMAT } from './format.ts'
import { parseMetadata, type SnapshotMetadata, sha256 } from './metadata.ts'

/** Snapshots of another format are none here. */
const METADATA = `metadata-${SNAPSHOT_FORMAT}`
/** A snapshot that is being written. */
const WRITING = 'writing'

/** A whole snapshot on disk. */
export interface StoredSnapshot {
  readonly height: bigint
  /** As it is announced. */
  readonly encoded: Uint8Array
  readonly metadata: SnapshotMetadata
}

/**
 * The folder of the snapshots: one folder a snapshot, named after its height, which comes there whole by a rename and goes with its metadata
 * first. What else a killed process left is removed when the folder is opened.
 */
export class SnapshotFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Makes the folder if absent, removes what is not whole, and answers the rest, newest first. */
  async open(): Promise<StoredSnapshot[]> {
    await mkdir(this.#path, { recursive: true })
    const found: StoredSnapshot[] = []
    for (const name of await readdir(this.#path)) {
      if (name === WRITING) await rm(join(this.#path, name), { recursive: true, force: true })
      if (!/^[1-9]\d{0,18}$/.test(name)) continue
      const snapshot = await this.#read(BigInt(name)).catch(() => undefined)
      if (snapshot) found.push(snapshot)
      else await this.remove(BigInt(name))
    }
    return found.sort((a, b) => (a.height > b.height ? -1 : 1))
  }

  /** An empty folder to write the next snapshot into. */
  async begin(): Promise<string> {
    await this.discard()
    const path = join(this.#path, WRITING)
    await mkdir(path)
    return path
  }

  /** Puts what was written since `begin`, whose chunks are durable, in its place. */
  async complete(height: bigint, encoded: Uint8Array): Promise<StoredSnapshot> {
    const from = join(this.#path, WRITING)
    const file = await open(join(from, METADATA), 'wx')
    try {
      await file.appendFile(Buffer.concat([encoded, sha256(encoded)]))
      await file.sync()
    } finally {
      await file.close()
    }
    await sync(from)
    await rename(from, this.#of(height))
    await sync(this.#path)
    return { height, encoded, metadata: parseMetadata(encoded) }
  }

  /** Removes what was written since `begin`. */
  discard(): Promise<void> {
    return rm(join(this.#path, WRITING), { recursive: true, force: true })
  }

  async remove(height: bigint): Promise<void> {
    await rm(join(this.#of(height), METADATA), { force: true }).catch(() => {})
    await rm(this.#of(height), { recursive: true, force: true })
  }

  /** The bytes of a chunk; undefined when they are not those that were written. */
  async chunk({ height, metadata }: StoredSnapshot, index: number): Promise<Uint8Array | undefined> {
    const bytes = await readFile(join(this.#of(height), chunkName(index))).catch(() => undefined)
    // Hashed off this thread: peers may ask as often as they like.
    const hash = bytes && new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes))
    return hash && sameBytes(hash, metadata.chunks[index]!) ? bytes : undefined
  }

  #of(height: bigint): string {
    return join(this.#path, String(height))
  }

  /** A snapshot whose metadata is what was written and whose files are all there; throws otherwise. */
  async #read(height: bigint): Promise<StoredSnapshot | undefined> {
    const bytes = await readFile(join(this.#of(height), METADATA))
    const encoded = Uint8Array.from(bytes.subarray(0, -32))
    if (!sameBytes(sha256(encoded), bytes.subarray(-32))) return undefined
    const metadata = parseMetadata(encoded)
    for (const index of metadata.chunks.keys()) {
      const { size } = await stat(join(this.#of(height), chunkName(index)))
      if (size === 0 || size > CHUNK_BYTES + PROOF_BYTES) return undefined
    }
    return { height, encoded, metadata }
  }
}

/** Makes what a folder lists durable. */
async function sync(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
