import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { platformTier } from '../commands/version.ts'
import { contextOf } from '../context.ts'
import { homeAt } from '../home/paths.ts'
import { processIo } from '../io.ts'
import { PORT_OFFSETS, portsFrom } from '../network/ports.ts'
import { writeRunning } from '../network/running.ts'
import { CHECKS, diskSpace, fence, nativeParts, nodeVersion, platform } from './checks.ts'

const LOOKED = ['home', 'settings', 'ports', 'data', 'RPC', 'clock']

/** What the checks of a home say, those of the machine aside. */
async function findings(spoil: (root: string) => void) {
  const root = mkdtempSync(join(tmpdir(), 'og doctor '))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  spoil(root)
  const context = contextOf(processIo(), homeAt(root), {})
  const found: Record<string, [string, string | undefined]> = {}
  for (const { name, look } of CHECKS.filter(({ name }) => LOOKED.includes(name))) {
    const { status, remedy } = await look(context)
    found[name] = [status, remedy]
  }
  return found
}

test('settings that cannot be read are one fault with its remedy, and everything else is looked at all the same', async () => {
  for (const text of ['{bad', '{"colour":"red"}', '{"portBase":1}']) {
    const found = await findings((root) => writeFileSync(join(root, 'config.json'), text))
    expect(Object.keys(found)).toEqual(LOOKED)
    expect(found.settings).toEqual(['bad', expect.stringContaining('remove it')])
    expect(found.ports?.[0]).toBe('note')
    expect([found.home?.[0], found.clock?.[0]]).toEqual(['good', 'good'])
  }
})

test('a home that is a file is none', async () => {
  const found = await findings((root) => {
    rmSync(root, { recursive: true })
    writeFileSync(root, '')
  })
  expect(found.home).toEqual(['bad', expect.stringContaining('--home')])
})

test('a marker of a running network that is no such thing is a fault with its remedy', async () => {
  const found = await findings((root) => writeFileSync(join(root, 'running.json'), 'x'))
  expect(found.data).toEqual(['bad', expect.stringContaining('--fix')])
})

test('a Node, a disk and a machine that are not enough are faults with their remedies', async () => {
  for (const version of ['18.20.8', '20.18.3'])
    expect(nodeVersion(version)).toMatchObject({ status: 'bad', remedy: expect.stringContaining('20.19') })
  for (const version of ['20.19.0', '22.1.0', '24.0.0']) expect(nodeVersion(version).status).toBe('good')
  const home = homeAt(tmpdir())
  const free = (gigabytes: number) => diskSpace({ home }, () => ({ bavail: gigabytes * 250_000, bsize: 4_000 }))
  expect(free(0.9)).toEqual({ status: 'bad', says: '0.9 GB free', remedy: expect.stringContaining('--home') })
  expect(free(1.1).status).toBe('good')
  const gone = { status: 'bad', says: 'no-such-part cannot be loaded', remedy: expect.stringContaining('node_modules') }
  expect(await nativeParts(['classic-level', 'no-such-part'])).toEqual(gone)
  const folder = mkdtempSync(join(tmpdir(), 'og part '))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const deadly = join(folder, 'part.cjs')
  // What a library does that was cut short.
  writeFileSync(deadly, "process.kill(process.pid, 'SIGBUS')")
  expect(await nativeParts([deadly])).toEqual({ ...gone, says: expect.stringContaining('part.cjs') })
  expect(await nativeParts([], ['secp256k1/no-such-part', deadly])).toEqual({
    status: 'note',
    says: expect.stringContaining('in JavaScript'),
    // Without the option nothing is built: the checkout's .npmrc says that packages run no scripts.
    remedy: expect.stringMatching(/C compiler.*npm rebuild --ignore-scripts=false secp256k1/),
  })
  expect(await nativeParts([], [deadly, 'secp256k1/bindings.js'])).toEqual({ status: 'good', says: expect.stringContaining('prebuilt') })
})

test('what does not keep models from the machine is said, with what helps', async () => {
  expect(await fence(async () => [])).toEqual({ status: 'good', says: expect.stringContaining('no network') })
  expect(await fence(async () => ['reach the network', 'take all memory'])).toEqual({
    status: 'note',
    says: 'a model that takes over its process can reach the network, take all memory',
    remedy: expect.stringContaining('namespaces'),
  })
  expect((await fence()).status).not.toBe('bad')
})

test('a port that is taken is named, with the way out; so is an RPC that does not answer', async () => {
  // A program that takes connections and says nothing.
  const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port: rpc } = other.address() as AddressInfo
  const portBase = rpc - PORT_OFFSETS.rpc
  const taken = await findings((root) => writeFileSync(join(root, 'config.json'), JSON.stringify({ portBase })))
  expect(taken.ports).toEqual(['bad', expect.stringContaining('og config portBase')])
  const running = { pid: process.pid, startedAt: 0, ports: portsFrom(portBase), services: {}, storeToken: '' }
  const silent = await findings((root) => writeRunning(homeAt(root), running))
  expect(silent.RPC).toEqual(['bad', expect.stringContaining('og logs chain')])
})

test('a machine is as well known as its system, processor and C library are; one whose WebAssembly has no vectors is no good', () => {
  expect(platformTier('linux', 'x64', true)).toBe(1)
  expect(platformTier('linux', 'arm64', true)).toBe(2)
  expect(platformTier('linux', 'x64', false)).toBe(3)
  expect(platform(true, 1)).toEqual({ status: 'good', says: expect.stringContaining('tier 1') })
  expect(platform(true, 3)).toMatchObject({ status: 'note', says: expect.stringContaining('unknown ground') })
  expect(platform(false)).toEqual({ status: 'bad', says: expect.stringContaining('vector'), remedy: expect.stringContaining('SSE4.1') })
  expect(platform().status).not.toBe('bad')
})
