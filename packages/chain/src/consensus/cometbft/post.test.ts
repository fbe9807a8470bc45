import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { poster } from './post.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  let connections = 0
  const server = createServer(answer).on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, server, connections: () => connections }
}

const echo = (request: IncomingMessage, response: ServerResponse) => void request.pipe(response)
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

describe('the poster', () => {
  it('does not read an answer to its end that is too large', async () => {
    const { url } = await serving((request, response) => {
      request.resume()
      const more = () => {
        while (response.write('x'.repeat(1 << 16)));
      }
      response.on('drain', more)
      more()
    })
    await expect(poster(url, { maxBytes: 1 << 20 })('{}')).rejects.toThrow('more than 1048576 bytes')
  })

  it('gives up a server that says nothing', async () => {
    const { url } = await serving((request) => void request.resume())
    await expect(poster(url, { maxBytes: 100, silence: 50 })('{}')).rejects.toThrow('no answer for 50 ms')
  })

  it('says so when the server hangs up in the middle of an answer', async () => {
    const { url } = await serving((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-length': 10 })
        response.write('half', () => response.destroy())
      })
    })
    await expect(poster(url, { maxBytes: 100 })('{}')).rejects.toThrow()
  })

  it('asks again and again over one connection, and makes another when that is gone', async () => {
    const { url, server, connections } = await serving(echo)
    const post = poster(url, { maxBytes: 100 })
    for (const body of ['{"a":1}', '"ä"', '[]']) expect(text(await post(body))).toBe(body)
    expect(connections()).toBe(1)
    server.closeIdleConnections()
    await expect.poll(() => post('{}').then(text, String)).toBe('{}')
    expect(connections()).toBe(2)
  })
})
