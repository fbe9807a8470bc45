import { once } from 'node:events'
import { readdir, readlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { CHUNK_SIZE, sha256Hex } from '@opengradient/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { RunningStore } from '../startStore.ts'
import { startStore } from '../startStore.ts'
import { inPieces, MIB, nameOf, put, runningStore, someBytes, temporaryFolder } from '../store.testkit.ts'

const codeOf = async (reply: Response) => ((await reply.json()) as { error: { code: string } }).error.code
const urlOf = (store: RunningStore, bytes: Uint8Array) => `${store.url}/files/${nameOf(bytes)}`

/** `fetch` sets Host and Origin itself, so a request that lies about them goes through node:http. */
function rawGet(store: RunningStore, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: store.port, path, headers, agent: false }, (reply) => resolve(reply.resume().statusCode ?? 0))
      .on('error', reject)
      .end()
  })
}

test('a file goes up with the token and comes down without, marked as data that no browser may run', async () => {
  const store = await runningStore()
  const bytes = someBytes(100_000)
  expect((await put(store, bytes)).status).toBe(201)
  expect((await put(store, bytes)).status).toBe(200)
  const reply = await fetch(urlOf(store, bytes))
  expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'content-length': '100000',
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    etag: `"${nameOf(bytes)}"`,
  })
})

test('without the right token nothing is stored', async () => {
  const store = await runningStore()
  const bytes = someBytes(10)
  for (const authorization of ['', 'Bearer', 'Bearer wrong', 'test token', 'Basic dGVzdCB0b2tlbg=='])
    expect((await put(store, bytes, { authorization })).status, authorization).toBe(401)
  expect((await fetch(urlOf(store, bytes))).status).toBe(404)
})

test('a token is drawn at random when none is given', async () => {
  const dir = await temporaryFolder()
  const log = { info: () => undefined, error: () => undefined }
  const store = await startStore({ dir, host: '127.0.0.1', port: 0, quotaBytes: 1000, log })
  expect(store.token).toMatch(/^[\w-]{43}$/)
  expect((await put(store, someBytes(10))).status).toBe(201)
  await store.close()
})

test('wrong bytes, a wrong name, a wrong type and a wrong method are refused by name', async () => {
  const store = await runningStore()
  const wrong = await put(store, someBytes(10), {}, nameOf(someBytes(11)))
  expect([wrong.status, await codeOf(wrong)]).toEqual([422, 'STORE_HASH_MISMATCH'])
  const named = await put(store, someBytes(10), {}, 'ABC')
  expect([named.status, await codeOf(named)]).toEqual([400, 'HEX_MALFORMED'])
  expect((await put(store, someBytes(10), { 'content-type': 'text/plain' })).status).toBe(403)
  expect((await put(store, someBytes(10), { 'content-type': 'application/json' })).status).toBe(415)
  expect((await fetch(`${store.url}/files/${nameOf(someBytes(10))}`, { method: 'DELETE' })).status).toBe(404)
  expect((await fetch(`${store.url}/files/..%2f..%2fVERSION`)).status).toBe(400)
  expect((await fetch(`${store.url}/`)).status).toBe(404)
})

test('a full store says 507 and keeps what it has', async () => {
  const store = await runningStore({ quotaBytes: 1000 })
  await put(store, someBytes(800))
  const reply = await put(store, someBytes(300, 2))
  expect([reply.status, await codeOf(reply)]).toEqual([507, 'STORE_QUOTA'])
  expect((await fetch(urlOf(store, someBytes(800)))).status).toBe(200)
  expect(await (await fetch(`${store.url}/status`)).json()).toEqual({ files: 1, usedBytes: 800, quotaBytes: 1000, chunkBytes: CHUNK_SIZE })
})

test('HEAD tells size and type without the bytes', async () => {
  const store = await runningStore()
  await put(store, someBytes(1234))
  const reply = await fetch(urlOf(store, someBytes(1234)), { method: 'HEAD' })
  expect([reply.status, reply.headers.get('content-length'), (await reply.arrayBuffer()).byteLength]).toEqual([200, '1234', 0])
  expect((await fetch(urlOf(store, someBytes(1)), { method: 'HEAD' })).status).toBe(404)
})

