import { bytesToHex, type Hex, isOgError, OgError, sha256 } from '@opengradient/protocol'
import type { Http } from '../http/http.ts'

/** A file to fetch into memory, and from whom. `timeoutMs`: milliseconds for one store (10,000). */
export interface FetchBytesOptions {
  http: Http
  /** Addresses of stores; asked one after the other. */
  peers: readonly string[]
  sha256: Hex
  /** Most bytes the file may have. */
  maxBytes: number
  timeoutMs?: number
  signal?: AbortSignal
}

/**
 * A small file (a manifest, a card) by its hash, from the first peer that has the right bytes.
 *
 * @throws OgError `STORE_NOT_FOUND` when every peer answers that it has none, `STORE_UNREACHABLE` otherwise (`details.faults`
 * has each peer's), `CONFIG_MISSING` without peers
 */
export async function fetchBytes({ http, peers, maxBytes, signal, timeoutMs = 10_000, ...file }: FetchBytesOptions): Promise<Uint8Array> {
  if (peers.length === 0)
    throw new OgError(
      'CONFIG_MISSING',
      'no store is configured to fetch files from; name one: stores where you connect, or `og config store URL`',
    )
  const faults: { peer: string; fault: string }[] = []
  let answered = 0
  for (const peer of peers) {
    try {
      const reply = await http(fileUrl(peer, file.sha256), { timeoutMs, maxBytes, ...(signal ? { signal } : {}) })
      if (reply.status === 200 && bytesToHex(sha256(reply.body)) === file.sha256) return reply.body
      if (reply.status === 404) answered += 1
      faults.push({ peer, fault: reply.status === 200 ? 'sent other bytes than the hash names' : `answered ${reply.status}` })
    } catch (error) {
      if (!isOgError(error)) throw error
      faults.push({ peer, fault: error.message })
    }
  }
  const said = faults.map(({ peer, fault }) => `${peer} ${fault}`).join('; ')
  throw new OgError(answered === peers.length ? 'STORE_NOT_FOUND' : 'STORE_UNREACHABLE', `${file.sha256} could not be fetched: ${said}`, {
    details: { sha256: file.sha256, faults },
  })
}

/** Where a store serves the file of this hash. */
export const fileUrl = (peer: string, sha256: Hex): string => `${peer.replace(/\/+$/, '')}/files/${sha256.slice(2)}`
