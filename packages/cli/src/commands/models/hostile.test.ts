import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createWriter, putBytes, webHttp } from '@opengradient/client'
import { chunkHashes, encodeManifest, encodeNetworkFile, type Manifest, manifestHashOf, sha256Hex, utf8 } from '@opengradient/protocol'
import { type RunningStore, startStore } from '@opengradient/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNetwork, type TestNetwork } from '../../../../client/test/network.testkit.ts'
import { InProcess } from '../../attestation/og.testkit.ts'
import { writeWhole } from '../../home/files.ts'
import { networkPath } from '../../home/networks.ts'
import { writeRunning } from '../../network/running.ts'

const home = new InProcess()
let net: TestNetwork
let store: RunningStore

beforeAll(async () => {
  net = await startNetwork()
  const log = { info: () => {}, error: () => {} }
  store = await startStore({ dir: join(home.root, 'store'), host: '127.0.0.1', port: 0, quotaBytes: 1e9, log })
  writeWhole(networkPath(home.place, 'local'), encodeNetworkFile(net.network))
  const ports = { web: 1, inference: 2, rpc: 3, store: store.port }
  writeRunning(home.place, { pid: process.pid, startedAt: 0, ports, services: {}, storeToken: store.token })
})
afterAll(async () => {
  await store?.close()
  await net?.close()
  home.remove()
})

/** Publishes files and card with what the manifest says otherwise. */
async function publish(name: string, files: Record<string, string>, card: string, told: Partial<Manifest>): Promise<void> {
  const put = (bytes: Uint8Array) => putBytes({ http: webHttp(fetch), store: store.url, token: store.token, bytes })
  const contents = Object.entries(files).map(([path, text]) => ({ path, bytes: utf8(text) }))
  const manifest = encodeManifest({
    v: 1,
    task: 'task',
    format: 'onnx',
    files: contents.map(({ path, bytes }) => ({ path, size: bytes.length, sha256: sha256Hex(bytes), chunks: chunkHashes(bytes) })),
    inputs: [],
    outputs: [],
    class: 'exact',
    batch: { invariant: false, max: 1 },
    golden: [],
    licence: 'Apache-2.0',
    card: sha256Hex(utf8(card)),
    ...told,
  })
  for (const bytes of [...contents.map(({ bytes }) => bytes), utf8(card), manifest]) await put(bytes)
  const client = connect({ network: net.network })
  await createWriter({ client, account: net.accountOf(0) }).publish(name, manifestHashOf(manifest))
}

/** What terminals act on: escapes (also in one byte), and marks that turn the direction of a line. */
const ACTIVE = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u
const HOSTILE = 'x\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp.exe\u2066\u200b\r\u2028'

test('what a publisher writes moves no cursor, turns no line and sets no colour, on the screen and in JSON', async () => {
  const spec = { name: HOSTILE, datatype: 'FP32' as const, shape: [1], doc: `${HOSTILE}\n✓ VERIFIED` }
  await publish('mallory/escapes', { 'model.onnx': 'x' }, `# Card\n${HOSTILE}`, { inputs: [spec], outputs: [spec] })
  const shown = await home.og('models', 'show', 'mallory/escapes')
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).not.toMatch(ACTIVE)
  expect(shown.out).toContain('x·[2J')
  expect(shown.out.split('\n').filter((line) => line.startsWith('✓'))).toEqual([])
  const { out } = await home.og('models', 'show', 'mallory/escapes', '--json')
  expect(out).not.toMatch(ACTIVE)
  expect(JSON.parse(out).manifest.inputs[0]).toEqual(spec)
})

test('a model whose files are called like those of a download on its way comes whole', async () => {
  const files = { a: 'one', 'a.part': 'two', 'a.part.map': 'three', 'b.part': 'four', b: 'five' }
  await publish('mallory/parts', files, 'card', {})
  expect((await home.og('models', 'pull', 'mallory/parts', 'there')).code).toBe(0)
  const found = Object.keys(files).map((path) => [path, readFileSync(join(home.root, 'there', path), 'utf8')])
  expect(Object.fromEntries(found)).toEqual(files)
})

test.each([
  ['a file that was there', 'package.json'],
  ['a file below a folder that was there', 'src/index.js'],
  ['the manifest of something else', 'manifest.json'],
])('a model does not replace %s, and brings nothing then', async (_, path) => {
  const folder = join(home.root, `work ${path.replace('/', ' ')}`)
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, path), 'mine')
  const files: Record<string, string> = path === 'manifest.json' ? { a: 'one' } : { a: 'one', [path]: 'theirs' }
  await publish('mallory/over', files, path, {})
  const { code, err } = await home.og('models', 'pull', 'mallory/over', folder)
  expect([code, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(`${path} is there already`)])
  expect(readFileSync(join(folder, path), 'utf8')).toBe('mine')
  expect(readdirSync(folder)).not.toContain('a')
})

test.each(['.git/config', 'b/.npmrc', '.envrc'])(
  'a model with a hidden file, which other programs may act on, is not written to disk: %s',
  async (path) => {
    await publish('mallory/hidden', { a: 'one', [path]: 'theirs' }, path, {})
    const { code, err } = await home.og('models', 'pull', 'mallory/hidden', 'hidden')
    expect([code, err]).toEqual([3, expect.stringContaining('MODEL_INVALID')])
    expect(() => readdirSync(join(home.root, 'hidden'))).toThrow('ENOENT')
  },
)

test('a model whose files lie where its manifest goes is refused before anything is fetched', async () => {
  await publish('mallory/below', { a: 'one', 'Manifest.json/b': 'two' }, 'card', {})
  expect(await home.og('models', 'pull', 'mallory/below', 'below')).toMatchObject({
    code: 3,
    err: expect.stringContaining('MODEL_INVALID'),
  })
  expect(() => readdirSync(join(home.root, 'below'))).toThrow('ENOENT')
})

test('a newer version replaces the files of the older one, unless somebody changed them', async () => {
  const there = (path: string) => readFileSync(join(home.root, 'versions', path), 'utf8')
  const pull = (name: string) => home.og('models', 'pull', name, 'versions')
  await publish('mallory/one', { a: 'one', b: 'same' }, 'card', {})
  await publish('mallory/two', { a: 'two', b: 'same', c: 'new' }, 'card', {})
  expect((await pull('mallory/one')).code).toBe(0)
  expect((await pull('mallory/two')).code).toBe(0)
  expect(['a', 'b', 'c'].map(there)).toEqual(['two', 'same', 'new'])
  writeFileSync(join(home.root, 'versions', 'a'), 'my notes')
  expect(await pull('mallory/one')).toMatchObject({ code: 2, err: expect.stringContaining('a is there already') })
  expect(there('a')).toBe('my notes')
})
