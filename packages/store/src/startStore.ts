import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { OgError } from '@opengradient/protocol'
import { boundConnections } from '@opengradient/protocol/connections'
import { isCode } from './disk.ts'
import { type FileStore, openStore } from './fileStore.ts'
import { storeServer } from './http/server.ts'

const CONNECTIONS = 128

/** What `startStore` writes of; a pino logger fits. */
export interface StoreLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Where a store listens and keeps its files. `quotaBytes`: most bytes of all of them. */
export interface StartOptions {
  dir: string
  host: string
  /** 0 takes a free one. */
  port: number
  quotaBytes: number
  /** Uploads must carry it; drawn at random (and returned) when absent. */
  token?: string
  /** Further names, besides the address it listens on, under which the store may be addressed. */
  names?: string[]
  log: StoreLog
  /** An upload that sends nothing for so long is dropped (30 s). */
  idleMs?: number
  /** Connections at once (128): each may hold a chunk of 8 MiB that its reader does not take. */
  connections?: number
  /** Unix milliseconds (the system clock). */
  now?: () => number
}

/** A store that listens. `token`: what uploads carry as bearer token. */
export interface RunningStore {
  url: string
  port: number
  token: string
  store: FileStore
  close(): Promise<void>
}

/**
 * Opens the folder and serves it over HTTP.
 *
 * @throws OgError `PORT_IN_USE`, `STORE_FOREIGN`
 */
export async function startStore(options: StartOptions): Promise<RunningStore> {
  const { host, log, token = randomBytes(32).toString('base64url') } = options
  const store = await openStore({
    dir: options.dir,
    quotaBytes: options.quotaBytes,
    now: options.now ?? Date.now,
    onCorrupt: (name, movedTo) => log.error({ name, movedTo }, 'a stored file changed on disk; moved to quarantine'),
  })
  const names = [host, 'localhost', ...(options.names ?? [])]
  const app = storeServer({ store, token, names, idleMs: options.idleMs ?? 30_000, onError: (err) => log.error({ err }, 'request failed') })
  boundConnections(app.server, options.connections ?? CONNECTIONS, 'may be cut')
  try {
    await app.listen({ host, port: options.port })
  } catch (cause) {
    if (isCode(cause, 'EADDRINUSE'))
      throw new OgError('PORT_IN_USE', `port ${options.port} on ${host} is taken; stop the program that uses it or choose another port`, {
        cause,
      })
    throw cause
  }
  const { port } = app.server.address() as AddressInfo
  log.info({ url: `http://${host}:${port}`, dir: options.dir, ...store.status() }, 'store is up')
  return { url: `http://${host}:${port}`, port, token, store, close: () => app.close() }
}
