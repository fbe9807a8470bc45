import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CHUNK_SIZE, type ErrorCode, type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { Http } from '../../http/http.ts'
import { chunkFrom } from './chunkFrom.ts'
import { isFile, PartialFile } from './partial.ts'
import { ChunkQueue } from './queue.ts'
import { SharedRuns } from './shared.ts'

/** A file as its manifest names it. `chunks`: SHA-256 of each 8 MiB. */
export interface WantedFile {
  sha256: Hex
  size: number
  chunks: readonly Hex[]
}

/** What one peer did wrong. `STORE_PEER_FAULT`: it sent bytes that are not the ones asked for, which never happens by accident of timing. */
export interface PeerFault {
  peer: string
  chunk: number
  code: ErrorCode
  says: string
}

/** A file to fetch to disk, and from whom. */
export interface FetchFileOptions extends WantedFile {
  http: Http
  /** Addresses of stores, in order of preference. */
  peers: readonly string[]
  /** Path of the finished file. `<into>~part` and `<into>~part.map` beside it (no file of a model is called so) let an interrupted fetch continue. */
  into: string
  /** Most bytes this caller takes. */
  maxBytes: number
  /** Milliseconds for one chunk (60,000: 140 kB/s). */
  timeoutMs?: number
  /** Chunks fetched at once from one peer (2). */
  perPeer?: number
  /** Milliseconds before a peer that failed is asked again (250). */
  retryMs?: number
  signal?: AbortSignal
  onFault?: (fault: PeerFault) => void
}

const runs = new SharedRuns<PeerFault[]>()

/**
 * A file by its hash, in chunks from several peers at once, into `into`. Every chunk is verified before it is written and the whole before
 * it gets its name. A peer that sends wrong bytes is dropped at once and blamed; one that is slow, absent or failing, after three tries.
 * Calls for the same `into` share one run.
 *
 * @returns the faults of peers met on the way
 * @throws OgError `STORE_UNREACHABLE` when the peers cannot deliver (call again to continue), `MANIFEST_MALFORMED`, `MODEL_INVALID` (too
 * large), `DISK_FULL`
 */
export async function fetchFile(options: FetchFileOptions): Promise<PeerFault[]> {
  checkShape(options)
  const into = resolve(options.into)
  return runs.join(`${options.sha256} ${into}`, options.signal, (signal) => fetchOnce({ ...options, into }, signal))
}

async function fetchOnce(options: FetchFileOptions, signal: AbortSignal): Promise<PeerFault[]> {
  if (await isFile(options.into, options)) return []
  await mkdir(dirname(options.into), { recursive: true })
  const partial = await PartialFile.open(options, options.into)
  const faults: PeerFault[] = []
  try {
    let missing = partial.missing()
    do {
      if (missing.length > 0) await fetchChunks(options, partial, missing, faults, signal)
      missing = await partial.finish()
    } while (missing.length > 0)
    return faults
  } finally {
    await partial.close()
  }
}

async function fetchChunks(
  options: FetchFileOptions,
  partial: PartialFile,
  missing: number[],
  faults: PeerFault[],
  signal: AbortSignal,
): Promise<void> {
  const queue = new ChunkQueue(missing)
  const liars = new Set(faults.filter(({ code }) => code === 'STORE_PEER_FAULT').map(({ peer }) => peer))
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const workers = options.peers
    .filter((peer) => !liars.has(peer))
    .flatMap((peer) => {
      const state = { peer, tries: 3 }
      return Array.from({ length: options.perPeer ?? 2 }, () => work(options, state, queue, partial, faults, either))
    })
  try {
    await Promise.all(workers)
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(workers)
    throw error
  }
  const left = partial.missing().length
  if (left === 0) return
  throw new OgError(
    'STORE_UNREACHABLE',
    `${left} of ${options.chunks.length} chunks of ${options.sha256} are missing and no peer is left that delivers; call again to continue`,
    { details: { missing: left, faults: faults.slice(-20) } },
  )
}

/** Fetches chunks from one peer until none is left or the peer has used up its tries. */
async function work(
  options: FetchFileOptions,
  state: { peer: string; tries: number },
  queue: ChunkQueue,
  partial: PartialFile,
  faults: PeerFault[],
  signal: AbortSignal,
): Promise<void> {
  while (state.tries > 0) {
    const index = await queue.take()
    if (index === undefined) return
    if (state.tries <= 0) return queue.giveBack(index)
    try {
      const bytes = await chunkFrom(options.http, state.peer, options, index, { timeoutMs: options.timeoutMs ?? 60_000, signal })
      await partial.write(index, bytes)
      queue.done()
    } catch (error) {
      queue.giveBack(index)
      if (!isOgError(error) || signal.aborted || error.code === 'DISK_FULL') throw error
      const hopeless = error.code === 'STORE_PEER_FAULT' || error.code === 'STORE_NOT_FOUND' || error.code === 'NODE_ENDPOINT_REFUSED'
      state.tries = hopeless ? 0 : state.tries - 1
      const fault = { peer: state.peer, chunk: index, code: error.code, says: error.message }
      faults.push(fault)
      options.onFault?.(fault)
      if (state.tries > 0) await sleep(options.retryMs ?? 250, undefined, { signal })
    }
  }
}

function checkShape({ sha256, size, chunks, maxBytes }: FetchFileOptions): void {
  if (
    !Number.isSafeInteger(size) ||
    size < 0 ||
    chunks.length !== Math.ceil(size / CHUNK_SIZE) ||
    (chunks.length === 1 && chunks[0] !== sha256)
  )
    throw new OgError('MANIFEST_MALFORMED', `the chunk hashes given for ${sha256} do not fit its size of ${size} bytes`)
  if (size > maxBytes)
    throw new OgError('MODEL_INVALID', `the file has ${size} bytes and at most ${maxBytes} are taken; raise the limit if you want it`)
}
