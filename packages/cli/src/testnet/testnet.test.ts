import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { homeAt } from '../home/paths.ts'
import { styleOf, visibleLength } from '../render/style.ts'
import { MOST_VALIDATORS, needTestnet, readTestnet, TESTNET_PORT_BASE, testnetPlace, validatorPorts } from './layout.ts'
import type { ObservedNode } from './network.ts'
import { blockLine, eventLine, stalledFor, testnetScreen } from './screen.ts'

const root = mkdtempSync(join(tmpdir(), 'og testnet '))
const place = testnetPlace(homeAt(root))
afterAll(() => rmSync(root, { recursive: true }))

test('no two services of a testnet share a port', () => {
  const ports = Array.from({ length: MOST_VALIDATORS }, (_, index) => Object.values(validatorPorts(TESTNET_PORT_BASE, index + 1))).flat()
  expect(new Set(ports).size).toBe(3 * MOST_VALIDATORS)
  expect(validatorPorts(26_600, 2)).toEqual({ p2p: 26_620, engine: 26_621, rpc: 26_622 })
  // Those of a node that joins with its defaults are free, too.
  for (const port of [26_656, 26_657, 26_658, 26_660, 8545]) expect(ports.slice(0, 3 * 5)).not.toContain(port)
})

test.each(['{', '{}', '{"version":2}', `{"version":1,"chainId":1,"genesisHash":"0x","portBase":26600,"validators":[]}`])(
  'a record that says %s is refused',
  (text) => {
    mkdirSync(place.folder, { recursive: true })
    writeFileSync(place.record, text)
    expect(() => readTestnet(place)).toThrow(expect.objectContaining({ name: 'OgError' }))
    rmSync(place.record)
    expect(() => needTestnet(place)).toThrow(expect.objectContaining({ code: 'NOT_RUNNING' }))
  },
)

const node = (name: string, height: number | undefined, peers: number | undefined): ObservedNode => ({
  name,
  url: 'http://127.0.0.1:26612',
  head: height === undefined ? undefined : { height, hash: '0x', proposer: '0xbb', time: 100, transactions: 2 },
  engine: peers === undefined ? undefined : { height: height ?? 0, catchingUp: false, peers },
})
const names = new Map([
  ['0xaa', 'validator-1'],
  ['0xbb', 'validator-2'],
])

test('the screen shows who is up, who proposed, and what died', () => {
  const nodes = [
    node('validator-1', 7, 3),
    node('validator-2', 8, 3),
    node('validator-3', 8, undefined),
    node('validator-4', undefined, undefined),
  ]
  const died = { event: 'died', part: 'cometbft', how: 'SIGKILL', log: '/x', after: 500, node: 'validator-3' } as const
  const lines = testnetScreen(
    { nodes, names, events: [{ at: 0, event: died }], folder: '/f', now: 114_999, since: 0, og: './og' },
    styleOf(true),
  )
  const shown = lines.map((line) => line.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), ''))
  expect(shown[0]).toContain('4 validators')
  expect(shown[0]).toContain('Block 8: 2 transactions')
  expect(shown[2]).toMatch(/validator-2 +up +block 8 +3 peers +proposed/)
  expect(shown[3]).toMatch(/validator-3 +no consensus +block 8 +– peers/)
  expect(shown[4]).toMatch(/validator-4 +down +block –/)
  expect(shown[5]).toBe('00:00:00 validator-3: CometBFT died (SIGKILL); it is started again in 0.5 s')
  for (const line of lines) expect(visibleLength(line)).toBeLessThanOrEqual(80)
})

test('a network that makes no blocks says so', () => {
  const nodes = [node('validator-1', 7, 3), node('validator-2', undefined, 1)]
  expect([114_999, 115_000].map((now) => stalledFor(nodes, now, 0))).toEqual([undefined, 15])
  expect([134_999, 136_000].map((now) => stalledFor(nodes, now, 120_000))).toEqual([undefined, 16])
  const lines = testnetScreen({ nodes, names, events: [], folder: '/f', now: 130_000, since: 0, og: './og' }, styleOf(false))
  expect(lines).toContain('no new block for 30 s: more than two thirds of the votes must be up')
})

test('where nothing is redrawn, a block is a line', () => {
  expect(blockLine([node('validator-1', 8, 3), node('validator-2', undefined, undefined)], names)).toBe(
    'block 8 by validator-2 · 2 transactions · 1 of 2 up · peers 3 –',
  )
  expect(blockLine([node('validator-1', undefined, undefined)], names)).toBeUndefined()
  expect(eventLine({ event: 'gave-up', part: 'node', how: 'code 5', log: '/l', node: 'validator-1' })).toMatch(/left alone.*\/l/)
})
