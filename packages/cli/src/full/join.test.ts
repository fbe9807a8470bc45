import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Context, contextOf } from '../context.ts'
import { homeAt } from '../home/paths.ts'
import { sampleGenesis } from './genesis.testkit.ts'
import { joinedNode } from './join.ts'
import { encodeJoinFile } from './joinFile.ts'
import { requirePorts } from './ports.ts'
import { type FullPlace, fullPlace, needSettings } from './settings.ts'

const id = 'ab'.repeat(20)
const hash = `0x${'cd'.repeat(32)}`
const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })
let folder: string
let place: FullPlace
let context: Context

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og join '))
  place = fullPlace(homeAt(join(folder, 'home')))
  const out = new Writable({ write: (_chunk, _encoding, done) => done() })
  const io = { out, err: out, env: {}, cwd: folder, color: false, interactive: false, now: Date.now }
  context = contextOf(io, place.home, {})
  write('join.json', sampleGenesis(), [`${id}@node.example.org:26656`])
  write('alone.json', sampleGenesis(), [])
  write('other.json', sampleGenesis(78n), [`${id}@node.example.org:26656`])
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, genesis: ReturnType<typeof sampleGenesis>, peers: string[]): void {
  writeFileSync(join(folder, name), encodeJoinFile({ network: 'og-test', genesis, peers, syncServers: [] }))
}

test.each<[Record<string, string>, string]>([
  [{}, 'USAGE'],
  [{ join: 'missing.json' }, 'USAGE'],
  [{ join: 'alone.json' }, 'USAGE'],
  [{ join: 'join.json', genesisHash: hash }, 'CHAIN_GENESIS_INVALID'],
  [{ join: 'join.json', peers: 'somebody' }, 'USAGE'],
  [{ join: 'join.json', p2pPort: '0' }, 'USAGE'],
  [{ join: 'join.json', sync: 'fast' }, 'USAGE'],
  [{ join: 'join.json', sync: 'state', trustHeight: '5' }, 'USAGE'],
  [{ join: 'join.json', sync: 'state', trustHeight: '5', trustHash: '0xab' }, 'USAGE'],
  [{ join: 'join.json', sync: 'state', trustHeight: '5', trustHash: hash }, 'USAGE'],
  [{ join: 'join.json', sync: 'state', trustHeight: '0', trustHash: hash, syncServers: 'https://a.example' }, 'USAGE'],
  [{ join: 'join.json', sync: 'state', trustHeight: '5', trustHash: hash, syncServers: 'a.example' }, 'CONFIG_INVALID'],
  [{ join: 'join.json', engine: 'none' }, 'USAGE'],
  [{ join: 'join.json', external: 'a b:1' }, 'CONFIG_INVALID'],
  [{ join: 'join.json', snapshots: 'often' }, 'CONFIG_INVALID'],
  [{ join: 'join.json', moniker: '"\n[rpc]\nunsafe = true' }, 'CONFIG_INVALID'],
])('%j makes no node', async (flags, code) => {
  await expect(joinedNode(context, place, flags)).rejects.toThrow(refusal(code))
  expect(existsSync(place.engine)).toBe(false)
  expect(existsSync(place.settings)).toBe(false)
})

test('a node is made once, keeps its settings, and never changes its network', async () => {
  expect(await joinedNode(context, place, { join: 'join.json', rpcPort: '9545', genesisHash: sampleGenesis().hash })).toBe(true)
  const settings = needSettings(place)
  expect(settings).toMatchObject({
    network: 'og-test',
    local: false,
    engine: 'own',
    p2p: { host: '0.0.0.0', port: 26656 },
    rpc: { port: 9545 },
  })
  expect(settings.external).toBeUndefined()
  expect(await joinedNode(context, place, {})).toBe(false)
  expect(await joinedNode(context, place, { join: 'join.json', rpcPort: '9999' })).toBe(false)
  expect(needSettings(place)).toEqual(settings)
  await expect(joinedNode(context, place, { join: 'other.json' })).rejects.toThrow(refusal('CHAIN_DATA_FOREIGN'))
})

test('debug_ is answered only where the operator says so', async () => {
  await joinedNode(context, place, { join: 'join.json' })
  expect(needSettings(place).rpc.debug).toBeUndefined()
  const other = fullPlace(homeAt(join(folder, 'other')))
  await joinedNode(context, other, { join: 'join.json', rpcDebug: true })
  expect(needSettings(other).rpc.debug).toBe(true)
})

test('state sync begins at the block that was named', async () => {
  const flags = { join: 'join.json', sync: 'state', trustHeight: '120', trustHash: hash.toUpperCase().replace('0X', '0x') }
  await joinedNode(context, place, { ...flags, syncServers: 'https://a.example,https://b.example' })
  expect(needSettings(place).stateSync).toEqual({ servers: ['https://a.example', 'https://b.example'], trustHeight: 120, trustHash: hash })
})

test('a port that is taken is named with its setting, before anything starts', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await joinedNode(context, place, { join: 'join.json', p2pPort: String(port), rpcPort: '39545', enginePort: '39657' })
  await expect(requirePorts(place, needSettings(place))).rejects.toThrow(new RegExp(`port ${port} .*"p2p"`))
  server.close()
})
