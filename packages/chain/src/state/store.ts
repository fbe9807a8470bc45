/** One change to the store; no value deletes the key. */
export interface Write {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** An ordered map from bytes to bytes: the disk, as the chain sees it. */
export interface Store {
  /** The value at `key`, read at once. */
  get(key: Uint8Array): Uint8Array | undefined
  /** Makes all the writes durable, or none of them. */
  write(writes: readonly Write[]): Promise<void>
  /** The entries whose keys begin with `prefix`, in order. */
  scan(prefix: Uint8Array): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  close(): Promise<void>
}

/** What a database held at one moment, whatever is written to it later. */
export interface StoreView extends Pick<Store, 'get' | 'scan'> {
  /** Until then what has changed since is kept. To be called before the database is closed. */
  close(): Promise<void>
}

/** A store that can be looked at as it was. */
export interface Database extends Store {
  /** As it is now. */
  view(): StoreView
}

/** A store that lives as long as the process: for tests and throw-away networks. */
export function memoryStore(before: ReadonlyMap<string, Uint8Array> = new Map()): Database {
  const entries = new Map(before)
  return {
    get: (key) => entries.get(byteKey(key)),
    view: () => memoryStore(entries),
    async write(writes) {
      for (const { key, value } of writes) {
        if (value) entries.set(byteKey(key), value)
        else entries.delete(byteKey(key))
      }
    },
    async *scan(prefix) {
      const start = byteKey(prefix)
      for (const key of [...entries.keys()].filter((candidate) => candidate.startsWith(start)).sort()) {
        const value = entries.get(key)
        if (value) yield [Buffer.from(key, 'latin1'), value]
      }
    },
    async close() {},
  }
}

/** Bytes as a string with one character a byte: a cheap map key that sorts like the bytes. Any bytes will do for `latin1Slice`, and to make a `Buffer` of them first doubles the time. */
export function byteKey(bytes: Uint8Array): string {
  return latin1Slice.call(bytes as Buffer, 0, bytes.length)
}

const { latin1Slice } = Buffer.prototype

/** The inverse of `byteKey`. */
export function keyBytes(key: string): Uint8Array {
  return Buffer.from(key, 'latin1')
}
