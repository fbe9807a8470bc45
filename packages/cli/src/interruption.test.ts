import { expect, test } from 'vitest'
import { interruptible } from './interruption.ts'

/** What hears of a signal now and did not before, called as if it came: a real one would end the tests. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const listening = () => SIGNALS.map((name) => process.listeners(name).length)
const send = (name: (typeof SIGNALS)[number]) => process.listeners(name).at(-1)?.(name)
const untilLeft = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

test.each(SIGNALS)('%s ends the work, and what is left of it is said', async (name) => {
  const before = listening()
  const working = interruptible(untilLeft, async () => 'one request was sent')
  send(name)
  await expect(working).rejects.toMatchObject({ code: 'INTERRUPTED', message: 'one request was sent' })
  expect(listening()).toEqual(before)
})

test('work that nobody interrupts gives what it gives, and leaves nothing that listens', async () => {
  const before = listening()
  const unasked = () => Promise.reject(new Error('asked what was left'))
  expect(await interruptible(async (signal) => signal.aborted, unasked)).toBe(false)
  await expect(interruptible(() => Promise.reject(new Error('of its own')), unasked)).rejects.toThrow('of its own')
  expect(listening()).toEqual(before)
})

test('work that ends all the same in the moment in which it is interrupted gives what it gives', async () => {
  const working = interruptible(
    async (signal) => {
      await untilLeft(signal).catch(() => undefined)
      return 'answered'
    },
    async () => 'left',
  )
  send('SIGINT')
  expect(await working).toBe('answered')
})
