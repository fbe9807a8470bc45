import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineStatus, trustedBlockOf } from './engineStatus.ts'
import { stateOf } from './observe.ts'

const HASH = 'AB'.repeat(32)
const honest: Record<string, unknown> = {
  '/status': { sync_info: { latest_block_height: '12', catching_up: false } },
  '/net_info': { n_peers: '3' },
  '/commit': { signed_header: { commit: { height: '12', block_id: { hash: HASH } } } },
}
let answers: Record<string, unknown> = honest
let url = ''
const server = createServer(({ url: path = '' }, response) => {
  const answer = answers[path]
  response.end(typeof answer === 'string' ? answer : JSON.stringify({ jsonrpc: '2.0', id: -1, result: answer }))
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

test('what CometBFT says is read', async () => {
  answers = honest
  expect(await engineStatus(url)).toEqual({ height: 12, catchingUp: false, peers: 3 })
  expect(await trustedBlockOf(url)).toEqual({ height: 12, hash: `0x${HASH.toLowerCase()}` })
})

test.each<[string, Record<string, unknown>]>([
  ['no JSON', { '/status': 'no' }],
  ['no number', { '/status': { sync_info: { latest_block_height: '1e9', catching_up: false } } }],
  ['an error', { '/status': '{"error":{"message":"no"}}' }],
  ['too much', { '/net_info': `"${'x'.repeat(2 << 20)}"` }],
])('%s is no answer', async (_, lies) => {
  answers = { ...honest, ...lies }
  expect(await engineStatus(url)).toBeUndefined()
})

test('a block to trust is only what CometBFT gives in its form', async () => {
  answers = { '/commit': { signed_header: { commit: { height: '12', block_id: { hash: 'AB' } } } } }
  await expect(trustedBlockOf(url)).rejects.toThrow(expect.objectContaining({ code: 'RPC_ERROR' }))
})

test('a node has one word', () => {
  const head = { height: 1, hash: '0x', proposer: '0x', time: 0, transactions: 0 }
  const engine = { height: 1, catchingUp: false, peers: 1 }
  expect(stateOf({ head, engine })).toBe('up')
  expect(stateOf({ head, engine: { ...engine, catchingUp: true } })).toBe('syncing')
  expect(stateOf({ head, engine: undefined })).toBe('no consensus')
  expect(stateOf({ head: undefined, engine })).toBe('down')
})
