import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type OgError, type OpenGradient, opg } from '../src/node/index.ts'
import { INPUT, NAME, PRICE, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
beforeAll(async () => {
  scene = await startScene()
  og = await scene.connect()
  await og.infer(NAME, { input: INPUT })
})
afterEach(() => {
  scene.liar.lie = undefined
  for (const end of ends.splice(0)) end()
})
afterAll(() => scene?.close())

/** The error of a call, which comes within `ms`: far less than what those who are silent are given when nobody limits it. */
const failure = async (ms: number, call: Promise<unknown>): Promise<OgError> => {
  const started = performance.now()
  const error = await call.then(
    () => expect.unreachable(),
    (thrown: OgError) => thrown,
  )
  expect(performance.now() - started).toBeLessThan(ms)
  return error
}
/** Milliseconds in which a call is sent and answered on this machine, as busy as it is: some times what it takes there. */
const enoughFor = async (call: Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await call
  return 2_000 + 5 * Math.ceil(performance.now() - started)
}
/** An RPC and a store that say nothing any more once they are told so. Clients of one RPC share what asks it: after its test everybody is answered. */
const silenced = () => {
  const asked: string[] = []
  const state = { silent: false, asked }
  const speaking = new Promise<void>((resolve) => {
    ends.push(() => {
      state.silent = false
      resolve()
    })
  })
  const fetching: typeof fetch = async (url, init) => {
    asked.push(String(url))
    if (!state.silent) return fetch(url, init)
    const over = new Promise<never>((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    await Promise.race([speaking, over])
    return fetch(url, init)
  }
  return Object.assign(state, { fetching })
}
const ends: (() => void)[] = []
const isInfer = (path: string) => path.endsWith('/infer')

test('a call that may take longer than a timer can run does not end at once', async () => {
  for (const timeoutMs of [2 ** 31, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE])
    expect((await og.infer(NAME, { input: INPUT }, { timeoutMs })).verdict.ok).toBe(true)
})

test('a chain that says nothing ends a call at its time; nothing was sent and nothing is promised', async () => {
  const quiet = silenced()
  const client = await scene.connect({ fetch: quiet.fetching })
  quiet.silent = true
  scene.liar.asked.length = 0
  const error = await failure(15_000, client.infer(NAME, { input: INPUT }, { timeoutMs: 500 }))
  expect(error).toMatchObject({ code: 'CHAIN_UNREACHABLE', message: expect.stringContaining('nothing is paid') })
  expect(scene.liar.asked).toEqual([])
  expect((await client.receipts.list()).length).toBe(0)
})

test('a call that its caller has left already asks nobody, signs nothing and leaves nothing in the book', async () => {
  const quiet = silenced()
  const client = await scene.connect({ fetch: quiet.fetching })
  scene.liar.asked.length = 0
  await expect(client.infer(NAME, { input: INPUT }, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  expect([quiet.asked, scene.liar.asked, await client.receipts.list()]).toEqual([[], [], []])
  expect((await client.wallet.balance()).spentToday).toBe(0n)
})

test('a caller who leaves while the chain is silent is let go at once', async () => {
  const quiet = silenced()
  const client = await scene.connect({ fetch: quiet.fetching })
  quiet.silent = true
  const leaving = new AbortController()
  const call = client.infer(NAME, { input: INPUT }, { signal: leaving.signal, timeoutMs: 600_000 })
  leaving.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

test('a node that answers and then keeps its execution record to itself is waited for no longer than the call; the answer can be had later', async () => {
  const client = await scene.connect()
  const timeoutMs = await enoughFor(client.infer(NAME, { input: INPUT }))
  scene.liar.lie = ({ request }) => (request.path.endsWith('/execution') ? 'be silent' : undefined)
  const error = await failure(timeoutMs + 50_000, client.infer(NAME, { input: INPUT }, { timeoutMs }))
  expect(error).toMatchObject({ code: 'NODE_UNREACHABLE', message: expect.stringContaining('og.recover(') })
  scene.liar.lie = undefined
  expect(await client.recover(error.details.requestId as `0x${string}`)).toMatchObject({ receipt: { price: PRICE } })
  expect((await client.wallet.balance()).spentToday).toBe(2n * PRICE)
})

test('a chain that falls silent when the answer is there leaves an answer that can be had later, charged once', async () => {
  const quiet = silenced()
  const timeoutMs = await enoughFor((await scene.connect()).infer(NAME, { input: INPUT }))
  // Of its own: what another answer of the same block was proved with would do for this one.
  const client = await scene.connect({ fetch: quiet.fetching })
  scene.liar.lie = ({ request }) => {
    if (isInfer(request.path)) quiet.silent = true
  }
  const error = await failure(timeoutMs + 7_000, client.infer(NAME, { input: INPUT }, { timeoutMs }))
  expect(error).toMatchObject({
    code: 'CHAIN_UNREACHABLE',
    message: expect.stringContaining('og.recover('),
    details: { requestId: expect.any(String) },
  })
  quiet.silent = false
  expect(await client.recover(error.details.requestId as `0x${string}`)).toMatchObject({ receipt: { price: PRICE } })
  expect((await client.wallet.balance()).spentToday).toBe(PRICE)
})

test('two hundred calls at once that share a signal ask the store for the manifest once, and all are answered without a warning', async () => {
  const quiet = silenced()
  const client = await scene.connect({ fetch: quiet.fetching, policy: { level: 'signature', maxPrice: opg('0.01') } })
  const warnings: Error[] = []
  const hear = (warning: Error) => void warnings.push(warning)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  const options = { timeoutMs: 300_000, signal: new AbortController().signal }
  const calls = Array.from({ length: 200 }, (_, n) => client.infer(NAME, { input: INPUT.map((x) => x + n / 1000) }, options))
  for (const { verdict } of await Promise.all(calls)) expect(verdict.ok).toBe(true)
  expect(warnings).toEqual([])
  expect(quiet.asked.filter((url) => url.startsWith(scene.store.url))).toHaveLength(1)
})

/** Writes `first`, then `piece` for as long as anybody takes it, a byte or a line at a time. */
const forever = (socket: Socket, piece: string, first = '') => {
  socket.write(first)
  const timer = setInterval(() => socket.write(piece), 2)
  socket.on('error', () => undefined).on('close', () => clearInterval(timer))
}
const OK = 'HTTP/1.1 200 OK\r\n'

const TRICKS: Record<string, (socket: Socket) => void> = {
  'a body that trickles in': (socket) => forever(socket, 'x', `${OK}content-length: 1000000\r\n\r\n`),
  'a body without an end': (socket) => forever(socket, '1\r\nx\r\n', `${OK}transfer-encoding: chunked\r\n\r\n`),
  'a head that trickles in': (socket) => forever(socket, 'x', OK),
  'announcements of an answer without an end': (socket) => forever(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
  'a head of a megabyte': (socket) => void socket.end(`${OK}x: ${'y'.repeat(1_000_000)}\r\n\r\n`),
  'what is no HTTP': (socket) => void socket.end('\u001b[2J hello\n'),
  'a compressed answer': (socket) => void socket.end(gzipped()),
}

test('strange answers end at the time of their calls, all at once; each answer can be had later and is paid once', async () => {
  const callers = await Promise.all(Object.keys(TRICKS).map(async (name) => ({ name, client: await scene.connect() })))
  const timeoutMs = await enoughFor(Promise.all(callers.map(({ client }) => client.infer(NAME, { input: INPUT }))))
  // Requests are told apart by what they ask, which a caller repeats as it was.
  const inputOf = (index: number) => INPUT.map((x) => x + (index + 1) / 8)
  const asked = new Map<string, number>()
  scene.liar.lie = ({ request }) => {
    if (!isInfer(request.path)) return undefined
    const body = request.body.toString('latin1')
    const index = callers.findIndex((_, i) => body.includes(Buffer.from(inputOf(i).buffer).toString('latin1')))
    const { name } = callers[index]!
    asked.set(name, (asked.get(name) ?? 0) + 1)
    return TRICKS[name]
  }
  const failures = await Promise.all(
    callers.map(async ({ name, client }, index) => {
      const error = await failure(timeoutMs + 34_000, client.infer(NAME, { input: inputOf(index) }, { timeoutMs }))
      expect(['NODE_UNREACHABLE', 'NODE_RESPONSE_INVALID', 'VERIFICATION_FAILED'], name).toContain(error.code)
      expect(error.message, name).not.toMatch(/\p{Cc}/u)
      expect(asked.get(name), name).toBeLessThan(4)
      return { name, client, requestId: error.details.requestId as `0x${string}` }
    }),
  )
  scene.liar.lie = undefined
  for (const { name, client, requestId } of failures) {
    expect(await client.recover(requestId), name).toMatchObject({ receipt: { price: PRICE } })
    expect((await client.wallet.balance()).spentToday, name).toBe(2n * PRICE)
  }
})
/** A hundred megabytes in a hundred kilobytes. */
function gzipped(): Buffer {
  const body = gzipSync(Buffer.alloc(100 * 1024 * 1024))
  return Buffer.concat([Buffer.from(`${OK}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`), body])
}
