import { createHash } from 'node:crypto'
import { CHUNK_SIZE, OgError } from '@opengradient/protocol'
import { fileUrl } from '../../files/fetchBytes.ts'
import type { Http } from '../../http/http.ts'
import type { WantedFile } from './fetchFile.ts'

/**
 * One chunk of a file from one peer, verified.
 *
 * @throws OgError `STORE_PEER_FAULT` when the peer sent other bytes, `STORE_NOT_FOUND` when it has no such file, `NODE_UNREACHABLE` and
 * `NODE_RESPONSE_INVALID` for everything else
 */
export async function chunkFrom(
  http: Http,
  peer: string,
  file: WantedFile,
  index: number,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const start = index * CHUNK_SIZE
  const end = Math.min(start + CHUNK_SIZE, file.size)
  const reply = await http(fileUrl(peer, file.sha256), {
    headers: { range: `bytes=${start}-${end - 1}` },
    timeoutMs,
    signal,
    maxBytes: end - start,
  })
  if (reply.status === 404) throw new OgError('STORE_NOT_FOUND', `${peer} has no file ${file.sha256}`)
  const whole = reply.status === 200 && file.chunks.length === 1
  const asked = reply.status === 206 && reply.headers.get('content-range') === `bytes ${start}-${end - 1}/${file.size}`
  if (!whole && !asked)
    throw new OgError('NODE_RESPONSE_INVALID', `${peer} answered ${reply.status} to a request for bytes ${start}-${end - 1}`)
  if (createHash('sha256').update(reply.body).digest('hex') !== file.chunks[index]?.slice(2))
    throw new OgError('STORE_PEER_FAULT', `${peer} sent chunk ${index} of ${file.sha256} with other bytes than its hash names`)
  return reply.body
}