test('ranges, conditions and what cannot be satisfied', async () => {
  const store = await runningStore()
  const bytes = someBytes(CHUNK_SIZE + 1000)
  await put(store, bytes)
  const get = (headers: Record<string, string>) => fetch(urlOf(store, bytes), { headers })
  const part = await get({ range: `bytes=${CHUNK_SIZE - 10}-${CHUNK_SIZE + 9}` })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${CHUNK_SIZE - 10}-${CHUNK_SIZE + 9}/${bytes.length}`])
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(CHUNK_SIZE - 10, CHUNK_SIZE + 10))).toBe(true)
  const last = await get({ range: 'bytes=-7' })
  expect(Buffer.from(await last.arrayBuffer()).equals(bytes.subarray(-7))).toBe(true)
  const beyond = await get({ range: `bytes=${bytes.length}-` })
  expect([beyond.status, beyond.headers.get('content-range'), await codeOf(beyond)]).toEqual([
    416,
    `bytes */${bytes.length}`,
    'STORE_RANGE',
  ])
  expect((await get({ 'if-none-match': `"${nameOf(bytes)}"` })).status).toBe(304)
  expect((await get({ range: 'bytes=0-0', 'if-range': '"another"' })).status).toBe(200)
  expect((await get({ range: 'bytes=0-0', 'if-range': `"${nameOf(bytes)}"` })).status).toBe(206)
})

test('the chunk hashes are those of the file', async () => {
  const store = await runningStore()
  const bytes = someBytes(CHUNK_SIZE + 1)
  await put(store, bytes)
  expect(await (await fetch(`${urlOf(store, bytes)}/chunks`)).json()).toEqual({
    sha256: nameOf(bytes),
    size: bytes.length,
    chunkBytes: CHUNK_SIZE,
    chunks: [sha256Hex(bytes.subarray(0, CHUNK_SIZE)), sha256Hex(bytes.subarray(CHUNK_SIZE))],
  })
  expect((await fetch(`${store.url}/files/${nameOf(someBytes(1))}/chunks`)).status).toBe(404)
})

test('another Host or a foreign Origin is refused, own names are not', async () => {
  const store = await runningStore({ names: ['store.example'] })
  for (const host of ['store.example', `127.0.0.1:${store.port}`, `localhost:${store.port}`])
    expect(await rawGet(store, '/status', { host }), host).toBe(200)
  for (const host of ['evil.example', '127.0.0.1.evil.example', '10.0.0.1'])
    expect(await rawGet(store, '/status', { host }), host).toBe(403)
  const host = `127.0.0.1:${store.port}`
  expect(await rawGet(store, '/status', { host, origin: 'https://evil.example' })).toBe(403)
  expect(await rawGet(store, '/status', { host, origin: 'null' })).toBe(403)
  expect(await rawGet(store, '/status', { host, origin: `http://${host}` })).toBe(200)
})

test('a corrupted file is answered with an error, then as absent, and the log tells', async () => {
  const store = await runningStore()
  const bytes = someBytes(1000)
  const name = nameOf(bytes)
  await put(store, bytes)
  await writeFile(join(store.dir, 'files', name.slice(0, 2), name), someBytes(1000, 2))
  const reply = await fetch(urlOf(store, bytes))
  expect([reply.status, await codeOf(reply)]).toEqual([500, 'STORE_CORRUPT'])
  expect((await fetch(urlOf(store, bytes))).status).toBe(404)
  expect(store.written.some(({ level, fields }) => level === 'error' && fields.name === name)).toBe(true)
})

test('a file found corrupted halfway ends the connection early, so that nobody takes the rest for whole', async () => {
  const store = await runningStore()
  const bytes = someBytes(2 * CHUNK_SIZE)
  const name = nameOf(bytes)
  await put(store, bytes)
  const damaged = Buffer.from(bytes)
  damaged[CHUNK_SIZE] = (damaged[CHUNK_SIZE] as number) ^ 1
  await writeFile(join(store.dir, 'files', name.slice(0, 2), name), damaged)
  const reply = await fetch(urlOf(store, bytes))
  await expect(reply.arrayBuffer()).rejects.toThrow()
})

