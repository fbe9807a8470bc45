import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { httpRpc, quantity } from './rpc.ts'

type Call = { id: number; method: string; params: unknown[] }

/** A real HTTP server that answers each call with what `answer` gives, and remembers the bodies it got. */
async function serve(answer: (call: Call) => object | undefined, before?: () => void) {
  const bodies: (Call | Call[])[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const body = JSON.parse(text) as Call | Call[]
    bodies.push(body)
    before?.()
    const replies = [body].flat().flatMap((call) => {
      const reply = answer(call)
      return reply ? [{ jsonrpc: '2.0', id: call.id, ...reply }] : []
    })
    response.end(JSON.stringify(Array.isArray(body) ? replies.reverse() : replies[0]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const rpc = httpRpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 500)
  onTestFinished(() => rpc.close())
  return { rpc, bodies, server }
}

test('calls of one turn travel together, and each gets its own answer in whatever order they come', async () => {
  const { rpc, bodies } = await serve((call) => ({ result: call.params[0] }))
  const answers = await Promise.all([1, 2, 3].map((n) => rpc.call('echo', [n])))
  expect(answers).toEqual([1, 2, 3])
  expect(bodies.length).toBe(1)
  expect(await rpc.call('echo', ['alone'])).toBe('alone')
  expect(Array.isArray(bodies[1])).toBe(false)
})

test('more than a hundred calls are several batches', async () => {
  const { rpc, bodies } = await serve((call) => ({ result: call.params[0] }))
  const answers = await Promise.all(Array.from({ length: 250 }, (_, n) => rpc.call('echo', [n])))
  expect(answers).toEqual(Array.from({ length: 250 }, (_, n) => n))
  expect(bodies.map((b) => [b].flat().length).sort()).toEqual([100, 100, 50])
})

test('a revert and another refusal keep their codes and data; a missing answer is told apart', async () => {
  const { rpc } = await serve(({ method }) => {
    if (method === 'revert') return { error: { code: 3, message: 'execution reverted', data: '0x1234' } }
    if (method === 'nonce') return { error: { code: -32000, message: 'nonce too low' } }
    return undefined
  })
  const [a, b, c] = await Promise.allSettled([rpc.call('revert', []), rpc.call('nonce', []), rpc.call('silent', [])])
  expect(a).toMatchObject({ reason: { code: 'RPC_ERROR', details: { rpcCode: 3, data: '0x1234' } } })
  expect(b).toMatchObject({ reason: { code: 'RPC_ERROR', details: { rpcCode: -32000 } } })
  expect(c).toMatchObject({ reason: { code: 'CHAIN_UNREACHABLE' } })
})

test('nobody there, and an answer that never comes, are CHAIN_UNREACHABLE', async () => {
  const { rpc, server } = await serve(() => ({ result: 1 }))
  await rpc.call('x', [])
  server.removeAllListeners('request')
  await expect(rpc.call('x', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  const nobody = httpRpc('http://127.0.0.1:1')
  await expect(nobody.call('x', [])).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
})

test('quantities are hex', () => {
  expect(quantity('0x10')).toBe(16n)
  expect(() => quantity(null)).toThrow('for a number')
})
