import { expect, test } from 'vitest'
import { isLocalPeer, parsePeers } from './peers.ts'

const id = 'ab'.repeat(20)

test.each([
  '',
  'host:1',
  `${id}@host`,
  `${id}@host:0`,
  `${id}@host:65536`,
  `${id}@ho st:1`,
  `${id.toUpperCase()}@host:1`,
  `${id}@host:1"\n[rpc]`,
  `${id}@a:1,`,
])('%j is no peer', (text) => {
  expect(() => parsePeers(text, '--peers')).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('peers are listed by comma, with names and addresses of both kinds', () => {
  const peers = [`${id}@node.example.org:26656`, `${id}@10.0.0.1:1`, `${id}@[2001:db8::1]:65535`]
  expect(parsePeers(peers.join(', '), '--peers')).toEqual(peers)
})

test('only loopback is this machine', () => {
  const local = ['127.0.0.1:1', '127.9.9.9:1', 'localhost:26656', '[::1]:5'].map((host) => `${id}@${host}`)
  expect(local.map(isLocalPeer)).toEqual([true, true, true, true])
  const others = ['127.0.0.1.example.org:1', 'localhost.example:1', '10.0.0.1:1'].map((host) => `${id}@${host}`)
  expect(others.map(isLocalPeer)).toEqual([false, false, false])
})
