import { expect, test } from 'vitest'
import { isLocalNetwork } from './local.ts'

const network = (name: string, ...rpcUrls: string[]) => ({
  name,
  rpcUrls,
  chainId: 7,
  genesisHash: `0x${'11'.repeat(32)}` as const,
  anchors: [],
})

test('a network called local whose RPCs are on this machine is local', () => {
  for (const url of ['http://127.0.0.1:8545', 'http://localhost:8545', 'http://[::1]:8545', 'ws://127.8.9.1'])
    expect(isLocalNetwork(network('local', url)), url).toBe(true)
  expect(isLocalNetwork(network('local-two', 'http://127.0.0.1:1'))).toBe(true)
})

test('a name alone, or an RPC alone, opens nothing', () => {
  expect(isLocalNetwork(network('mainnet', 'http://127.0.0.1:8545'))).toBe(false)
  expect(isLocalNetwork(network('local', 'https://rpc.example.com'))).toBe(false)
  expect(isLocalNetwork(network('local', 'http://127.0.0.1:8545', 'https://rpc.example.com'))).toBe(false)
  expect(isLocalNetwork(network('local', 'http://127.0.0.1.example.com'))).toBe(false)
  expect(isLocalNetwork(network('local'))).toBe(false)
  expect(isLocalNetwork(network('localised', 'http://127.0.0.1'))).toBe(false)
})
