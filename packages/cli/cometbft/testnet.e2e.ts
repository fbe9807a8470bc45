import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '@opengradient/client/aside'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { Home, type Staying } from '../test/og.testkit.ts'
import { freeTestnetBase } from './ports.testkit.ts'

const OPG = 10n ** 18n
const SOMEBODY = '0x00000000000000000000000000000000000000aa'

interface Status {
  healthy: boolean
  processes: Record<string, number>
  nodes: { name: string; account: string; state: string; head: { height: number } }[]
}
interface List {
  validators: { validator: string; state: string; power: string; stake: string }[]
}

let home: Home
let base: number
let network: Staying
let joiner: Staying | undefined
let genesisHash: string
const fifth = () => [String(base + 90), String(base + 91), String(base + 92)] as const

beforeAll(async () => {
  buildCometbft()
  home = new Home()
  base = await freeTestnetBase()
})

afterAll(async () => {
  for (const one of [joiner, network]) {
    one?.child.kill('SIGTERM')
    await one?.exited
  }
  home.remove()
})

const folder = (...parts: string[]) => join(home.root, 'home', 'testnet', ...parts)
const networkOf = (number: number) => folder(`validator-${number}`, 'networks', 'local-testnet.json')
const join5 = (...more: string[]) => {
  const [rpc, p2p, engine] = fifth()
  const ports = ['--rpc-port', rpc, '--p2p-port', p2p, '--engine-port', engine]
  return ['node', 'start', '--role', 'full', '--home', 'joiner', '--join', `http://127.0.0.1:${base + 12}`, ...ports, ...more]
}

interface BlockEvent {
  height: number
  nodes: { name: string; peers?: number; catchingUp?: boolean }[]
}
/** The blocks that the supervisor told of so far. */
const blocks = (): BlockEvent[] =>
  network
    .text()
    .split('\n')
    .filter((line) => line.startsWith('{"event":"block"') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as BlockEvent)
/** Whether all validators took part when the supervisor looked last, after the first `skip` blocks that it told of. */
const healthy = (skip = 0): boolean =>
  blocks()
    .slice(skip)
    .at(-1)
    ?.nodes.every(({ peers = 0, catchingUp }) => peers >= 3 && catchingUp === false) ?? false

async function until<T>(what: string, ask: () => T | undefined | false | Promise<T | false>): Promise<T> {
  for (const end = Date.now() + 200_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const found = await ask()
    if (found) return found
  }
  throw new Error(`in 200 s there was no ${what}`)
}

/** What `og testnet status` says once it says that all is well: a node that is slow to answer is none for that moment. */
const status = () =>
  until('status of a healthy network', async () => {
    const said = await home.og('testnet', 'status', '--json')
    return said.code === 0 && (JSON.parse(said.out) as Status)
  })

