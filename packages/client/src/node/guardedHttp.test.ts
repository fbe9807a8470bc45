import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { utf8 } from '@opengradient/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { webHttp } from '../http/webHttp.ts'
import { type GuardOptions, guardedHttp } from './guardedHttp.ts'

const LIMITS = { timeoutMs: 60_000, maxBytes: 1000 }
const refusal = (code: string, details: object = {}) => expect.objectContaining({ code, details: expect.objectContaining(details) })

async function server(handle: (request: IncomingMessage, reply: ServerResponse) => void) {
  let connections = 0
  let hear = () => {}
  const asked = new Promise<void>((resolve) => {
    hear = resolve
  })
  const running = createServer((request, reply) => {
    hear()
    handle(request, reply)
  }).on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    running.closeAllConnections()
    running.close()
  })
  const { port } = running.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}`, connections: () => connections, asked }
}

function guarded(options: Partial<GuardOptions> = {}) {
  const http = guardedHttp({ local: true, ...options })
  onTestFinished(() => http.close())
  return http
}

test('a request goes out with its headers and body, and the reply comes back whole', async () => {
  const { url } = await server((request, reply) => {
    const seen = [
      request.method,
      request.url,
      request.headers['x-a'],
      request.headers['accept-encoding'],
      request.headers['content-length'],
    ]
    request.resume().on('end', () => reply.writeHead(201, { 'x-b': 'two' }).end(JSON.stringify(seen)))
  })
  const reply = await guarded()(`${url}/p?q=1`, { ...LIMITS, method: 'POST', headers: { 'x-a': 'one' }, body: utf8('body') })
  expect([reply.status, reply.headers.get('x-b')]).toEqual([201, 'two'])
  expect(JSON.parse(Buffer.from(reply.body).toString())).toEqual(['POST', '/p?q=1', 'one', 'identity', '4'])
})

test('outside a local network plain http and private addresses are refused, without a connection', async () => {
  const { port, connections } = await server((_request, reply) => reply.end())
  const http = guarded({ local: false })
  for (const url of [
    `http://127.0.0.1:${port}`,
    `https://127.0.0.1:${port}`,
    `https://[::1]:${port}`,
    `https://0x7f000001:${port}`,
    'https://169.254.169.254/latest/meta-data',
  ])
    await expect(http(url, LIMITS), url).rejects.toThrow(refusal('NODE_ENDPOINT_REFUSED'))
  expect(connections()).toBe(0)
})

test('a public name that leads to a private address is refused, even when only one of its addresses does', async () => {
  const { port, connections } = await server((_request, reply) => reply.end())
  for (const addresses of [['127.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], []]) {
    const resolve = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    await expect(guarded({ local: false, resolve })(`https://node.example:${port}`, LIMITS)).rejects.toThrow(
      refusal('NODE_ENDPOINT_REFUSED'),
    )
  }
  expect(connections()).toBe(0)
})

test('a name is resolved once: a later answer of the name server changes nothing', async () => {
  const { port, connections } = await server((_request, reply) => reply.setHeader('connection', 'close').end('x'))
  let asked = 0
  const http = guarded({ resolve: async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }] })
  for (let i = 0; i < 3; i++) expect((await http(`http://node.example:${port}`, LIMITS)).status).toBe(200)
  expect([asked, connections()]).toEqual([1, 3])
})

test('a name that could not be resolved is asked for again', async () => {
  const { port } = await server((_request, reply) => reply.end('x'))
  let asked = 0
  const resolve = async () => {
    if (asked++ === 0) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    return [{ address: '127.0.0.1', family: 4 }]
  }
  const http = guarded({ resolve })
  await expect(http(`http://node.example:${port}`, LIMITS)).rejects.toThrow(refusal('NODE_UNREACHABLE', { sent: false }))
  expect((await http(`http://node.example:${port}`, LIMITS)).status).toBe(200)
})

test('the Host header keeps the name', async () => {
  const { port } = await server((request, reply) => reply.end(request.headers.host))
  const reply = await guarded({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })(`http://node.example:${port}`, LIMITS)
  expect(Buffer.from(reply.body).toString()).toBe(`node.example:${port}`)
})

