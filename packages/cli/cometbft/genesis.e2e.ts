import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { Home, type Staying } from '../test/og.testkit.ts'
import { freeTestnetBase } from './ports.testkit.ts'

const CHAIN = '7771'
const TIME = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+/, '')

interface Made {
  file: string
  genesisHash: string
  validators: { account: string }[]
}
interface Entry {
  account: string
  peer: string
  file: string
}

let base: number
/** Two operators and a coordinator, who share nothing but files. */
const [alice, bob, coordinator] = [new Home(), new Home(), new Home()]
const operators = [alice, bob]
const nodes: Staying[] = []
const port = (operator: number, which: number) => String(base + 10 * (operator + 1) + which)

beforeAll(async () => {
  buildCometbft()
  base = await freeTestnetBase()
})

afterAll(async () => {
  for (const { child, exited } of nodes) {
    child.kill('SIGTERM')
    await exited
  }
  for (const home of [alice, bob, coordinator]) home.remove()
})

const entryOf = (home: Home, operator: number) =>
  home.json<Entry>('genesis', 'entry', '--chain-id', CHAIN, '--external', `127.0.0.1:${port(operator, 0)}`, '--password-file', 'password')
const make = (folder = 'entries') => ['genesis', 'make', folder, '--chain-id', CHAIN, '--name', 'local-founded', '--time', TIME] as const

test('each operator writes an entry, and the coordinator refuses one that was changed', async () => {
  mkdirSync(coordinator.path('entries'))
  mkdirSync(coordinator.path('changed'))
  for (const [operator, home] of operators.entries()) {
    writeFileSync(home.path('password'), 'correct horse battery')
    await home.json('account', 'new', `op${operator}`, '--password-file', 'password')
    await home.json('account', 'use', `op${operator}`)
    const { file, peer } = await entryOf(home, operator)
    // The keys are made once: a second entry is of the same node.
    expect((await entryOf(home, operator)).peer).toBe(peer)
    copyFileSync(file, coordinator.path('entries', `${operator}.json`))
    writeFileSync(
      coordinator.path('changed', `${operator}.json`),
      readFileSync(file, 'utf8').replace('"commissionBps":500', '"commissionBps":400'),
    )
  }
  const refused = await coordinator.og(...make('changed'))
  expect([refused.code === 0, refused.err]).toEqual([false, expect.stringContaining('0.json: entry: the signature of account')])
})

test('two homes with nothing in common but the genesis make blocks together', async () => {
  const { file, genesisHash, validators } = await coordinator.json<Made>(...make())
  expect(validators).toHaveLength(2)
  // Whoever has the entries can make it again.
  expect((await coordinator.json<Made>(...make(), '--out', 'again.json')).genesisHash).toBe(genesisHash)
  expect(readFileSync(coordinator.path('again.json'))).toEqual(readFileSync(file))
  expect(JSON.parse(readFileSync(file, 'utf8')).genesis.minBaseFee).toBe('100000000')
  const dearer = await coordinator.json<Made>(...make(), '--min-base-fee', '2', '--out', 'dearer.json')
  expect(dearer.genesisHash).not.toBe(genesisHash)

  for (const [operator, home] of operators.entries()) {
    const ports = ['--p2p-port', port(operator, 0), '--engine-port', port(operator, 1), '--rpc-port', port(operator, 2)]
    const join = ['--join', file, '--genesis-hash', genesisHash, '--external', `127.0.0.1:${port(operator, 0)}`]
    const wrong = await home.og('node', 'init', '--join', file, '--genesis-hash', `0x${'11'.repeat(32)}`, ...ports)
    expect([wrong.code === 0, wrong.err]).toEqual([false, expect.stringContaining('Nothing was written')])
    nodes.push(await home.start(/"state":"(up|syncing|no consensus)"/, 'node', 'start', '--role', 'full', ...join, ...ports, '--json'))
  }
  for (const { text } of nodes) await expect.poll(text, { timeout: 120_000, interval: 500 }).toMatch(/"state":"up","height":[2-9]/)
  const heights = async () =>
    Promise.all(
      [0, 1].map(async (operator) => {
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['0x2', false] })
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(`http://127.0.0.1:${port(operator, 2)}`, { method: 'POST', headers, body })
        return ((await answer.json()) as { result: { hash: string } | null }).result?.hash
      }),
    )
  await expect.poll(heights, { timeout: 60_000 }).toSatisfy(([a, b]: (string | undefined)[]) => a !== undefined && a === b)
  // Each of its methods may take seconds of a core, and nobody has opened them.
  const trace = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'debug_traceBlockByNumber', params: ['0x2'] })
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: trace }
  expect(await (await fetch(`http://127.0.0.1:${port(0, 2)}`, request)).json()).toMatchObject({ error: { code: -32601 } })
  const listed = (await alice.json<{ validators: { validator: string; state: string }[] }>('stake', 'list')).validators
  expect(listed.map(({ validator, state }) => [validator.toLowerCase(), state]).sort()).toEqual(
    validators.map(({ account }) => [account, 'active']).sort(),
  )
})
