import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { boundConnections, networkOf } from './connections.ts'

const MOST = 6

/** A server with room for six that answers `/` and never `/wait`. */
async function crowded(): Promise<{ server: Server; open: (from: string, text?: string) => Promise<Socket> }> {
  const server = createServer((request, response) => {
    if (request.url === '/') request.resume().on('end', () => response.end('here'))
  })
  boundConnections(server, MOST)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    server,
    async open(localAddress, text) {
      const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
      onTestFinished(() => void socket.destroy())
      const seen = once(server, 'connection')
      await Promise.all([once(socket, 'connect'), seen])
      if (text === undefined) return socket
      const asked = once(server, 'request')
      socket.write(text)
      await asked
      return socket
    },
  }
}

const REQUEST = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'
const WAITS = 'GET /wait HTTP/1.1\r\nhost: x\r\n\r\n'
const HALF = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab'
const closing = (socket: Socket) => socket.resume().closed || once(socket, 'close')
const answer = async (socket: Socket) => String((await once(socket, 'data'))[0])

test('one address that opens connections and sends nothing keeps nobody out', async () => {
  const { open } = await crowded()
  const idle = []
  for (let i = 0; i < MOST + 3; i++) idle.push(await open('127.0.0.1'))
  const other = await open('127.0.0.2')
  other.write(REQUEST)
  expect(await answer(other)).toContain('here')
  // Its own come and go: those that came last are open.
  const last = idle.at(-1) as Socket
  last.write(REQUEST)
  expect(await answer(last)).toContain('here')
})

test('one address whose requests never come to their end keeps nobody out', async () => {
  const { open } = await crowded()
  for (let i = 0; i < MOST; i++) await open('127.0.0.1', HALF)
  const other = await open('127.0.0.2')
  other.write(REQUEST)
  expect(await answer(other)).toContain('here')
})

test('what was asked in full is answered, however many come after it', async () => {
  const { server, open } = await crowded()
  for (let i = 0; i < MOST; i++) await open('127.0.0.1', WAITS)
  for (const from of ['127.0.0.1', '127.0.0.2']) {
    await closing(await open(from))
  }
  const connections = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
  expect(connections).toBe(MOST)
})

test('an answer that was taken leaves its connection among those that ask for nothing', async () => {
  const { open } = await crowded()
  const kept = await open('127.0.0.1', REQUEST)
  await answer(kept)
  for (let i = 0; i < MOST; i++) await open('127.0.0.1', WAITS)
  await closing(kept)
})

test('an IPv6 customer is known by the first half of the address, an IPv4 one by all of it', () => {
  expect(
    ['192.0.2.7', '::ffff:192.0.2.7', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::9', '2001:db8::1', '::1', 'fe80::1%eth0', ''].map(networkOf),
  ).toEqual(['192.0.2.7', '192.0.2.7', '2001:db8:1:2', '2001:db8:1:2', '2001:db8:0:0', '0:0:0:0', 'fe80:0:0:0', ''])
})
