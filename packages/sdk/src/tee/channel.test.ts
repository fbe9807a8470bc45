import { deriveSealKey, RequestSealer, SESSION_SECONDS } from '@opengradient/protocol/seal'
import { afterEach, expect, it, vi } from 'vitest'
import { sealing } from './channel.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

it('a client that asks nothing more forgets its session, and with it what opens the requests that it made', async () => {
  const ID = `0x${'00'.repeat(32)}` as const
  const bound = { method: 'POST', path: '/', contentType: '', modelId: ID, requestId: ID, paymentId: ID, keysetDigest: ID }
  const { publicKey } = await deriveSealKey(new Uint8Array(32))
  const forgetful = vi.spyOn(RequestSealer.prototype, 'forget')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let now = 0
  const seal = sealing(
    () => now,
    (length) => crypto.getRandomValues(new Uint8Array(length)),
  )
  const ask = () => seal({ ...bound, keyset: { hpke: publicKey }, body: new Uint8Array() })
  const keeps = () => (forgetful.mock.contexts.at(-1) as RequestSealer).sessions
  const after = (seconds: number) => {
    now += seconds
    vi.advanceTimersByTime(seconds * 1000)
  }
  await ask()
  after(SESSION_SECONDS - 1)
  await ask()
  expect(keeps()).toBe(1)
  for (let minutes = 0; minutes < 2; minutes++) after(60)
  expect([keeps(), vi.getTimerCount()]).toEqual([0, 0])
  await ask()
  expect([keeps(), vi.getTimerCount()]).toEqual([1, 1])
})
