import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net'
import { ClientMemory } from '@opengradient/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createDispatcher } from '../dispatcher.ts'
import { type Client, type MethodTable, method } from '../method.ts'
import { createWebSockets, type WebSockets } from './webSockets.ts'

let server: Server
let webSockets: WebSockets
afterEach(() => {
  webSockets.close()
  server.close()
})

/** A real server with methods that show how a connection is served. */
async function setUp(limits: { maxBodyBytes?: number; maxBacklogBytes?: number; maxConnections?: number } = {}, pingMs = 30_000) {
  const released: string[] = []
  const clients: Client[] = []
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const methods: MethodTable<undefined> = {
    // Emits before it answers, as a subscription might whose first event comes at once.
    subscribe: method([], async (_, __, client) => {
      clients.push(client)
      client.push?.('0x1', 'early')
      await new Promise((resolve) => setTimeout(resolve, 10))
      client.push?.('0x1', 'still early')
      return '0x1'
    }),
    slow: method([], () => new Promise((resolve) => setTimeout(() => resolve('slow'), 30))),
    fast: method([], () => 'fast'),
    hold: method([], async (_, __, client) => {
      clients.push(client)
      await held
    }),
  }
  const dispatcher = createDispatcher({
    methods,
    context: undefined,
    limits: { maxBatch: 10, maxResponseChars: 1e6 },
    onInternalError: () => undefined,
  })
  let owners = 0
  webSockets = createWebSockets({
    dispatcher,
    names: ['127.0.0.1'],
    limits: { maxBodyBytes: 1_000, maxBacklogBytes: 1_000_000, maxConnections: 2, ...limits },
    memory: new ClientMemory(1e9),
    pingMs,
    newOwner: () => `owner ${++owners}`,
    release: (owner) => released.push(owner),
  })
  server = createServer().on('upgrade', webSockets.upgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, released, clients, letGo }
}

async function connect(url: string, options: { autoPong?: boolean } = {}) {
  const socket = new WebSocket(url, options)
  const heard: unknown[] = []
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  socket.on('message', (text) => {
    const { result, params, error } = JSON.parse(text.toString())
    heard.push(result ?? params?.result ?? error.code)
  })
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  const ask = (name: string, id = 1) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: name, params: [] }))
  return { socket, heard, closed, ask }
}

describe('a connection', () => {
  it('hears of its subscription before any event of it', async () => {
    const { url } = await setUp()
    const { heard, ask } = await connect(url)
    ask('subscribe')
    await expect.poll(() => heard).toEqual(['0x1', 'early', 'still early'])
  })

  it('is answered in the order of its questions', async () => {
    const { url } = await setUp()
    const { heard, ask } = await connect(url)
    for (const name of ['slow', 'fast', 'unknown', 'fast']) ask(name)
    await expect.poll(() => heard).toEqual(['slow', 'fast', -32601, 'fast'])
  })

  it('may ask more at once than are read ahead', async () => {
    const { url } = await setUp()
    const { heard, ask } = await connect(url)
    for (let count = 0; count < 500; count += 1) ask('fast')
    await expect.poll(() => heard.length).toBe(500)
  })

  it('is released when it ends, also in the middle of a question', async () => {
    const { url, released, clients, letGo } = await setUp()
    const { socket, ask } = await connect(url)
    ask('hold')
    await expect.poll(() => clients.length).toBe(1)
    socket.terminate()
    await expect.poll(() => released).toEqual(['owner 1'])
    letGo()
    await expect.poll(() => released).toEqual(['owner 1', 'owner 1'])
  })

  it('that does not read is ended', async () => {
    const { url, clients } = await setUp({ maxBacklogBytes: 100_000 })
    const { socket, closed, ask } = await connect(url)
    ask('subscribe')
    await expect.poll(() => clients.length).toBe(1)
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (let count = 0; count < 1_000; count += 1) clients[0]!.push?.('0x1', 'x'.repeat(100_000))
    socket.resume()
    expect(await closed).toBe(1006)
  })

  it('that waits for a slow answer is ended when more events than its backlog may hold come meanwhile', async () => {
    const { url, clients, letGo } = await setUp({ maxBacklogBytes: 100_000 })
    const { closed, ask } = await connect(url)
    ask('hold')
    await expect.poll(() => clients.length).toBe(1)
    // In the memory of the node, not of the socket: it may not overtake the answer.
    for (let event = 0; event < 200; event++) clients[0]!.push!('0x1', 'x'.repeat(1_000))
    expect(await closed).toBe(1006)
    letGo()
  })

  it('that sends binary data or too much of it is ended', async () => {
    const { url } = await setUp()
    const [binary, large] = [await connect(url), await connect(url)]
    binary.socket.send(new Uint8Array([1, 2, 3]))
    large.socket.send('x'.repeat(1_001))
    expect([await binary.closed, await large.closed]).toEqual([1003, 1009])
  })

  it('may send a message in a thousand frames, and is ended for more: each is kept on its own', async () => {
    const { url } = await setUp({ maxBodyBytes: 1e6 })
    const [good, bad] = [await connect(url), await connect(url)]
    const fast = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'fast', params: [] })
    for (const at of Array(1_000).keys()) good.socket.send(at < 999 ? ' ' : fast, { fin: at === 999 })
    await expect.poll(() => good.heard).toEqual(['fast'])
    for (let at = 0; at < 1_100; at++) bad.socket.send(' ', { fin: false })
    expect(await bad.closed).toBe(1008)
  })

  it('that no longer answers pings is ended, and one that does stays', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const { url } = await setUp({}, 100)
      const [dead, alive] = [await connect(url, { autoPong: false }), await connect(url)]
      vi.advanceTimersByTime(100)
      await new Promise((resolve) => alive.socket.once('ping', resolve))
      // Comes after the answer to the ping.
      alive.ask('fast')
      await expect.poll(() => alive.heard).toEqual(['fast'])
      vi.advanceTimersByTime(100)
      expect(await dead.closed).toBe(1006)
      expect(alive.socket.readyState).toBe(WebSocket.OPEN)
    } finally {
      vi.useRealTimers()
    }
  })

  it('too many is refused', async () => {
    const { url } = await setUp({ maxConnections: 1 })
    await connect(url)
    await expect(connect(url)).rejects.toThrow('503')
  })

  it('that is refused is ended, also when the client does not hang up', async () => {
    const { url } = await setUp()
    const opened = once(server, 'connection')
    const { hostname, port } = new URL(url)
    const client = connectSocket({ host: hostname, port: Number(port), allowHalfOpen: true })
    try {
      const [theirs] = (await opened) as [Socket]
      const ended = once(theirs, 'close')
      client.write('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      const [text] = (await once(client, 'data')) as [Buffer]
      expect(text.toString()).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/)
      await ended
    } finally {
      client.destroy()
    }
  })

  it('is told when the node shuts down', async () => {
    const { url } = await setUp()
    const { closed } = await connect(url)
    webSockets.close()
    expect(await closed).toBe(1001)
  })
})
