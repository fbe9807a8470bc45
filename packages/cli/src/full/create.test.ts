import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { homeAt } from '../home/paths.ts'
import { createFullNode, readGenesis, writeEngine } from './create.ts'
import { consensusKeyOf, newEngineKeys, readEngineKeys, readSeed } from './engineKeys.ts'
import { sampleGenesis } from './genesis.testkit.ts'
import { type FullPlace, type FullSettings, fullPlace, needSettings, readSettings, writeSettings } from './settings.ts'

const genesis = sampleGenesis()
const settings: FullSettings = {
  version: 1,
  network: 'og-test',
  moniker: 'node-1',
  local: false,
  engine: 'external',
  abci: { listen: 'unix:///data/abci.sock', connect: 'unix:///data/abci.sock' },
  p2p: { host: '0.0.0.0', port: 26656 },
  engineRpc: { host: '0.0.0.0', port: 26657, url: 'http://cometbft:26657' },
  rpc: { host: '0.0.0.0', port: 8545, names: ['rpc.example.org'] },
  external: 'node.example.org:26656',
  peers: [`${'ab'.repeat(20)}@seed.example.org:26656`],
  publicPeers: [],
  privatePeers: ['cd'.repeat(20)],
  discover: false,
  metrics: '127.0.0.1:26660',
  snapshotInterval: 1_000,
  commitTimeout: 1_000,
}
const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })
let place: FullPlace

beforeEach(() => {
  place = fullPlace(homeAt(mkdtempSync(join(tmpdir(), 'og full '))))
})
afterEach(() => rmSync(place.home.root, { recursive: true }))

test('settings come back as they were written, for their owner alone', () => {
  expect(readSettings(place)).toBeUndefined()
  expect(() => needSettings(place)).toThrow(refusal('CONFIG_MISSING'))
  writeSettings(place, settings)
  expect(needSettings(place)).toEqual(settings)
  expect(statSync(place.settings).mode & 0o077).toBe(0)
})

test.each<[string, object]>([
  ['a port of nobody', { p2p: { host: '0.0.0.0', port: 65_536 } }],
  ['a name that is a path', { network: '../x' }],
  ['a peer that is none', { peers: ['somebody'] }],
  ['a host with a quote', { external: 'a"\n:1' }],
  ['an engine of another kind', { engine: 'ours' }],
  ['a server that is a file', { engineRpc: { host: 'h', port: 1, url: 'file:///x' } }],
  ['an unknown setting', { unsafe: true }],
])('settings with %s are refused, and not written', (_, change) => {
  expect(() => writeSettings(place, { ...settings, ...change } as FullSettings)).toThrow(refusal('CONFIG_INVALID'))
  writeFileSync(place.settings, JSON.stringify({ ...settings, ...change }))
  expect(() => readSettings(place)).toThrow(refusal('CONFIG_INVALID'))
})

test('a node is made with keys of its own, which stay, and never becomes one of another network', async () => {
  await createFullNode(place, settings, genesis)
  const keys = readEngineKeys(place.engine)
  expect(readGenesis(place)).toEqual(genesis)
  await createFullNode(place, settings, genesis, newEngineKeys())
  expect(readEngineKeys(place.engine)).toEqual(keys)
  await expect(createFullNode(place, settings, sampleGenesis(78n))).rejects.toThrow(refusal('CHAIN_DATA_FOREIGN'))
  const config = readFileSync(join(place.engine, 'config', 'config.toml'), 'utf8')
  for (const line of ['external_address = "node.example.org:26656"', `private_peer_ids = "${'cd'.repeat(20)}"`, 'pex = false'])
    expect(config).toContain(line)
  expect(config).toContain('prometheus_listen_addr = "127.0.0.1:26660"')
  expect(config).not.toContain('[statesync]')
})

test('state sync is set up from what the operator trusts, with one server named twice if it is the only one', async () => {
  const stateSync = { servers: ['https://a.example'], trustHeight: 120, trustHash: `0x${'ab'.repeat(32)}` }
  await createFullNode(place, { ...settings, stateSync }, genesis)
  const config = readFileSync(join(place.engine, 'config', 'config.toml'), 'utf8')
  expect(config).toContain('rpc_servers = "https://a.example,https://a.example"\ntrust_height = 120\n')
})

test('a key without the record of its last vote is not started: it could sign a block twice', async () => {
  await createFullNode(place, settings, genesis)
  rmSync(join(place.engine, 'data'), { recursive: true })
  await expect(writeEngine(place, settings, genesis)).rejects.toThrow(refusal('CONFIG_MISSING'))
})

test('a key file is read whatever home it is in; what is none is refused without repeating it', async () => {
  await createFullNode(place, settings, genesis)
  const file = join(place.engine, 'config', 'priv_validator_key.json')
  const seed = readSeed(file)!
  const { pub_key } = JSON.parse(readFileSync(file, 'utf8')) as { pub_key: { value: string } }
  expect(consensusKeyOf(seed)).toBe(`0x${Buffer.from(pub_key.value, 'base64').toString('hex')}`)
  expect(readSeed(join(place.engine, 'nothing.json'))).toBeUndefined()
  mkdirSync(place.home.keys)
  const wrong = join(place.home.keys, 'wrong.json')
  for (const text of ['', '{}', '{"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"c2VjcmV0"}}', 'secret']) {
    writeFileSync(wrong, text)
    expect(() => readSeed(wrong)).toThrow(expect.not.stringContaining('c2VjcmV0'))
    expect(() => readSeed(wrong)).toThrow(refusal('KEY_INVALID'))
  }
})
