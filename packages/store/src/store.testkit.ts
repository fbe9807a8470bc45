import { createCipheriv, createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type RunningStore, type StartOptions, startStore } from './startStore.ts'

export const MIB = 1 << 20

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'og store '))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** `size` bytes that look random, always the same for a `seed`. */
export function someBytes(size: number, seed = 1): Buffer {
  const key = createHash('sha256').update(String(seed)).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

export const nameOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export async function* inPieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

export type Written = { level: string; fields: Record<string, unknown>; message: string }

/** A store on a free port that is closed after the test, with what it logged. */
export async function runningStore(options: Partial<StartOptions> = {}): Promise<RunningStore & { dir: string; written: Written[] }> {
  const written: Written[] = []
  const write = (level: string) => (fields: object, message: string) =>
    void written.push({ level, fields: fields as Record<string, unknown>, message })
  const log = { info: write('info'), error: write('error') }
  const dir = options.dir ?? (await temporaryFolder())
  const store = await startStore({ host: '127.0.0.1', port: 0, quotaBytes: 1 << 30, token: 'test token', log, ...options, dir })
  onTestFinished(() => store.close())
  return { ...store, dir, written }
}

export const put = (
  store: RunningStore,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
  name = nameOf(bytes),
): Promise<Response> =>
  fetch(`${store.url}/files/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${store.token}`, 'content-type': 'application/octet-stream', ...headers },
    body: bytes as Uint8Array<ArrayBuffer>,
  })
