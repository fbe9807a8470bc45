import { type ErrorCode, OgError, printable } from '@opengradient/protocol'
import { BaseError, createPublicClient, fallback, HttpRequestError, http, type PublicClient, RpcRequestError } from 'viem'
import { crossOrigin } from '../http/page.ts'
import { BoundedBody, bodyOf } from '../http/webHttp.ts'
import { within } from '../http/within.ts'
import { chainDefinition } from './definition.ts'

/** JSON-RPC as plain questions and unchecked answers. */
export interface Rpc {
  /** @throws OgError `CHAIN_UNREACHABLE`, `RPC_ERROR` (`details.rpcCode`, `details.data`) */
  call(method: string, params: readonly unknown[]): Promise<unknown>
  /** viem's client on the same transport, for writing and for what needs no proof. Nothing that it says is verified. */
  readonly viem: PublicClient
}

/** Which chain is asked for, and where. `timeoutMs`: milliseconds for one answer (10,000). */
export interface RpcOptions {
  chainId: number
  /** Tried in order. */
  urls: readonly string[]
  fetch?: typeof globalThis.fetch
  timeoutMs?: number
}

/** Bytes of an answer. */
const MAX_ANSWER = 32 << 20

let made = 0

/** Questions asked at the same time travel in one HTTP request. */
export function createRpc({ chainId, urls, fetch = globalThis.fetch, timeoutMs = 10_000 }: RpcOptions): Rpc {
  // viem puts together what is asked of one URL, whoever asks, and sends it with the first one's `fetch`: each client has URLs of its own for it.
  const own = `#${++made}`
  const ask = timed(fetch, timeoutMs)
  const transports = urls.map((url) =>
    http(`${url}${own}`, {
      batch: { batchSize: 100 },
      retryCount: 1,
      timeout: 0,
      maxResponseBodySize: false,
      fetchFn: (to, init) => ask(`${to}`.slice(0, -own.length), init),
    }),
  )
  const viem = createPublicClient({
    chain: chainDefinition(chainId),
    transport: transports.length === 1 ? (transports[0] as (typeof transports)[0]) : fallback(transports, { retryCount: 0 }),
    pollingInterval: 200,
    cacheTime: 0,
  })
  const request = viem.request as (args: { method: string; params: readonly unknown[] }) => Promise<unknown>
  return {
    viem,
    call: (method, params) => request({ method, params }).catch((cause) => Promise.reject(rpcError(method, cause, urls))),
  }
}

/**
 * In place of viem's own limits, of which that of time ends where an answer begins, and counts on a `fetch` that looks at its signal: an answer
 * that trickles in, or does not come from such a one, would be waited for without end, by all who share the question.
 */
const timed =
  (fetch: typeof globalThis.fetch, timeoutMs: number): typeof globalThis.fetch =>
  (url, init) =>
    within(timeoutMs, async (signal) => {
      const reply = await fetch(url, { ...init, signal })
      const body = await bodyOf(reply, new BoundedBody(`${url}`, MAX_ANSWER), signal)
      return new Response(body.length > 0 ? (body as Uint8Array<ArrayBuffer>) : null, reply)
    })

/** A failure of viem's transport as ours. */
export function rpcError(method: string, cause: unknown, urls: readonly string[]): OgError {
  const walk = (accept: (error: unknown) => boolean) => (cause instanceof BaseError ? cause.walk(accept) : null)
  const answered = walk((error) => error instanceof RpcRequestError) as RpcRequestError | null
  if (answered)
    return fail('RPC_ERROR', `${method}: ${printable(answered.details)}`, { method, rpcCode: answered.code, data: answered.data }, cause)
  const silent = walk((error) => error instanceof HttpRequestError) as HttpRequestError | null
  const isLate = (silent?.cause as Error | undefined)?.name === 'TimeoutError'
  const kept = silent && silent.status === undefined && !isLate ? crossOrigin(urls) : ''
  return fail(
    'CHAIN_UNREACHABLE',
    `no RPC answered ${method}; is the network up and its address right?${kept}`,
    { method },
    silent ?? cause,
  )
}

const fail = (code: ErrorCode, message: string, details: Record<string, unknown>, cause: unknown) =>
  new OgError(code, message, { details, cause })
