import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Journal } from '@opengradient/inference'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'

/** A home with these files. */
function homeWith(...paths: string[]): InProcess {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  const local = { name: 'local', chainId: 7, genesisHash: `0x${'11'.repeat(32)}`, anchors: [], rpcUrls: ['http://127.0.0.1:1'] }
  for (const path of paths) {
    mkdirSync(dirname(join(home.root, 'home', path)), { recursive: true })
    writeFileSync(join(home.root, 'home', path), path.endsWith('local.json') ? JSON.stringify(local) : 'x')
  }
  return home
}
const left = ({ root }: InProcess, paths: readonly string[]) => paths.filter((path) => existsSync(join(root, 'home', path)))

const LOCAL = [
  'networks/local.json',
  'data/genesis.json',
  'data/first-run.json',
  'data/chain/x',
  'data/store/x',
  'data/inference/x',
  'data/nodes/7-dev/x',
  'logs/chain.log',
  'logs/inference.log.1',
  'answers/7/a.json',
]
const OTHERS = [
  'networks/mainnet.json',
  'data/nodes/99-alice/journal',
  'logs/node.log',
  'answers/99/a.json',
  'spent/99.json',
  'keys/alice.json',
  'config.json',
]

test('the local network goes, with its answers and nodes; those of other networks stay', async () => {
  const home = homeWith(...LOCAL, ...OTHERS.filter((path) => path !== 'config.json'))
  writeFileSync(join(home.root, 'home', 'config.json'), '{}')
  expect((await home.og('reset', '--yes')).code).toBe(0)
  expect(left(home, LOCAL)).toEqual([])
  expect(left(home, OTHERS)).toEqual(OTHERS)
})

test('a folder that is no home loses nothing, whatever it holds', async () => {
  const own = ['data/thesis.csv', 'logs/ship.log', 'answers/exam.txt', 'testnet/notes.txt']
  const home = homeWith(...own)
  expect(await home.og('reset', '--yes')).toMatchObject({ code: 0, out: 'There was nothing to remove.\n' })
  expect(await home.og('testnet', 'reset', '--yes')).toMatchObject({ code: 0, out: 'There was no testnet.\n' })
  expect(left(home, own)).toEqual(own)
})

test('an empty --home is a mistake, such as a variable that is not set: the folder that one stands in is not taken for a home', async () => {
  const home = homeWith()
  const io = { cwd: join(home.root) }
  expect(await home.at('', 'config', 'maxPrice', '5')).toMatchObject({ code: 2, err: expect.stringContaining('--home') })
  expect(existsSync(join(io.cwd, 'config.json'))).toBe(false)
})

test('a node that still runs keeps its journal: it is to be stopped first', async () => {
  const home = homeWith(...LOCAL)
  const identity = { chainId: 7n, settlement: `0x${'4f'.repeat(20)}`, node: `0x${'aa'.repeat(20)}` } as const
  const journal = await Journal.open({ dir: join(home.root, 'home', 'data/nodes/7-dev/journal'), identity })
  try {
    const { code, err } = await home.og('reset', '--yes')
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([5, expect.stringMatching(/JOURNAL_LOCKED: a node runs on .*7-dev: stop it first/)])
    expect(left(home, LOCAL)).toEqual(LOCAL)
  } finally {
    await journal.shut()
  }
  expect((await home.og('reset', '--yes')).code).toBe(0)
  expect(left(home, LOCAL)).toEqual([])
})