describe('a testnet', () => {
  test('is made once, with secrets that only its owner reads', async () => {
    const made = await home.json<{ genesisHash: string; validators: string[] }>(
      'testnet',
      'init',
      '--validators',
      '4',
      '--port-base',
      String(base),
    )
    expect(new Set(made.validators).size).toBe(4)
    genesisHash = made.genesisHash
    const before = readFileSync(folder('testnet.json'))
    const again = await home.og('testnet', 'init', '--validators', '4')
    expect([again.code, again.err.includes('--force')]).toEqual([2, true])
    expect(readFileSync(folder('testnet.json'))).toEqual(before)
    for (const secret of ['password', 'validator-1/cometbft/config/priv_validator_key.json', 'validator-4/keys/validator.json'])
      expect([secret, statSync(folder(secret)).mode & 0o077]).toEqual([secret, 0])
    expect((await home.og('testnet', 'status')).code).toBe(4)
    // Faster blocks, as an operator would set them.
    for (const number of [1, 2, 3, 4]) {
      const settings = folder(`validator-${number}`, 'full.json')
      writeFileSync(settings, readFileSync(settings, 'utf8').replace('"commitTimeout": 1000', '"commitTimeout": 200'))
    }
  })

  test('starts four validators, and refuses to start twice', async () => {
    network = await home.start(/"event":"block"/, 'testnet', 'start', '--json')
    await until('healthy network', () => healthy())
    await status()
    const again = await home.og('testnet', 'start')
    expect([again.code, again.err.includes('testnet stop')]).toEqual([2, true])
  })

  test('carries a transfer from one node to another, each answer proven by light blocks', async () => {
    await home.json('faucet', SOMEBODY, '--amount', '7', '--network', networkOf(2))
    await until(
      'transfer at node 4',
      async () => (await home.json<{ opg: string }>('balance', SOMEBODY, '--network', networkOf(4))).opg === String(7n * OPG),
    )
  })

  test('stake is bonded, votes, and leaves only after 21 days', async () => {
    const [validator] = (await home.json<List>('stake', 'list')).validators
    await home.json('stake', 'delegate', validator!.validator, '1000', '--yes')
    const found = (await home.json<List>('stake', 'list')).validators.find((one) => one.validator === validator!.validator)
    expect(found).toMatchObject({ stake: String(1_000n * OPG), power: '11000', state: 'active' })
    expect((await home.og('stake', 'undelegate', validator!.validator, '2000', '--yes')).err).toContain('more than')
    await home.json('stake', 'undelegate', validator!.validator, '400', '--yes')
    expect((await home.og('stake', 'withdraw')).err).toMatch(/nothing is free yet/)
    expect((await home.og('stake', 'delegate', SOMEBODY, '1', '--yes')).err).toMatch(/NotValidator:\s+there\s+is\s+no\s+such\s+validator/)
    expect((await home.og('stake', 'delegate', validator!.validator, '1')).code).toBe(2)
  })

  test('is joined by a fifth node that replays it, of the pinned genesis only, and becomes a validator', async () => {
    const other = await home.og(...join5('--genesis-hash', `0x${'11'.repeat(32)}`))
    expect([other.code, other.err.includes('another network')]).toEqual([5, true])
    expect((await home.og(...join5('--sync', 'state'))).err).toContain('--trust-height')
    expect(existsSync(home.path('joiner'))).toBe(false)
    joiner = await home.start(/"state":"up"/, ...join5('--genesis-hash', genesisHash, '--json'))
    expect((await home.json<{ opg: string }>('balance', SOMEBODY, '--home', 'joiner')).opg).toBe(String(7n * OPG))
    await home.json('stake', 'register', '--bond', '10000', '--home', 'joiner', '--yes')
    const { validators } = await home.json<List>('stake', 'list', '--home', 'joiner')
    expect(validators.map(({ state }) => state)).toEqual(Array(5).fill('active'))
  })

  test('starts again what was killed, and says so', async () => {
    const { processes } = await status()
    process.kill(processes['validator-2 cometbft']!, 'SIGKILL')
    process.kill(processes['validator-3 node']!, 'SIGKILL')
    await until('restart', () => network.text().match(/"event":"restarted"/g)?.length === 3)
    expect(network.text()).toMatch(/"event":"died","part":"cometbft","how":"SIGKILL"/)
    const before = blocks().length
    await until('healthy network', () => healthy(before))
  })

  test('stops, leaves nothing behind, and goes on where it was', async () => {
    joiner!.child.kill('SIGINT')
    expect(await joiner!.exited).toBe(0)
    const { processes, nodes } = await status()
    // This process waits for `stop` and buries no child meanwhile: the dead supervisor is a zombie, which must not be waited for.
    expect(JSON.parse(home.alone('testnet', 'stop', '--json').out)).toEqual({ stopped: true })
    expect(await network.exited).toBe(0)
    expect(Object.values(processes).filter(isAlive)).toEqual([])
    network = await home.start(/"event":"block"/, 'testnet', 'start', '--json')
    const first = JSON.parse(
      network
        .text()
        .split('\n')
        .find((line) => line.includes('"event":"block"'))!,
    ) as { height: number }
    expect(first.height).toBeGreaterThanOrEqual(nodes[0]!.head.height)
    network.child.kill('SIGINT')
    expect(await network.exited).toBe(0)
    expect(await home.json('testnet', 'reset', '--yes')).toMatchObject({ removed: [folder()] })
  })
})
