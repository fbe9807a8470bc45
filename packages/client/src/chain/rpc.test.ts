import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { webHttp } from '../http/webHttp.ts'
import { createRpc } from './rpc.ts'

test('an answer that trickles in is given up like none', async () => {
  const server = createServer((request, reply) => {
    request.resume()
    reply.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => reply.write(' '), 5)
    reply.on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const rpc = createRpc({ chainId: 1, urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`], timeoutMs: 200 })
  await expect(rpc.call('eth_chainId', [])).rejects.toThrow(expect.objectContaining({ code: 'CHAIN_UNREACHABLE' }))
})

test('so is a fetch that does not look at its signal, and a body that does not end; the next question is asked anew', async () => {
  const endless = () => new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode(' ')) })
  const headers = { 'content-type': 'application/json' }
  const answers: (() => Promise<Response>)[] = [
    () => new Promise(() => {}),
    () => new Promise(() => {}),
    async () => new Response(endless(), { headers }),
    async () => new Response(endless(), { headers }),
  ]
  const answer = JSON.stringify([{ jsonrpc: '2.0', id: 0, result: '0x1' }])
  const fetching: typeof fetch = async (_url, init) => {
    const { id } = JSON.parse(String(init?.body))[0]
    return (answers.shift() ?? (async () => new Response(answer.replace('"id":0', `"id":${id}`), { headers })))()
  }
  const rpc = createRpc({ chainId: 1, urls: ['http://127.0.0.1:8545'], fetch: fetching, timeoutMs: 50 })
  const silent = expect.objectContaining({ code: 'CHAIN_UNREACHABLE' })
  await expect(rpc.call('eth_chainId', [])).rejects.toThrow(silent)
  await expect(rpc.call('eth_chainId', [])).rejects.toThrow(silent)
  expect(await rpc.call('eth_chainId', [])).toBe('0x1')
})

describe('in a page, that nothing came', () => {
  const page = (origin: string) => {
    vi.stubGlobal('location', { origin })
    onTestFinished(() => void vi.unstubAllGlobals())
  }
  const failing = async () => {
    throw new TypeError('Failed to fetch')
  }
  const silent: typeof fetch = (_url, init) =>
    new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  const asked = (fetch: typeof globalThis.fetch, url = 'http://127.0.0.1:8545') =>
    createRpc({ chainId: 1, urls: [url], fetch, timeoutMs: 200 }).call('eth_chainId', [])
  const web = (url: string) => webHttp(failing)(url, { timeoutMs: 200, maxBytes: 1 })

  test('may be for its origin, which no browser says', async () => {
    page('https://app.example.org')
    await expect(asked(failing)).rejects.toThrow(/no RPC answered .*\(CORS\).*give connect a `fetch`/)
    await expect(web('https://node.example.org/v2')).rejects.toThrow(/connection failed.*\(CORS\)/)
  })

  test('is not for its origin where that is the own, where a status came, or no answer in time', async () => {
    page('http://127.0.0.1:8545')
    await expect(asked(failing)).rejects.toThrow(/address right\?$/)
    await expect(web('http://127.0.0.1:8545/x')).rejects.toThrow(/connection failed$/)
    page('https://app.example.org')
    await expect(asked(async () => new Response('', { status: 503 }))).rejects.toThrow(/address right\?$/)
    await expect(asked(silent)).rejects.toThrow(/address right\?$/)
  })

  test('is told elsewhere without a word of pages', async () => {
    await expect(asked(failing)).rejects.toThrow(/address right\?$/)
    await expect(web('https://node.example.org/v2')).rejects.toThrow(/connection failed$/)
  })
})

test('two clients of one RPC that ask at the same time each ask with their own fetch, at the URL as it was given', async () => {
  const seen: string[] = []
  const fetchOf = (name: string): typeof fetch => {
    return async (url, init) => {
      const questions = JSON.parse(String(init?.body)) as { id: number; method: string }[]
      seen.push(`${name} ${url} ${questions.map(({ method }) => method)}`)
      return new Response(JSON.stringify(questions.map(({ id, method }) => ({ jsonrpc: '2.0', id, result: `${name} ${method}` }))))
    }
  }
  const clients = ['one', 'other'].map((name) =>
    createRpc({ chainId: 1, urls: ['http://127.0.0.1:8545/path?key=1'], fetch: fetchOf(name) }),
  )
  const asked = clients.flatMap((rpc) => ['eth_a', 'eth_b'].map((method) => rpc.call(method, [])))
  expect(await Promise.all(asked)).toEqual(['one eth_a', 'one eth_b', 'other eth_a', 'other eth_b'])
  const url = 'http://127.0.0.1:8545/path?key=1'
  expect(seen).toEqual([`one ${url} eth_a,eth_b`, `other ${url} eth_a,eth_b`])
})
