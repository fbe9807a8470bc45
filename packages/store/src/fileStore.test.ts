import { renameSync, writeFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHUNK_SIZE, sha256Hex } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { type FileStore, isStore, openStore, type StoreOptions } from './fileStore.ts'
import { collect, inPieces, MIB, nameOf, someBytes, temporaryFolder } from './store.testkit.ts'

const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })
const opened = async (options: Partial<StoreOptions> = {}): Promise<FileStore & { dir: string }> => {
  const dir = options.dir ?? (await temporaryFolder())
  return { ...(await openStore({ quotaBytes: 100 * MIB, now: () => 1234, ...options, dir })), dir }
}
const put = (store: FileStore, bytes: Buffer, size?: number) => store.put(nameOf(bytes), inPieces(bytes), size)
const pathOf = (dir: string, name: string) => join(dir, 'files', name.slice(0, 2), name)

test('what was put comes back, whole and in parts, around every chunk border', async () => {
  const store = await opened()
  for (const size of [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE + 12_345]) {
    const bytes = someBytes(size, size + 1)
    const name = nameOf(bytes)
    expect(await put(store, bytes)).toEqual({ size, created: true })
    expect(await store.size(name)).toBe(size)
    expect((await collect(store.read(name))).equals(bytes), `${size}`).toBe(true)
    for (const [start, end] of [
      [0, 1],
      [size - 1, size],
      [CHUNK_SIZE - 1, CHUNK_SIZE + 1],
      [5, size + 99],
    ] as const)
      if (start >= 0 && start < size)
        expect((await collect(store.read(name, { start, end }))).equals(bytes.subarray(start, end))).toBe(true)
    const hashes = Array.from({ length: Math.ceil(size / CHUNK_SIZE) }, (_, i) =>
      sha256Hex(bytes.subarray(i * CHUNK_SIZE, (i + 1) * CHUNK_SIZE)),
    )
    expect(await store.chunks(name)).toEqual({ size, chunks: hashes })
  }
})

test('putting the same file again changes nothing', async () => {
  const store = await opened()
  const bytes = someBytes(1000)
  await put(store, bytes)
  expect(await put(store, bytes)).toEqual({ size: 1000, created: false })
  expect(store.status()).toEqual({ files: 1, usedBytes: 1000, quotaBytes: 100 * MIB })
})

test('the same file put by two at once is counted once', async () => {
  const store = await opened()
  const bytes = someBytes(300_000)
  const results = await Promise.all([put(store, bytes), put(store, bytes), put(store, bytes, bytes.length)])
  expect(results.filter(({ created }) => created)).toHaveLength(1)
  expect(store.status()).toMatchObject({ files: 1, usedBytes: 300_000 })
})

test('bytes of another hash, and more or fewer than announced, leave nothing behind', async () => {
  const store = await opened()
  const bytes = someBytes(100_000)
  await expect(store.put(nameOf(someBytes(5)), inPieces(bytes))).rejects.toThrow(refusal('STORE_HASH_MISMATCH'))
  await expect(put(store, bytes, 99_999)).rejects.toThrow(refusal('STORE_HASH_MISMATCH'))
  await expect(put(store, bytes, 100_001)).rejects.toThrow(refusal('STORE_HASH_MISMATCH'))
  expect(store.status()).toMatchObject({ files: 0, usedBytes: 0 })
  expect(await readdir(join(store.dir, 'tmp'))).toEqual([])
  expect(await store.size(nameOf(bytes))).toBeUndefined()
})

test('a name that is no hash is refused', async () => {
  const store = await opened()
  for (const name of ['', '..', 'a'.repeat(63), 'A'.repeat(64), `0x${'a'.repeat(64)}`, `${'a'.repeat(62)}/.`]) {
    await expect(store.put(name, inPieces(someBytes(1)))).rejects.toThrow(refusal('HEX_MALFORMED'))
    await expect(collect(store.read(name))).rejects.toThrow(refusal('HEX_MALFORMED'))
    expect(() => store.size(name)).toThrow(refusal('HEX_MALFORMED'))
  }
})

test('the quota holds to the byte, announced or not, and a refused upload gives its space back', async () => {
  const store = await opened({ quotaBytes: 1000 })
  const [first, second] = [someBytes(600, 1), someBytes(401, 2)]
  await put(store, first)
  await expect(put(store, second, 401)).rejects.toThrow(refusal('STORE_QUOTA'))
  await expect(put(store, second)).rejects.toThrow(refusal('STORE_QUOTA'))
  expect(store.status().usedBytes).toBe(600)
  await put(store, someBytes(400, 3))
  expect(store.status()).toEqual({ files: 2, usedBytes: 1000, quotaBytes: 1000 })
  expect((await collect(store.read(nameOf(first)))).equals(first)).toBe(true)
})

