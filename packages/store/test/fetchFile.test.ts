import { access, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FetchFileOptions, guardedHttp, type PeerFault } from '@opengradient/client/node'
import { CHUNK_SIZE } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchFile, type RunningStore, startStore } from '../src/index.ts'
import { nameOf, put, runningStore, someBytes, temporaryFolder } from '../src/store.testkit.ts'
import { answerRange, peer, wanted } from './peer.testkit.ts'

const http = guardedHttp({ local: true })
const FOUR = someBytes(3 * CHUNK_SIZE + 1000)
const flip = (part: Buffer) => {
  part[0] = (part[0] as number) ^ 1
  return part
}

async function fetching(
  bytes: Buffer,
  peers: string[],
  more: Partial<FetchFileOptions> = {},
): Promise<{ faults: PeerFault[]; into: string }> {
  const into = more.into ?? join(await temporaryFolder(), 'deep', 'model.onnx')
  const faults = await fetchFile({ http, peers, maxBytes: 1 << 30, retryMs: 1, ...wanted(bytes), ...more, into })
  return { faults, into }
}
const honest = async (bytes: Buffer) => {
  const store = await runningStore()
  expect((await put(store, bytes)).status).toBe(201)
  return store.url
}

/** A store that has `FOUR`. Tests read from it. */
let hasFour: RunningStore
let folderOfFour: string
beforeAll(async () => {
  folderOfFour = await mkdtemp(join(tmpdir(), 'og store '))
  const log = { info: () => undefined, error: (_: object, message: string) => console.error(message) }
  hasFour = await startStore({ dir: folderOfFour, host: '127.0.0.1', port: 0, quotaBytes: 1 << 30, log })
  expect((await put(hasFour, FOUR)).status).toBe(201)
})
afterAll(async () => {
  await hasFour?.close()
  await rm(folderOfFour, { recursive: true, force: true })
})

const holds = async (into: string, bytes: Buffer) => expect((await readFile(into)).equals(bytes)).toBe(true)
const isGone = (path: string) => expect(access(path)).rejects.toThrow('ENOENT')

test('a file comes from several stores at once and leaves nothing but itself', async () => {
  const counted = await peer((request, reply) => answerRange(FOUR, request, reply))
  const { faults, into } = await fetching(FOUR, [hasFour.url, counted.url])
  await holds(into, FOUR)
  expect(faults).toEqual([])
  expect(counted.requests()).toBeGreaterThan(0)
  await isGone(`${into}~part`)
  await isGone(`${into}~part.map`)
})

test('files of no byte, one byte, one chunk and one byte more', async () => {
  for (const size of [0, 1, CHUNK_SIZE, CHUNK_SIZE + 1]) {
    const bytes = someBytes(size, size + 3)
    const { into } = await fetching(bytes, [await honest(bytes)])
    await holds(into, bytes)
  }
})

test('a poisoned chunk is refused, blamed on its peer and fetched elsewhere; the liar is not asked again', async () => {
  const liar = await peer((request, reply) => answerRange(FOUR, request, reply, flip))
  const told: PeerFault[] = []
  const { faults, into } = await fetching(FOUR, [liar.url, hasFour.url], { perPeer: 1, onFault: (fault) => told.push(fault) })
  await holds(into, FOUR)
  expect(faults).toEqual([expect.objectContaining({ peer: liar.url, code: 'STORE_PEER_FAULT' })])
  expect(told).toEqual(faults)
  expect(liar.requests()).toBe(1)
})

test('only liars: nothing of theirs is written, and the error names them', async () => {
  const [one, two] = [
    await peer((q, r) => answerRange(FOUR, q, r, flip)),
    await peer((q, r) => answerRange(FOUR, q, r, (part) => part.subarray(1))),
  ]
  const into = join(await temporaryFolder(), 'model.onnx')
  const failure = fetching(FOUR, [one.url, two.url], { into })
  await expect(failure).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_UNREACHABLE', details: expect.objectContaining({ missing: 4 }) }),
  )
  await isGone(into)
})

