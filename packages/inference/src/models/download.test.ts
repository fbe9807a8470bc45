import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Http } from '@opengradient/client'
import { asideOf } from '@opengradient/client/aside'
import { CHUNK_SIZE, sha256Hex, utf8 } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../journal/journal.testkit.ts'
import { downloads } from './download.ts'

const manifest = utf8('{"a":"manifest"}')
const hash = sha256Hex(manifest)

/** Downloads into an empty folder from a store that can lose what it has. */
function setUp() {
  const store = { has: true, asked: 0 }
  const http = (async () => {
    store.asked++
    return { status: store.has ? 200 : 404, headers: new Headers(), body: store.has ? manifest : new Uint8Array() }
  }) as Http
  const dir = join(temporaryFolder(), 'models')
  return { store, dir, ours: downloads({ http, stores: ['http://store'], dir, maxFileBytes: 1000 }) }
}

test('a manifest that is kept is there when no store has it any more: proofs of its model are owed on', async () => {
  const { store, ours } = setUp()
  await ours.keepManifest(hash, await ours.manifest(hash))
  store.has = false
  expect(await ours.manifest(hash)).toEqual(Buffer.from(manifest))
  expect(store.asked).toBe(1)
})

test('a manifest is kept by two at once, and what a killed process left of one is swept at the next start', async () => {
  const { dir, ours } = setUp()
  await Promise.all([ours.keepManifest(hash, manifest), ours.keepManifest(hash, manifest)])
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  writeFileSync(asideOf(join(dir, 'x.manifest')).replace(`-${process.pid}-`, `-${dead}-`), 'half')
  downloads({ http: (() => {}) as unknown as Http, stores: [], dir, maxFileBytes: 1 })
  expect(readdirSync(dir)).toEqual([`${hash.slice(2)}.manifest`])
})

test('a manifest that nobody keeps leaves nothing on the disk, and goes with its store', async () => {
  const { store, dir, ours } = setUp()
  await ours.manifest(hash)
  expect(existsSync(dir)).toBe(false)
  store.has = false
  await expect(ours.manifest(hash)).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' })
})

test('callers are told that there is no room for a model, the log also where: no caller learns how the disk of a node is laid out', async () => {
  const { dir } = setUp()
  const ours = downloads({ http: (() => {}) as unknown as Http, stores: [], dir, maxFileBytes: Number.MAX_SAFE_INTEGER })
  const { bavail, bsize } = statfsSync(tmpdir())
  const chunks = Array.from({ length: Math.ceil((2 * bavail * bsize) / CHUNK_SIZE) + 1 }, () => hash)
  const refused = await ours.file({ path: 'm.onnx', sha256: hash, size: chunks.length * CHUNK_SIZE, chunks }).catch((error) => error)
  expect(refused).toMatchObject({ code: 'DISK_FULL', cause: { message: expect.stringContaining(dir) } })
  expect(refused.message).not.toContain(dir)
})

test('a manifest that cannot be kept is a fault of the node, whose folder no caller learns; only a full disk is called one', async () => {
  const { dir, ours } = setUp()
  writeFileSync(dir, 'a file where the folder should be')
  const refused = await ours.keepManifest(hash, manifest).catch((error) => error)
  expect(refused).toMatchObject({ code: 'INTERNAL', cause: { code: 'EEXIST' } })
  expect(refused.message).not.toContain(dir)
})

test('a kept manifest that was changed on disk is fetched again, and kept anew', async () => {
  const { store, dir, ours } = setUp()
  await ours.keepManifest(hash, manifest)
  const [name] = readdirSync(dir)
  writeFileSync(join(dir, name!), 'something else')
  expect(await ours.manifest(hash)).toEqual(manifest)
  await ours.keepManifest(hash, manifest)
  store.has = false
  expect(await ours.manifest(hash)).toEqual(Buffer.from(manifest))
})

test('a model file that is there is no question to a store; one that was changed on disk is fetched again, one that is too large refused', async () => {
  const { store, dir, ours } = setUp()
  const file = { path: 'm.onnx', sha256: hash, size: manifest.length, chunks: [hash] }
  expect(await ours.file(file)).toEqual(Buffer.from(manifest))
  expect(await ours.file(file)).toEqual(Buffer.from(manifest))
  expect(store.asked).toBe(1)
  writeFileSync(join(dir, hash.slice(2)), 'as long as it is'.padEnd(manifest.length).slice(0, manifest.length))
  expect(await ours.file(file)).toEqual(Buffer.from(manifest))
  expect(store.asked).toBe(2)
  const small = downloads({ http: (() => {}) as unknown as Http, stores: [], dir, maxFileBytes: 3 })
  await expect(small.file(file)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
})
