import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Gathered, OgError } from '@opengradient/protocol'

/**
 * A JSON-RPC endpoint of the node's own full node, which it believes: the paid path asks it once a request, so it is leaner than the
 * `client` package's (no timer before a batch, no fetch), which proves what it reads.
 */
export interface Rpc {
  /**
   * One call. Calls made in the same turn travel as one batch.
   * @throws OgError `CHAIN_UNREACHABLE` (no answer in time: whether it took effect is unknown), `RPC_ERROR` (`details.rpcCode`, `details.data`)
   */
  call(method: string, params: readonly unknown[]): Promise<unknown>
  close(): void
}

interface Waiting {
  method: string
  params: readonly unknown[]
  resolve: (result: unknown) => void
  reject: (error: OgError) => void
}

interface Reply {
  id: number
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
}

const MAX_BATCH = 100
const MAX_REPLY_BYTES = 32 * 1024 * 1024

/** JSON-RPC over HTTP with kept connections. */
export function httpRpc(url: string, timeoutMs = 10_000): Rpc {
  const target = new URL(url)
  const secure = target.protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  let waiting: Waiting[] = []

  const post = (body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const send = secure ? httpsRequest : httpRequest
      const outgoing = send(target, { method: 'POST', agent, headers, timeout: timeoutMs }, (reply) => collect(reply).then(resolve, reject))
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)))
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the server closed meanwhile: everything sent here may be sent twice.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') post(body).then(resolve, reject)
        else reject(error)
      })
      outgoing.end(body)
    })

  const flush = async (batch: Waiting[]): Promise<void> => {
    const calls = batch.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }))
    try {
      const text = await post(JSON.stringify(calls.length === 1 ? calls[0] : calls))
      const json = JSON.parse(text) as Reply | Reply[]
      const replies = new Map((Array.isArray(json) ? json : [json]).map((reply) => [reply.id, reply]))
      for (const [id, call] of batch.entries()) settle(call, replies.get(id))
    } catch (cause) {
      const error = new OgError('CHAIN_UNREACHABLE', `the RPC at ${target.origin} did not answer: ${(cause as Error).message}`, { cause })
      for (const call of batch) call.reject(error)
    }
  }

  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        waiting.push({ method, params, resolve, reject })
        if (waiting.length > 1) return
        queueMicrotask(() => {
          const all = waiting
          waiting = []
          for (let i = 0; i < all.length; i += MAX_BATCH) void flush(all.slice(i, i + MAX_BATCH))
        })
      }),
    close: () => agent.destroy(),
  }
}

async function collect(reply: IncomingMessage): Promise<string> {
  const gathered = new Gathered(MAX_REPLY_BYTES)
  for await (const part of reply as AsyncIterable<Buffer>) {
    if (!gathered.add(part)) throw new Error('the answer is too large')
  }
  return Buffer.from(gathered.bytes().buffer).toString('utf8')
}

function settle(call: Waiting, reply: Reply | undefined): void {
  if (!reply) call.reject(new OgError('CHAIN_UNREACHABLE', `the RPC gave no answer to ${call.method}`))
  else if (!reply.error) call.resolve(reply.result)
  else {
    const { code, message, data } = reply.error
    call.reject(new OgError('RPC_ERROR', `${call.method}: ${message}`, { details: { rpcCode: code, ...(data !== undefined && { data }) } }))
  }
}

/** A number that JSON-RPC gives as hex. */
export function quantity(value: unknown): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]+$/i.test(value))
    throw new OgError('CHAIN_UNREACHABLE', `the RPC answered ${String(value)} for a number`)
  return BigInt(value)
}