test('two announced uploads cannot both be promised the last space', async () => {
  const store = await opened({ quotaBytes: 1_000_000 })
  const results = await Promise.allSettled([1, 2].map((seed) => put(store, someBytes(600_000, seed), 600_000)))
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(store.status()).toMatchObject({ files: 1, usedBytes: 600_000 })
})

test('a disk that fills up during an upload is said so, and what was stored before is still there', async () => {
  const dir = await temporaryFolder()
  const before = someBytes(5000)
  await put(await opened({ dir }), before)
  const store = await opened({ dir, create: () => open('/dev/full', 'w') })
  await expect(put(store, someBytes(100_000, 7))).rejects.toThrow(refusal('DISK_FULL'))
  expect(store.status()).toMatchObject({ files: 1, usedBytes: 5000 })
  expect((await collect(store.read(nameOf(before)))).equals(before)).toBe(true)
})

test('a disk that holds as many files as it can is full, too', async () => {
  const create = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
  const store = await opened({ create })
  await expect(put(store, someBytes(10))).rejects.toThrow(refusal('DISK_FULL'))
  expect(store.status()).toMatchObject({ files: 0, usedBytes: 0 })
})

test('a full disk keeps nobody from reading a file whose list of chunks is lost', async () => {
  const dir = await temporaryFolder()
  const bytes = someBytes(5000)
  const list = `${pathOf(dir, nameOf(bytes))}.chunks`
  const before = await opened({ dir })
  await put(before, bytes)
  const told = await before.chunks(nameOf(bytes))
  await rm(list)
  const store = await opened({ dir, create: () => open('/dev/full', 'w') })
  expect((await collect(store.read(nameOf(bytes)))).equals(bytes)).toBe(true)
  expect(await store.chunks(nameOf(bytes))).toEqual(told)
  expect(await readdir(join(dir, 'tmp'))).toEqual([])
})

test.each(['EROFS', 'EIO'])(
  'a disk that takes nothing any more (%s) goes on giving files whose lists of chunks are lost, hashing each once',
  async (code) => {
    const dir = await temporaryFolder()
    const bytes = someBytes(CHUNK_SIZE + 5)
    const before = await opened({ dir })
    await put(before, bytes)
    const told = await before.chunks(nameOf(bytes))
    const list = `${pathOf(dir, nameOf(bytes))}.chunks`
    await rm(list)
    // Where the list was is now something that cannot be read as one.
    await mkdir(list)
    let made = 0
    const create = () => {
      made += 1
      return Promise.reject(Object.assign(new Error(`${code}: the disk`), { code }))
    }
    const store = await opened({ dir, create })
    expect(await Promise.all([1, 2, 3].map(() => store.chunks(nameOf(bytes))))).toEqual([told, told, told])
    expect((await collect(store.read(nameOf(bytes)))).equals(bytes)).toBe(true)
    expect(await store.chunks(nameOf(bytes))).toEqual(told)
    expect(made).toBe(1)
  },
)

test('a file that an upload has healed while its damage was found is not taken away', async () => {
  const dir = await temporaryFolder()
  const bytes = someBytes(5000)
  const path = pathOf(dir, nameOf(bytes))
  const told: string[] = []
  // The time is asked for when the damaged file has been read, just before it would be moved.
  const now = () => {
    writeFileSync(`${path}.new`, bytes)
    renameSync(`${path}.new`, path)
    return 1234
  }
  const store = await opened({ dir, now, onCorrupt: (name) => told.push(name) })
  await put(store, bytes)
  await writeFile(path, someBytes(5000, 9))
  await expect(collect(store.read(nameOf(bytes)))).rejects.toThrow(/replaced meanwhile; ask again/)
  expect((await collect(store.read(nameOf(bytes)))).equals(bytes)).toBe(true)
  expect([told, await readdir(join(dir, 'quarantine'))]).toEqual([[], []])
})

test('a changed file that cannot be moved is refused as one all the same, each time it is read', async () => {
  const store = await opened()
  const bytes = someBytes(5000)
  await put(store, bytes)
  await writeFile(pathOf(store.dir, nameOf(bytes)), someBytes(5000, 9))
  await rm(join(store.dir, 'quarantine'), { recursive: true })
  await writeFile(join(store.dir, 'quarantine'), 'no folder')
  for (let i = 0; i < 2; i++)
    await expect(collect(store.read(nameOf(bytes)))).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('does not let it be moved to quarantine'),
    })
})

test('an announced size beyond the free space of the disk is refused before anything is written', async () => {
  const store = await opened({ quotaBytes: Number.MAX_SAFE_INTEGER })
  await expect(put(store, someBytes(10), 2 ** 52)).rejects.toThrow(refusal('DISK_FULL'))
  expect(store.status().usedBytes).toBe(0)
})

