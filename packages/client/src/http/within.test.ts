import { utf8 } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { webHttp } from './webHttp.ts'
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

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('a process waits for an exchange that holds on to nothing: it ended, silently, where a server closes a connection unasked', async () => {
  const silent: typeof fetch = (_url, init) =>
    new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
  const leaving = new AbortController()
  const before = timers()
  const asked = webHttp(silent)('http://127.0.0.1/files', {
    method: 'PUT',
    body: utf8('bytes'),
    timeoutMs: 60_000,
    maxBytes: 10,
    signal: leaving.signal,
  })
  expect(timers()).toBe(before + 1)
  leaving.abort(new Error('left'))
  await expect(asked).rejects.toThrow('left')
  expect(timers()).toBe(before)
})
