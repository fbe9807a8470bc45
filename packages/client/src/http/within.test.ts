import { utf8 } from '@opengradient/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { timely, webHttp } from './webHttp.ts'
import { within } from './within.ts'

test('work that gives nothing ends at its time, or with its caller, and what it gives in time is given', async () => {
  const never = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  await expect(within(1, never)).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
  const leaving = new AbortController()
  const asked = within(60_000, never, leaving.signal)
  leaving.abort(new Error('left'))
  await expect(asked).rejects.toThrow('left')
  expect(await within(60_000, async (signal) => signal.aborted)).toBe(false)
})

/** How many timers that were set from now on the process waits for: others have timers of their own in it. */
function watchTimers(): () => number {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const open = new Set<NodeJS.Timeout>()
  vi.stubGlobal('setTimeout', (work: () => void, ms: number) => {
    const timer = set(() => {
      open.delete(timer)
      work()
    }, ms)
    open.add(timer)
    return timer
  })
  vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout) => {
    open.delete(timer)
    clear(timer)
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  return () => [...open].filter((timer) => timer.hasRef()).length
}

test('a process waits for an exchange that holds on to nothing: it ended, silently, where a server closes a connection unasked', async () => {
  const silent: typeof fetch = (_url, init) =>
    new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
  const leaving = new AbortController()
  const timers = watchTimers()
  const asked = webHttp(silent)('http://127.0.0.1/files', {
    method: 'PUT',
    body: utf8('bytes'),
    timeoutMs: 60_000,
    maxBytes: 10,
    signal: leaving.signal,
  })
  expect(timers()).toBe(1)
  leaving.abort(new Error('left'))
  await expect(asked).rejects.toThrow('left')
  expect(timers()).toBe(0)
})

const deaf: typeof fetch = () => new Promise(() => {})
/** A reply that begins and never ends, whatever becomes of the signal; `left` says whether it was let go of. */
const endless = () => {
  const state = { left: false }
  const body = () =>
    new ReadableStream({
      start: (to) => to.enqueue(utf8(' ')),
      pull: () => new Promise(() => {}),
      cancel: () => {
        state.left = true
      },
    })
  return Object.assign(state, { fetch: (async () => new Response(body())) as typeof fetch })
}
const asking = (fetch: typeof globalThis.fetch, more: { timeoutMs: number; signal?: AbortSignal }) =>
  webHttp(fetch)('http://127.0.0.1/files', { maxBytes: 10, ...more })

test('a fetch that does not look at its signal ends no later: at the time that it has, and with its caller', async () => {
  const late = expect.objectContaining({
    code: 'NODE_UNREACHABLE',
    message: expect.stringContaining('within 5 ms'),
    details: expect.objectContaining({ sent: true }),
  })
  const timers = watchTimers()
  await expect(asking(deaf, { timeoutMs: 5 })).rejects.toThrow(late)
  const leaving = new AbortController()
  const asked = asking(deaf, { timeoutMs: 60_000, signal: leaving.signal })
  leaving.abort(new Error('left'))
  await expect(asked).rejects.toThrow('left')
  expect(timers()).toBe(0)
})

test('so does an answer that does not end, and what it comes over is let go of', async () => {
  const one = endless()
  await expect(asking(one.fetch, { timeoutMs: 5 })).rejects.toThrow(expect.objectContaining({ code: 'NODE_UNREACHABLE' }))
  expect(one.left).toBe(true)
  const other = endless()
  const leaving = new AbortController()
  const asked = asking(other.fetch, { timeoutMs: 60_000, signal: leaving.signal })
  setTimeout(() => leaving.abort(new Error('left')), 5)
  await expect(asked).rejects.toThrow('left')
  expect(other.left).toBe(true)
})

test('nothing is asked for a caller who has left', async () => {
  let asked = 0
  const counting: typeof fetch = async () => new Response(`${++asked}`)
  await expect(asking(counting, { timeoutMs: 60_000, signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left')
  expect(asked).toBe(0)
})

test('an Http of somebody else ends in time, too, and with an error of the family', async () => {
  const given = (http: Parameters<typeof timely>[0]) => timely(http)('http://127.0.0.1/files', { timeoutMs: 5, maxBytes: 10 })
  const unreachable = expect.objectContaining({ code: 'NODE_UNREACHABLE', details: expect.objectContaining({ sent: true }) })
  await expect(given(() => new Promise(() => {}))).rejects.toThrow(unreachable)
  await expect(given(() => Promise.reject(new Error('broken')))).rejects.toThrow(unreachable)
})
