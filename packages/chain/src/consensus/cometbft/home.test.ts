import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EngineHome, engineFiles, forgetEngineData, writeEngineHome } from './home.ts'

const home: EngineHome = {
  genesis: '{}\n',
  proxyApp: 'unix:///run/og/abci.sock',
  moniker: 'a "quoted" name',
  validatorSeed: new Uint8Array(32).fill(1),
  nodeSeed: new Uint8Array(32).fill(2),
  rpc: 'tcp://127.0.0.1:26657',
  p2p: 'tcp://0.0.0.0:26656',
  peers: [`${'ab'.repeat(20)}@10.0.0.1:26656`, `${'cd'.repeat(20)}@10.0.0.2:26656`],
}
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-home-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const read = (name: string) => readFile(join(folder, name), 'utf8')

describe('a home of CometBFT', () => {
  it('is the same from the same options', () => {
    expect(engineFiles(home)).toEqual(engineFiles({ ...home }))
    const config = engineFiles(home).settings['config/config.toml']!
    expect(config).toContain('proxy_app = "unix:///run/og/abci.sock"')
    expect(config).toContain('moniker = "a \\"quoted\\" name"')
    expect(config).toContain(`persistent_peers = "${home.peers.join(',')}"`)
    expect(config).toContain('timeout_commit = "300ms"')
    expect(config).toContain('peer_gossip_sleep_duration = "20ms"')
    expect(config).toContain('addr_book_strict = true')
    expect(engineFiles({ ...home, local: true, commitTimeout: 200 }).settings['config/config.toml']).toMatch(
      /allow_duplicate_ip = true[\s\S]*timeout_commit = "200ms"/,
    )
  })

  it('tells CometBFT whom it may tell what', () => {
    const config = (more: Partial<EngineHome>) => engineFiles({ ...home, ...more }).settings['config/config.toml']!
    expect(config({})).toMatch(/external_address = ""\nprivate_peer_ids = ""\npex = true\n[\s\S]*\[instrumentation\]\nprometheus = false\n/)
    const sentry = config({
      externalAddress: 'sentry.example:26656',
      privatePeers: ['ab', 'cd'],
      discover: false,
      metrics: '127.0.0.1:26660',
    })
    expect(sentry).toContain('external_address = "sentry.example:26656"\nprivate_peer_ids = "ab,cd"\npex = false\n')
    expect(sentry).toContain('prometheus = true\nprometheus_listen_addr = "127.0.0.1:26660"\n')
  })

  it('is for its owner alone to read', async () => {
    await writeEngineHome(folder, home)
    for (const name of ['config/priv_validator_key.json', 'config/node_key.json', 'data/priv_validator_state.json', 'config/config.toml']) {
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600)
    }
  })

  it('keeps its keys and the record of its last vote when it is written again, and takes new settings', async () => {
    await writeEngineHome(folder, home)
    const voted = '{"height":"77","round":1,"step":3}'
    await writeFile(join(folder, 'data/priv_validator_state.json'), voted)
    const keys = [await read('config/priv_validator_key.json'), await read('config/node_key.json')]
    await writeEngineHome(folder, { ...home, peers: [], validatorSeed: new Uint8Array(32).fill(9), nodeSeed: new Uint8Array(32).fill(8) })
    expect(await read('data/priv_validator_state.json')).toBe(voted)
    expect([await read('config/priv_validator_key.json'), await read('config/node_key.json')]).toEqual(keys)
    expect(await read('config/config.toml')).toContain('persistent_peers = ""')
  })

  it('says when it cannot be written', async () => {
    await writeFile(join(folder, 'config'), 'a file in its way')
    await expect(writeEngineHome(folder, home)).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('forgets the chain, and never what it has signed', async () => {
    await writeEngineHome(folder, home)
    await writeFile(join(folder, 'data/priv_validator_state.json'), '{"height":"7"}')
    await mkdir(join(folder, 'data/state.db'))
    await writeFile(join(folder, 'data/state.db/CURRENT'), 'x')
    await writeFile(join(folder, 'data/cs.wal'), 'x')
    await forgetEngineData(folder)
    expect(await readdir(join(folder, 'data'))).toEqual(['priv_validator_state.json'])
    expect(await read('data/priv_validator_state.json')).toBe('{"height":"7"}')
    expect((await readdir(join(folder, 'config'))).length).toBeGreaterThan(2)
  })
})
