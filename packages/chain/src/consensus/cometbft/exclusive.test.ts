import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Exclusive } from './exclusive.ts'

it('does one thing after the other, in the order asked', async () => {
  const exclusive = new Exclusive(() => {})
  const seen: string[] = []
  const work = (name: string) => async () => {
    seen.push(`${name} begins`)
    await turn()
    seen.push(`${name} ends`)
  }
  await Promise.all([exclusive.change(work('a')), exclusive.look(work('b')), exclusive.change(work('c'))])
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

it('begins nothing after a change that failed, and says why once', async () => {
  const reasons: unknown[] = []
  const exclusive = new Exclusive((reason) => reasons.push(reason))
  const disk = new Error('the disk is full')
  const results = await Promise.allSettled([
    exclusive.change(async () => {
      await turn()
      throw disk
    }),
    exclusive.change(async () => 'later'),
    exclusive.look(async () => 'looked'),
  ])
  expect(results.map((result) => (result.status === 'rejected' ? result.reason : result.value))).toEqual([disk, disk, disk])
  expect(reasons).toEqual([disk])
})

it('goes on after something that changes nothing failed', async () => {
  const exclusive = new Exclusive(() => {
    throw new Error('not told')
  })
  await expect(exclusive.look(() => Promise.reject(new Error('another network')))).rejects.toThrow('another network')
  expect(await exclusive.change(async () => 1)).toBe(1)
})

it('ends when what was going on is done, and begins nothing more', async () => {
  const reasons: unknown[] = []
  const exclusive = new Exclusive((reason) => reasons.push(reason))
  let done = false
  const running = exclusive.change(async () => {
    await turn()
    done = true
  })
  const waiting = exclusive.change(async () => 'never')
  waiting.catch(() => {})
  await exclusive.end()
  expect(done).toBe(true)
  await running
  await expect(waiting).rejects.toThrow('the node has stopped')
  expect(reasons).toEqual([])
})
