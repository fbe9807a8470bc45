import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a proxy does with one HTTP request, given the JSON-RPC methods in it. `drop`: the node never sees it; `swallow`: it does, its answer is lost. */
export type Fate = 'pass' | 'drop' | 'swallow'

/** A JSON-RPC endpoint that loses what it is told to lose. */
export interface RpcProxy {
  url: string
  /** Asked for each request; may take its time. */
  fate: (methods: string[]) => Fate | Promise<Fate>
  /** Called after a request was answered by the real node, before its answer goes on. */
  after: (methods: string[]) => void | Promise<void>
  close(): Promise<void>
}

export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const server = createServer(async (request, response) => {
    try {
      let body = ''
      for await (const part of request) body += part
      const methods = [JSON.parse(body)].flat().map((call: { method: string }) => call.method)
      const fate = await proxy.fate(methods)
      if (fate === 'drop') return request.socket.destroy()
      const reply = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const text = await reply.text()
      await proxy.after(methods)
      if (fate === 'swallow') return request.socket.destroy()
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text)
    } catch {
      request.socket.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fate: () => 'pass',
    after: () => {},
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return proxy
}
