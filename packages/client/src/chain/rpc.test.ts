import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
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
