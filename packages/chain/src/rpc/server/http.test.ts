import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ClientMemory } from '@opengradient/protocol'
import { expect, it, onTestFinished } from 'vitest'
import { heapOfDrip } from '../../../../protocol/src/testkit/drip.testkit.ts'
import { createDispatcher } from '../dispatcher.ts'
import { httpHandler } from './http.ts'

it('holds a body that comes byte by byte in no more than its bytes', async () => {
  const dispatcher = createDispatcher({
    methods: {},
    context: undefined,
    limits: { maxBatch: 1, maxResponseChars: 1_000 },
    onInternalError: () => undefined,
  })
  const answer = httpHandler(dispatcher, ['127.0.0.1'], { maxBodyBytes: 1e6 }, new ClientMemory(1e9), () => undefined)
  const server = createServer((request, response) => answer(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const head = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json'
  expect(await heapOfDrip(server, port, head, 200_000)).toBeLessThan(20)
})
