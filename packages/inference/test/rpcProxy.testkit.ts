import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a proxy does with one HTTP request, given the JSON-RPC methods in it. `drop`: the node never sees it; `swallow`: it does, its answer is lost. */
export type Fate = 'pass' | 'drop' | 'swallow'

/** A call as it goes over the wire. */
export interface WireCall {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** A JSON-RPC endpoint that loses what it is told to lose, and lies. */
export interface RpcProxy {
  url: string
  /** What is answered instead of asking the real node, which then never hears of the call; undefined for the truth. */
  lie: (call: WireCall) => unknown
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
      const asked = JSON.parse(body) as WireCall | WireCall[]
      const methods = [asked].flat().map((call) => call.method)
      const fate = await proxy.fate(methods)
      if (fate === 'drop') return request.socket.destroy()
      const lies = [asked].flat().flatMap((call) => {
        const result = proxy.lie(call)
        return result === undefined ? [] : [{ jsonrpc: '2.0', id: call.id, result }]
      })
      const honest = [asked].flat().filter(({ id }) => !lies.some((lie) => lie.id === id))
      const post = (json: unknown) =>
        fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) })
      if (lies.length > 0) {
        const truths = honest.length === 0 ? [] : ((await (await post(honest)).json()) as object[])
        const answers = [...lies, ...truths]
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(Array.isArray(asked) ? answers : answers[0]))
        return
      }
      const reply = await post(asked)
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
    lie: () => undefined,
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