test('a peer that never answers, one that stops in the middle and one that trickles are left behind', async () => {
  const silent = await peer(() => undefined)
  const stalling = await peer((_request, reply) => void reply.writeHead(206, { 'content-length': CHUNK_SIZE }).write('x'))
  const trickling = await peer((_request, reply) => {
    reply.writeHead(206, { 'content-length': CHUNK_SIZE })
    const timer = setInterval(() => reply.write('x'), 20)
    reply.on('close', () => clearInterval(timer))
  })
  const good = hasFour.url
  // On a machine with no time an honest peer is slow, too.
  const patient: typeof http = Object.assign(
    (url: string, request: Parameters<typeof http>[1]) => http(url, { ...request, timeoutMs: url.startsWith(good) ? 60_000 : 300 }),
    { close: http.close },
  )
  const { faults, into } = await fetching(FOUR, [silent.url, stalling.url, trickling.url, good], { http: patient, perPeer: 1 })
  await holds(into, FOUR)
  expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['NODE_UNREACHABLE']))
  expect(faults.some(({ peer }) => peer === good)).toBe(false)
})

test('a peer that sends without end is cut off at the size of the chunk', async () => {
  let sent = 0
  const flood = await peer((_request, reply) => {
    reply.writeHead(200)
    const more = () => {
      while (!reply.destroyed && reply.write(Buffer.alloc(65_536))) sent += 65_536
    }
    reply.on('drain', more)
    more()
  })
  const { faults, into } = await fetching(FOUR, [flood.url, hasFour.url], { perPeer: 1 })
  await holds(into, FOUR)
  expect(faults.every(({ peer, code }) => peer === flood.url && code === 'NODE_RESPONSE_INVALID')).toBe(true)
  expect(sent).toBeLessThan(8 * CHUNK_SIZE)
})

test('absent files, errors, redirects, closed ports and peers that ignore the range are tried elsewhere', async () => {
  const other = await honest(someBytes(10))
  const failing = await peer((_request, reply) => reply.writeHead(500).end('no'))
  const moved = await peer((_request, reply) => reply.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  const whole = await peer((_request, reply) => reply.writeHead(200).end(FOUR))
  const shifted = await peer((_request, reply) =>
    reply.writeHead(206, { 'content-range': `bytes 1-${CHUNK_SIZE}/${FOUR.length}` }).end(FOUR.subarray(1, CHUNK_SIZE + 1)),
  )
  const bad = [other, failing.url, moved.url, whole.url, shifted.url, 'http://127.0.0.1:1']
  await expect(fetching(FOUR, bad)).rejects.toThrow(expect.objectContaining({ code: 'STORE_UNREACHABLE' }))
  const { into } = await fetching(FOUR, [...bad, hasFour.url])
  await holds(into, FOUR)
})

test('a peer that fails once is asked again', async () => {
  const halfway = (reply: ServerResponse) => reply.writeHead(206, { 'content-length': CHUNK_SIZE }).write('x', () => reply.destroy())
  const shaky = await peer((request, reply, count) => (count === 2 ? halfway(reply) : answerRange(FOUR, request, reply)))
  const { faults, into } = await fetching(FOUR, [shaky.url], { perPeer: 1 })
  await holds(into, FOUR)
  expect(faults).toHaveLength(1)
})

test('an interrupted fetch continues with the chunks that are missing', async () => {
  const into = join(await temporaryFolder(), 'model.onnx')
  const dying = await peer((request, reply, count) => (count > 2 ? reply.destroy() : answerRange(FOUR, request, reply)))
  await expect(fetching(FOUR, [dying.url], { into, perPeer: 1 })).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_UNREACHABLE', details: expect.objectContaining({ missing: 2 }) }),
  )
  const counted = await peer((request, reply) => answerRange(FOUR, request, reply))
  await fetching(FOUR, [counted.url], { into })
  await holds(into, FOUR)
  expect(counted.requests()).toBe(2)
})

test('a partial file that was damaged while nobody looked is repaired chunk by chunk', async () => {
  const into = join(await temporaryFolder(), 'model.onnx')
  const dying = await peer((request, reply, count) => (count > 2 ? reply.destroy() : answerRange(FOUR, request, reply)))
  await expect(fetching(FOUR, [dying.url], { into, perPeer: 1 })).rejects.toThrow()
  const handle = await open(`${into}~part`, 'r+')
  await handle.write(Buffer.from('damage'), 0, 6, 100)
  await handle.close()
  const counted = await peer((request, reply) => answerRange(FOUR, request, reply))
  await fetching(FOUR, [counted.url], { into })
  await holds(into, FOUR)
  expect(counted.requests()).toBe(3)
})