/** A server of bare connections: what it says to the n-th request on each of them. */
async function bare(answer: (socket: Socket, nth: number) => void) {
  let [connections, requests] = [0, 0]
  const running = createTcpServer((socket) => {
    connections += 1
    let nth = 0
    socket.on('error', () => undefined)
    socket.on('data', () => {
      requests += 1
      answer(socket, ++nth)
    })
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void running.close())
  return { url: `http://127.0.0.1:${(running.address() as AddressInfo).port}`, counted: () => [connections, requests] }
}
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n'

test('a kept connection that the server closes as it is used again is replaced by another', async () => {
  const { url, counted } = await bare((socket, nth) => (nth === 1 ? socket.write(`${OK}x`) : socket.resetAndDestroy()))
  const http = guarded()
  const post = { ...LIMITS, method: 'POST', body: utf8('body') } as const
  for (let i = 0; i < 3; i++) expect((await http(url, post)).status).toBe(200)
  expect(counted()).toEqual([3, 5])
})

test('a new connection that the server closes is a failure at once, and so is a kept one that closes in its answer', async () => {
  const closing = await bare((socket) => socket.resetAndDestroy())
  const cutting = await bare((socket, nth) => (nth === 1 ? socket.write(`${OK}x`) : socket.write(OK, () => socket.end())))
  const http = guarded()
  await expect(http(closing.url, LIMITS)).rejects.toThrow(refusal('NODE_UNREACHABLE', { sent: true }))
  expect(closing.counted()).toEqual([1, 1])
  await http(cutting.url, LIMITS)
  await expect(http(cutting.url, LIMITS)).rejects.toThrow(refusal('NODE_UNREACHABLE', { sent: true }))
  expect(cutting.counted()).toEqual([1, 2])
})

test('who leaves while a kept connection is silent is let go, and nothing is sent again', async () => {
  let heard = () => {}
  const again = new Promise<void>((resolve) => {
    heard = resolve
  })
  const { url, counted } = await bare((socket, nth) => (nth === 1 ? socket.write(`${OK}x`) : heard()))
  const http = guarded()
  await http(url, LIMITS)
  const leaving = new AbortController()
  const call = http(url, { ...LIMITS, signal: leaving.signal })
  await again
  leaving.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  // On its own connection, since the kept one is gone: had anything been sent again, it would have come before this.
  const last = await bare((socket) => socket.write(`${OK}x`))
  await http(last.url, LIMITS)
  expect(counted()).toEqual([1, 2])
})

const senders = [
  ['guardedHttp', () => guarded()],
  ['webHttp', () => webHttp(fetch)],
] as const

test.each(senders)('%s follows no redirect', async (_name, make) => {
  const target = await server((_request, reply) => reply.end('secret'))
  const { url } = await server((_request, reply) => reply.writeHead(307, { location: target.url }).end())
  await expect(make()(url, LIMITS)).rejects.toThrow(refusal('NODE_RESPONSE_INVALID'))
  expect(target.connections()).toBe(0)
})

test('a reply in pieces of one byte is held in no more than its bytes: no piece is kept', async () => {
  const buffer = new Uint8Array(64 * 1024)
  let sent = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        // What was given out before is overwritten: who kept it would have the wrong bytes.
        if (sent === 5) controller.close()
        else controller.enqueue(buffer.fill(++sent).subarray(0, 1))
      },
    },
    { highWaterMark: 0 },
  )
  const reply = await webHttp(async () => new Response(body))('http://node.example', LIMITS)
  expect(reply.body).toEqual(Uint8Array.of(1, 2, 3, 4, 5))
})

test.each(senders)('%s cuts off a reply that is too large, announced or not', async (_name, make) => {
  const announced = await server((_request, reply) => reply.end(Buffer.alloc(1001)))
  const endless = await server((_request, reply) => {
    const timer = setInterval(() => reply.write(Buffer.alloc(300)), 1)
    reply.on('close', () => clearInterval(timer))
  })
  for (const { url } of [announced, endless]) await expect(make()(url, LIMITS)).rejects.toThrow(refusal('NODE_RESPONSE_INVALID'))
  const exact = await server((_request, reply) => reply.end(Buffer.alloc(1000)))
  expect((await make()(exact.url, LIMITS)).body.length).toBe(1000)
})

test.each(senders)(
  '%s ends the wait for a silent server, a half answer and a broken connection, and says that the request may have arrived',
  async (_name, make) => {
    const silent = await server(() => undefined)
    const half = await server((_request, reply) => void reply.writeHead(200, { 'content-length': 10 }).write('12345'))
    const broken = await server(
      (_request, reply) => void reply.writeHead(200, { 'content-length': 10 }).write('12345', () => reply.destroy()),
    )
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    for (const { url, asked } of [silent, half, broken]) {
      const refused = expect(make()(url, { ...LIMITS, timeoutMs: 300 })).rejects.toThrow(refusal('NODE_UNREACHABLE', { sent: true }))
      await asked
      vi.advanceTimersByTime(300)
      await refused
    }
  },
)

test.each(senders)('%s gives the reason of the caller who leaves', async (_name, make) => {
  const leaving = new AbortController()
  const { url } = await server(() => leaving.abort(new Error('enough')))
  await expect(make()(url, { ...LIMITS, signal: leaving.signal })).rejects.toThrow('enough')
  await expect(make()(url, { ...LIMITS, signal: leaving.signal })).rejects.toThrow('enough')
})

test('a closed port is known to have received nothing', async () => {
  await expect(guarded()('http://127.0.0.1:1/', LIMITS)).rejects.toThrow(refusal('NODE_UNREACHABLE', { sent: false }))
})