test('a file that changed on disk is refused, moved to quarantine and told of; uploading it again heals it', async () => {
  const told: string[] = []
  const store = await opened({ onCorrupt: (name) => told.push(name) })
  const bytes = someBytes(CHUNK_SIZE + 100)
  const name = nameOf(bytes)
  await put(store, bytes)
  const handle = await open(pathOf(store.dir, name), 'r+')
  await handle.write(Uint8Array.of((bytes[CHUNK_SIZE + 50] as number) ^ 1), 0, 1, CHUNK_SIZE + 50)
  await handle.close()
  expect((await collect(store.read(name, { start: 0, end: 100 }))).equals(bytes.subarray(0, 100))).toBe(true)
  await expect(collect(store.read(name))).rejects.toThrow(refusal('STORE_CORRUPT'))
  await expect(collect(store.read(name))).rejects.toThrow(refusal('STORE_NOT_FOUND'))
  expect(told).toEqual([name])
  expect(await readdir(join(store.dir, 'quarantine'))).toEqual([`${name}.1234`])
  expect(await put(store, bytes)).toMatchObject({ created: true })
  expect((await collect(store.read(name))).equals(bytes)).toBe(true)
})

test('a file cut short on disk is refused', async () => {
  const store = await opened()
  const bytes = someBytes(5000)
  await put(store, bytes)
  await truncate(pathOf(store.dir, nameOf(bytes)), 4999)
  await expect(collect(store.read(nameOf(bytes)))).rejects.toThrow(refusal('STORE_CORRUPT'))
})

test('uploading a file again repairs a damage that nobody has read yet', async () => {
  const store = await opened()
  const bytes = someBytes(5000)
  await put(store, bytes)
  await writeFile(pathOf(store.dir, nameOf(bytes)), someBytes(5000, 9))
  await put(store, bytes)
  expect((await collect(store.read(nameOf(bytes)))).equals(bytes)).toBe(true)
  expect(store.status()).toMatchObject({ files: 1, usedBytes: 5000 })
})

test('a damaged or missing list of chunks is rebuilt from the file', async () => {
  const store = await opened()
  const bytes = someBytes(CHUNK_SIZE + 5)
  const list = `${pathOf(store.dir, nameOf(bytes))}.chunks`
  await put(store, bytes)
  const good = await readFile(list)
  for (const damaged of [Buffer.alloc(64), Buffer.alloc(3), Buffer.alloc(0)]) {
    await writeFile(list, damaged)
    expect((await collect(store.read(nameOf(bytes)))).equals(bytes)).toBe(true)
    expect((await readFile(list)).equals(good)).toBe(true)
  }
})

test('opening again finds everything, and sweeps what a dead writer left', async () => {
  const store = await opened()
  const bytes = someBytes(5000)
  await put(store, bytes)
  const dead = 4_194_303
  for (const name of [`${dead}-ab`, `${process.pid}-cd`, `${process.ppid}-ef`]) await writeFile(join(store.dir, 'tmp', name), 'half')
  await mkdir(join(store.dir, 'files', 'ab'), { recursive: true })
  await writeFile(`${pathOf(store.dir, 'ab'.repeat(32))}.chunks`, 'orphan')
  const again = await opened({ dir: store.dir })
  expect(again.status()).toMatchObject({ files: 1, usedBytes: 5000 })
  expect(await readdir(join(store.dir, 'tmp'))).toEqual([`${process.ppid}-ef`])
  await expect(stat(`${pathOf(store.dir, 'ab'.repeat(32))}.chunks`)).rejects.toThrow('ENOENT')
})

test('a folder of something else, or of another version, is never opened', async () => {
  const [foreign, later] = [await temporaryFolder(), await temporaryFolder()]
  await writeFile(join(foreign, 'thesis.txt'), 'my only copy')
  await expect(opened({ dir: foreign })).rejects.toThrow(refusal('STORE_FOREIGN'))
  await opened({ dir: later })
  await writeFile(join(later, 'VERSION'), 'opengradient store 2\n')
  await expect(opened({ dir: later })).rejects.toThrow(refusal('STORE_FOREIGN'))
  for (const dir of [foreign, later]) await expect(isStore(dir)).rejects.toThrow(refusal('STORE_FOREIGN'))
  expect(await readdir(foreign)).toEqual(['thesis.txt'])
})

test('a folder is looked at without becoming a store', async () => {
  const dir = await temporaryFolder()
  expect([await isStore(dir), await isStore(join(dir, 'none'))]).toEqual([false, false])
  expect(await readdir(dir)).toEqual([])
  await opened({ dir })
  expect(await isStore(dir)).toBe(true)
})
