import { expect, test } from 'vitest'
import { styleOf } from '../render/style.ts'
import type { Observed } from './observe.ts'
import { eventText, fullScreen, progressOf } from './progress.ts'
import type { FullSettings } from './settings.ts'

const settings: FullSettings = {
  version: 1,
  network: 'og-test',
  moniker: 'node-1',
  local: false,
  engine: 'external',
  abci: { listen: 'unix:///a', connect: 'unix:///a' },
  p2p: { host: '0.0.0.0', port: 26656 },
  engineRpc: { host: '127.0.0.1', port: 26657, url: 'http://127.0.0.1:26657' },
  rpc: { host: '127.0.0.1', port: 8545, names: [] },
  peers: [],
  publicPeers: [],
  privatePeers: [],
  discover: true,
  snapshotInterval: 1_000,
  commitTimeout: 1_000,
}
const stateSync = { servers: ['https://a.example'], trustHeight: 5, trustHash: `0x${'ab'.repeat(32)}` }
const seen = (height: number | undefined, engine?: { catchingUp: boolean }): Observed => ({
  head: height === undefined ? undefined : { height, hash: '0x', proposer: '0x', time: 0, transactions: 0 },
  engine: engine && { height: height ?? 0, peers: 4, ...engine },
})

test.each<[Observed, Partial<FullSettings>, string]>([
  [seen(undefined), {}, 'the node does not answer'],
  [seen(7), {}, 'block 7; waiting for CometBFT at http://127.0.0.1:26657: start it'],
  [seen(7), { engine: 'own' }, 'block 7; waiting for CometBFT'],
  [seen(0, { catchingUp: true }), { stateSync }, 'looking for a snapshot, or restoring one; 4 peers'],
  [seen(9, { catchingUp: true }), { stateSync }, 'catching up: block 9, 2.5 blocks/s, 4 peers'],
  [seen(9, { catchingUp: false }), {}, 'up: block 9, 4 peers'],
])('a node that is at %j with %j says how far it is', (observed, change, said) => {
  expect(progressOf({ settings: { ...settings, ...change }, seen: observed, pace: 2.5 })).toBe(said)
})

test('the screen names what to do next in the home of this node', () => {
  const gaveUp = { event: 'gave-up', part: 'node', how: 'code 5', log: '/h/logs/node.log' } as const
  const screen = { settings, seen: seen(9, { catchingUp: false }), pace: 0, events: [gaveUp], root: '/h', og: './og' }
  const lines = fullScreen(screen, styleOf(false))
  expect(lines[0]).toBe('OpenGradient full node node-1: up: block 9, 4 peers')
  expect(lines).toContain(eventText(gaveUp))
  expect(lines.join('\n')).toContain('./og stake register --home /h')
  expect(lines.join('\n')).toContain('told to nobody')
})
