import { ERROR_MEANINGS, type ErrorCode, type Hex, isOgError, OgError, parseStrictJson, printable, sha256Hex } from '@opengradient/protocol'
import type { Http, HttpReply } from '../http/http.ts'
import { fileUrl } from './fetchBytes.ts'

/** Bytes for a store. `token`: its bearer token. */
export interface PutBytesOptions {
  http: Http
  /** Address of the store. */
  store: string
  token: string
  bytes: Uint8Array
  /** Milliseconds for the whole upload (10 minutes). */
  timeoutMs?: number
}

/** Milliseconds for the answer whether the store has the file. */
const LOOK_MS = 10_000
const MAX_REPLY = 65_536

/**
 * Uploads a file under its hash, unless the store has it.
 *
 * @returns SHA-256 of the bytes
 * @throws OgError what the store refuses it with (`HTTP_UNAUTHORIZED`, `STORE_QUOTA`, `DISK_FULL` …), `STORE_UNREACHABLE`
 */
export async function putBytes({ http, store, token, bytes, timeoutMs = 600_000 }: PutBytesOptions): Promise<Hex> {
  const sha256 = sha256Hex(bytes)
  const url = fileUrl(store, sha256)
  try {
    const there = await http(url, { method: 'HEAD', timeoutMs: Math.min(timeoutMs, LOOK_MS), maxBytes: MAX_REPLY })
    if (there.status === 200) return sha256
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' }
    const reply = await http(url, { method: 'PUT', headers, body: bytes, timeoutMs, maxBytes: MAX_REPLY })
    if (reply.status === 200 || reply.status === 201) return sha256
    throw refusal(store, reply)
  } catch (cause) {
    if (!isOgError(cause, 'NODE_UNREACHABLE')) throw cause
    throw new OgError('STORE_UNREACHABLE', `the store ${store} cannot be reached: ${cause.message}`, { cause })
  }
}

function refusal(store: string, { status, body }: HttpReply): OgError {
  const said = readError(body)
  const known = said.code !== undefined && Object.hasOwn(ERROR_MEANINGS, said.code)
  return new OgError(
    known ? (said.code as ErrorCode) : 'STORE_UNREACHABLE',
    `the store ${store} answered ${status}${said.message ? `: ${printable(said.message)}` : ''}`,
  )
}

function readError(body: Uint8Array): { code?: string; message?: string } {
  try {
    const { error } = parseStrictJson(body, { maxBytes: 65_536, maxDepth: 8 }) as { error?: { code?: unknown; message?: unknown } }
    return {
      ...(typeof error?.code === 'string' ? { code: error.code } : {}),
      ...(typeof error?.message === 'string' ? { message: error.message } : {}),
    }
  } catch {
    return {}
  }
}