test.each([
  ['sends nothing any more', () => vi.advanceTimersByTime(200)],
  ['goes away', (socket: Socket) => socket.destroy()],
])('an uploader who %s in the middle leaves nothing behind', async (_what, then: (socket: Socket) => unknown) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const store = await runningStore({ idleMs: 200 })
  const bytes = someBytes(100_000)
  const socket = connect(store.port, '127.0.0.1').on('error', () => undefined)
  socket.write(
    `PUT /files/${nameOf(bytes)} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer test token\r\ncontent-type: application/octet-stream\r\ncontent-length: 100000\r\n\r\n`,
  )
  socket.write(bytes.subarray(0, 50_000))
  await expect.poll(() => store.store.status().usedBytes).toBe(100_000)
  await expect
    .poll(async () => {
      then(socket)
      const { files, usedBytes } = store.store.status()
      return [files, usedBytes, await readdir(join(store.dir, 'tmp'))]
    })
    .toEqual([0, 0, []])
  socket.destroy()
  expect(store.written.filter(({ level }) => level === 'error')).toEqual([])
})

test.runIf(process.platform === 'linux')('readers who leave at any moment leave no file open', async () => {
  const store = await runningStore()
  const bytes = someBytes(3 * MIB)
  await put(store, bytes)
  const name = nameOf(bytes)
  // Node closes what is forgotten, in its own time, and says so.
  const forgotten: string[] = []
  const hear = ({ message }: Error) => void forgotten.push(message)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  const left = async () => {
    const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
    return links.filter((path) => path.endsWith(name)).length
  }
  for (let turns = 0; turns < 40; turns++) {
    const socket = connect(store.port, '127.0.0.1').on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(`GET /files/${name} HTTP/1.1\r\nhost: 127.0.0.1:${store.port}\r\n\r\n`)
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
  }
  await expect.poll(left).toBe(0)
  expect(forgotten.filter((message) => message.includes('file descriptor'))).toEqual([])
})

test('a taken port is named with what to do', async () => {
  const store = await runningStore()
  await expect(runningStore({ port: store.port })).rejects.toThrow(expect.objectContaining({ code: 'PORT_IN_USE' }))
})

test('readers that take nothing hold no more than the connections there are; the next is sent away, and served when one has left', async () => {
  const store = await runningStore({ connections: 2 })
  const bytes = someBytes(9 * MIB)
  await store.store.put(nameOf(bytes), inPieces(bytes))
  const slow = Array.from({ length: 2 }, () => connect(store.port, '127.0.0.1').pause())
  onTestFinished(() => void slow.map((socket) => socket.destroy()))
  await Promise.all(slow.map((socket) => once(socket, 'connect')))
  for (const socket of slow) socket.write(`GET /files/${nameOf(bytes)} HTTP/1.1\r\nhost: 127.0.0.1:${store.port}\r\n\r\n`)
  await Promise.all(slow.map((socket) => once(socket, 'readable')))
  const next = connect(store.port, '127.0.0.1').resume()
  await once(next, 'close')
  expect(next.bytesRead).toBe(0)
  slow[0]!.destroy()
  const { status } = await eventually(() => fetch(`${store.url}/status`))
  expect(status).toBe(200)
})

test('readers of one address that take nothing, and more than there is room for, keep no other address out', async () => {
  const store = await runningStore({ connections: 2 })
  const bytes = someBytes(9 * MIB)
  await store.store.put(nameOf(bytes), inPieces(bytes))
  const slow = Array.from({ length: 2 }, () => connect(store.port, '127.0.0.1').pause())
  onTestFinished(() => void slow.map((socket) => socket.destroy()))
  for (const socket of slow) socket.write(`GET /files/${nameOf(bytes)} HTTP/1.1\r\nhost: 127.0.0.1:${store.port}\r\n\r\n`)
  await Promise.all(slow.map((socket) => once(socket, 'readable')))
  const other = connect({ port: store.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  onTestFinished(() => void other.destroy())
  other.write(`GET /status HTTP/1.1\r\nhost: 127.0.0.1:${store.port}\r\n\r\n`)
  const [reply] = await once(other, 'data')
  expect(String(reply)).toContain('200 OK')
})

/** What `ask` gives once it no longer fails. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const found = await ask().catch(() => undefined)
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