test('a partial file of another download is not mixed in', async () => {
  const into = join(await temporaryFolder(), 'model.onnx')
  const dying = await peer((request, reply, count) => (count > 2 ? reply.destroy() : answerRange(FOUR, request, reply)))
  await expect(fetching(FOUR, [dying.url], { into, perPeer: 1 })).rejects.toThrow()
  const other = someBytes(2 * CHUNK_SIZE, 77)
  await fetching(other, [await honest(other)], { into })
  await holds(into, other)
})

test('a file that is there is not fetched again, and one with other content is replaced', async () => {
  const bytes = someBytes(5000)
  const into = join(await temporaryFolder(), 'model.onnx')
  await writeFile(into, bytes)
  expect((await fetching(bytes, [], { into })).faults).toEqual([])
  await writeFile(into, someBytes(5000, 2))
  await fetching(bytes, [await honest(bytes)], { into })
  await holds(into, bytes)
})

test('calls at the same time for one file share the work, and one of them may leave', async () => {
  const counted = await peer((request, reply) => void setTimeout(() => answerRange(FOUR, request, reply), 50))
  const into = join(await temporaryFolder(), 'model.onnx')
  const leaving = new AbortController()
  const [first, second, third] = [leaving.signal, undefined, undefined].map((signal) =>
    fetching(FOUR, [counted.url], { into, ...(signal ? { signal } : {}) }),
  )
  setTimeout(() => leaving.abort(new Error('changed my mind')), 20)
  await expect(first).rejects.toThrow('changed my mind')
  await Promise.all([second, third])
  await holds(into, FOUR)
  expect(counted.requests()).toBe(4)
})

test('when everybody has left, the fetch stops and a later one continues', async () => {
  const leaving = new AbortController()
  const slow = await peer((request, reply, count) => (count > 2 ? leaving.abort(new Error('enough')) : answerRange(FOUR, request, reply)))
  const into = join(await temporaryFolder(), 'model.onnx')
  await expect(fetching(FOUR, [slow.url], { into, perPeer: 1, signal: leaving.signal })).rejects.toThrow('enough')
  const counted = await peer((request, reply) => answerRange(FOUR, request, reply))
  await fetching(FOUR, [counted.url], { into })
  await holds(into, FOUR)
  expect(counted.requests()).toBe(2)
})

test('a manifest whose chunk list is of another file, or does not fit the size, is refused', async () => {
  const peers = [hasFour.url]
  const { chunks, size } = wanted(FOUR)
  const code = (expected: string) => expect.objectContaining({ code: expected })
  await expect(fetching(FOUR, peers, { chunks: chunks.slice(1) })).rejects.toThrow(code('MANIFEST_MALFORMED'))
  await expect(fetching(FOUR, peers, { size: size + CHUNK_SIZE })).rejects.toThrow(code('MANIFEST_MALFORMED'))
  await expect(fetching(FOUR, peers, { size: -1 })).rejects.toThrow(code('MANIFEST_MALFORMED'))
  await expect(fetching(FOUR, peers, { maxBytes: 1000 })).rejects.toThrow(code('MODEL_INVALID'))
  const lying = await peer((request, reply) => answerRange(FOUR, request, reply))
  const into = join(await temporaryFolder(), 'model.onnx')
  await expect(fetching(FOUR, [lying.url], { into, sha256: `0x${nameOf(someBytes(1))}` })).rejects.toThrow(code('MANIFEST_MALFORMED'))
  await isGone(into)
  await isGone(`${into}~part`)
})

test('a disk without room is said so before anything is fetched', async () => {
  const counted = await peer((request, reply) => answerRange(FOUR, request, reply))
  const chunks = new Array<`0x${string}`>(2 ** 19).fill(`0x${'11'.repeat(32)}`)
  const huge = { size: 2 ** 19 * CHUNK_SIZE, chunks, maxBytes: Number.MAX_SAFE_INTEGER }
  await expect(fetching(FOUR, [counted.url], huge)).rejects.toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  expect(counted.requests()).toBe(0)
})

test('a file may be fetched into a folder that was removed in between', async () => {
  const folder = join(await temporaryFolder(), 'models')
  await mkdir(folder)
  await rm(folder, { recursive: true })
  const bytes = someBytes(10)
  const { into } = await fetching(bytes, [await honest(bytes)], { into: join(folder, 'a') })
  await holds(into, bytes)
})
