import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { ClientMemory } from '@opengradient/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createDispatcher } from '../dispatcher.ts'
import { type MethodTable, method } from '../method.ts'
import { httpHandler } from './http.ts'
import { createWebSockets } from './webSockets.ts'

const MEGABYTE = 1 << 20

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

describe('the memory of a server', () => {
  it('is given to all clients, and when that is too much, who holds the most is ended', () => {
    const ended: string[] = []
    const memory = new ClientMemory(100)
    const [a, b, c] = ['a', 'b', 'c'].map((name) => memory.enter(() => ended.push(name))) as [
      ReturnType<ClientMemory['enter']>,
      ...ReturnType<ClientMemory['enter']>[],
    ]
    a.hold(30)
    b!.hold(40)
    c!.hold(30)
    expect(ended).toEqual([])
    c!.hold(1)
    expect(ended).toEqual(['b'])
    b!.hold(1_000)
    a.hold(39)
    expect(ended).toEqual(['b'])
    a.free(69)
    c!.hold(69)
    expect(ended).toEqual(['b'])
    c!.leave()
    a.hold(100)
    expect(ended).toEqual(['b'])
    a.hold(1)
    expect(ended).toEqual(['b', 'a'])
  })
})

/** A real server whose clients may hold 64 megabytes together. It says which connections it ended. */
async function setUp(silence?: number) {
  const methods: MethodTable<undefined> = { long: method([], () => 'x'.repeat(3 * MEGABYTE)), short: method([], () => 'y') }
  const limits = { maxBatch: 10, maxResponseChars: 1e9, maxBodyBytes: 5 * MEGABYTE, maxBacklogBytes: 1e9, maxConnections: 100 }
  const dispatcher = createDispatcher({ methods, context: undefined, limits, onInternalError: () => undefined })
  const memory = new ClientMemory(64 * MEGABYTE)
  const names = ['127.0.0.1']
  const released: string[] = []
  let owners = 0
  const webSockets = createWebSockets({
    dispatcher,
    names,
    limits,
    memory,
    newOwner: () => `${owners++}`,
    release: (owner) => released.push(owner),
  })
  const answer = httpHandler(dispatcher, names, limits, memory, () => undefined, {}, silence)
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  server.on('upgrade', webSockets.upgrade)
  let closed = 0
  server.on('connection', (socket: Socket) => socket.on('close', () => closed++))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    webSockets.close()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, released, closed: () => closed }
}

const call = (name: string) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: name, params: [] })

function raw(port: number, text: string): Socket {
  const socket = connect(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(text)
  return socket
}

const post = (body: string, length = body.length) =>
  `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`

const ask = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: call('short') })).json()

describe('clients that do not read', () => {
  it('are ended over WebSocket, and who reads goes on', async () => {
    const { port, released } = await setUp()
    const open = async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`)
      cleanups.push(() => socket.terminate())
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.on('open', resolve))
      return socket
    }
    const reader = await open()
    const heard: string[] = []
    reader.on('message', (text) => heard.push(text.toString()))
    for (let client = 0; client < 4; client++) {
      const socket = await open()
      socket.pause()
      for (let count = 0; count < 12; count++) socket.send(call('long'))
    }
    await expect.poll(() => released.length, { timeout: 30_000 }).toBeGreaterThan(0)
    reader.send(call('short'))
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(1)
    expect(released).not.toContain('0')
  })

  it('are ended over HTTP, and who reads is answered', async () => {
    // Of thirty megabytes the two sockets hold some themselves.
    const { port, closed } = await setUp()
    for (let client = 0; client < 8; client++) raw(port, post(`[${Array(10).fill(call('long')).join()}]`))
    await expect.poll(closed, { timeout: 30_000 }).toBeGreaterThan(0)
    expect(await ask(port)).toMatchObject({ result: 'y' })
  })
})

it('a client of HTTP that takes nothing of its answer is ended after a time, also while there is memory', async () => {
  const { port, closed } = await setUp(100)
  raw(port, post(`[${Array(10).fill(call('long')).join()}]`))
  await expect.poll(closed, { timeout: 30_000 }).toBe(1)
  expect(await ask(port)).toMatchObject({ result: 'y' })
})

it('clients that send the first megabytes of a message over WebSocket, and no more, are ended', async () => {
  const { port, released } = await setUp()
  for (let client = 0; client < 20; client++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    cleanups.push(() => socket.terminate())
    socket.on('error', () => undefined)
    socket.on('open', () => socket.send(' '.repeat(4 * MEGABYTE), { fin: false }))
  }
  await expect.poll(() => released.length, { timeout: 30_000 }).toBeGreaterThan(2)
  expect(await ask(port)).toMatchObject({ result: 'y' })
})

it('clients that send the first megabytes of many requests, and no more, are ended', async () => {
  const { port, closed } = await setUp()
  for (let client = 0; client < 20; client++) raw(port, post(' '.repeat(4 * MEGABYTE), 5 * MEGABYTE))
  await expect.poll(closed, { timeout: 30_000 }).toBeGreaterThan(2)
  expect(await ask(port)).toMatchObject({ result: 'y' })
})
