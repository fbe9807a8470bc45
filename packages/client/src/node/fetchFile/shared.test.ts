import { expect, test } from 'vitest'
import { ChunkQueue } from './queue.ts'
import { SharedRuns } from './shared.ts'

/** Work that ends when told to. */
function work() {
  let started = 0
  let stopped: unknown
  let finish: (value: string) => void = () => undefined
  const start = (signal: AbortSignal) => {
    started += 1
    return new Promise<string>((resolve, reject) => {
      finish = resolve
      signal.addEventListener('abort', () => {
        stopped = signal.reason
        reject(signal.reason)
      })
    })
  }
  return { start, finish: (value: string) => finish(value), started: () => started, stopped: () => stopped }
}

test('those who ask at the same time share one run, later ones get their own', async () => {
  const runs = new SharedRuns<string>()
  const job = work()
  const both = [runs.join('a', undefined, job.start), runs.join('a', undefined, job.start)]
  const other = runs.join('b', undefined, async () => 'other')
  job.finish('done')
  expect(await Promise.all([...both, other])).toEqual(['done', 'done', 'other'])
  expect(job.started()).toBe(1)
  expect(await runs.join('a', undefined, async () => 'again')).toBe('again')
})

test('one who leaves leaves alone; the last one stops the work', async () => {
  const runs = new SharedRuns<string>()
  const job = work()
  const [first, second] = [new AbortController(), new AbortController()]
  const waiting = [first, second].map(({ signal }) => runs.join('a', signal, job.start))
  first.abort(new Error('first'))
  await expect(waiting[0]).rejects.toThrow('first')
  expect(job.stopped()).toBeUndefined()
  second.abort(new Error('second'))
  await expect(waiting[1]).rejects.toThrow('second')
  expect(job.stopped()).toMatchObject({ message: 'second' })
})

test('who comes after the work was stopped starts it anew, and is not told of the reason of others', async () => {
  const runs = new SharedRuns<string>()
  const leaving = new AbortController()
  const stuck = runs.join(
    'a',
    leaving.signal,
    (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), 20))),
  )
  leaving.abort(new Error('gone'))
  await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  expect(await runs.join('a', undefined, async () => 'fresh')).toBe('fresh')
  await expect(stuck).rejects.toThrow('gone')
})

test('a failure reaches all who wait', async () => {
  const runs = new SharedRuns<string>()
  const fail = async () => {
    throw new Error('broken')
  }
  const outcomes = await Promise.allSettled([runs.join('a', undefined, fail), runs.join('a', undefined, fail)])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('a chunk that one worker gives back goes to one that waits, and all stop when nothing is left', async () => {
  const queue = new ChunkQueue([7])
  expect(await queue.take()).toBe(7)
  const waiting = queue.take()
  queue.giveBack(7)
  expect(await waiting).toBe(7)
  const last = queue.take()
  queue.done()
  expect(await last).toBeUndefined()
})
