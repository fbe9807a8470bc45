import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Domain, decodeReceiptHeader, encodeReceiptHeader, type Receipt, receiptHash, signDigest } from '@opengradient/protocol'

/** One exchange between a client and the honest node behind the liar. */
export interface Exchange {
  request: { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }
  reply: Reply
}

export interface Reply {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/**
 * Changes a reply in place; or says to `hang up`, to `hang up halfway`, or to `be silent`, after the node ran; or is what to do with the connection
 * instead of answering. Anything else is passed on.
 */
export type Lie = (exchange: Exchange) => unknown

export interface LyingNode {
  url: string
  /** Where the honest node is. */
  target: string
  /** Undefined: passes everything on. */
  lie: Lie | undefined
  /** What was asked, `METHOD /path`. */
  asked: string[]
  close(): Promise<void>
}

/** A proxy in front of a real node that lies as it is told: the node as a caller meets it. */
export async function lyingNode(): Promise<LyingNode> {
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(parts) }
    node.asked.push(`${request.method} ${request.path}`)
    const reply = await forward(node.target, request)
    const told = await node.lie?.({ request, reply })
    if (told === 'hang up') return void outgoing.destroy()
    if (told === 'be silent') return
    if (typeof told === 'function') return void told(incoming.socket)
    const { status, headers, body } = reply
    outgoing.writeHead(status, { ...headers, 'content-length': body.length })
    if (told === 'hang up halfway') return void outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy())
    outgoing.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const node: LyingNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: '',
    lie: undefined,
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return node
}

function forward(target: string, { method, path, headers, body }: Exchange['request']): Promise<Reply> {
  const { host: _host, connection: _connection, ...rest } = headers
  return new Promise((resolve, reject) => {
    const sending = httpRequest(`${target}${path}`, { method, headers: rest, agent: false }, async (incoming) => {
      const parts: Buffer[] = []
      for await (const part of incoming) parts.push(part as Buffer)
      const {
        'transfer-encoding': _encoding,
        connection: _kept,
        'keep-alive': _alive,
        ...answered
      } = incoming.headers as Record<string, string>
      resolve({ status: incoming.statusCode ?? 0, headers: answered, body: Buffer.concat(parts) })
    })
    sending.on('error', reject)
    sending.end(body)
  })
}

/** The receipt of a reply with other contents, signed again with the node's own key: a liar that knows what it does. */
export function resign(reply: Reply, change: Partial<Receipt>, domain: Domain, key: Uint8Array): Receipt {
  const { receipt } = decodeReceiptHeader(reply.headers['og-receipt'] as string)
  const changed = { ...receipt, ...change }
  reply.headers['og-receipt'] = encodeReceiptHeader(changed, signDigest(receiptHash(changed, domain), key))
  return changed
}
