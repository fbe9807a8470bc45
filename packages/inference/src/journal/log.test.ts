import { expect, test } from 'vitest'
import { MAX_FRAME, scanFrames } from './frame.ts'
import { nodeSegments, type SegmentIo } from './io.ts'
import { faultyDisk, temporaryFolder } from './journal.testkit.ts'
import { GroupLog, type LogOptions } from './log.ts'

const SNAPSHOT = Uint8Array.of(0xff)

function setUp(over: Partial<LogOptions> = {}) {
  const disk = faultyDisk(nodeSegments(temporaryFolder()))
  const sealed: number[] = []
  const log = new GroupLog({
    io: disk,
    segment: 1,
    size: 0,
    segmentBytes: 1_000_000,
    snapshot: () => [SNAPSHOT],
    sealed: (segment, begun) =>
      void begun.then(
        () => sealed.push(segment),
        () => {},
      ),
    ...over,
  })
  const read = (segment = 1) => scanFrames(disk.read(segment)).frames.map((f) => f.records.map((r) => [...r.payload]))
  return { disk, log, sealed, read }
}

test('a snapshot is written no more often than as many bytes as it has, however large it is', async () => {
  const large = 10_000
  const { log, sealed, disk } = setUp({ segmentBytes: 100, snapshot: () => [new Uint8Array(large)] })
  for (let i = 0; i < 500; i++) await log.append([new Uint8Array(76)], 'written')
  await log.close()
  // 100 bytes each with frame and length: the first segment has one of them, every other as many as a snapshot has bytes.
  expect(sealed.toSorted()).toEqual([1, 2, 3, 4, 5])
  expect(scanFrames(disk.read(6)).end).toBeLessThan(2 * large)
})

test('where a snapshot does not fit in a frame the segment goes on, and is sealed when it does', async () => {
  let [begins, asked] = [new Uint8Array(MAX_FRAME), 0]
  const snapshot = () => {
    asked += 1
    return [begins]
  }
  const { log, sealed, read } = setUp({ segmentBytes: 100, snapshot })
  for (let i = 0; i < 200; i++) await log.append([new Uint8Array(76).fill(i)], 'written')
  expect([sealed, asked]).toEqual([[], 8])
  expect(read().map(([record]) => record![0])).toEqual(Array.from({ length: 200 }, (_, i) => i))
  begins = SNAPSHOT
  for (let i = 0; i < 57; i++) await log.append([new Uint8Array(76)], 'written')
  await log.close()
  expect(sealed).toEqual([1])
  expect(read(2)[0]).toEqual([[...SNAPSHOT], Array(76).fill(0)])
})

test('records appended in one turn are one write', async () => {
  const { log, read } = setUp()
  await Promise.all([1, 2, 3].map((n) => log.append([Uint8Array.of(n)], 'durable')))
  await log.append([Uint8Array.of(4)], 'written')
  expect(read()).toEqual([[[1], [2], [3]], [[4]]])
  await log.close()
})

test('the location that is told is where the record lies', async () => {
  const { log, disk } = setUp()
  const at = await Promise.all([7, 8].map((n) => log.append([Uint8Array.of(n, n), Uint8Array.of(n)], 'durable')))
  for (const [i, { segment, offset, length }] of at.entries()) {
    expect([...disk.readRange(segment, offset, length)]).toEqual([7 + i, 7 + i, 7 + i])
  }
  await log.close()
})

test('a full disk refuses the group, keeps nothing of it, and the log goes on when there is room again', async () => {
  const { log, disk, read } = setUp()
  await log.append([Uint8Array.of(1)], 'durable')
  disk.room = 10
  const undone: number[] = []
  const refused = [2, 3].map((n) => log.append([Uint8Array.of(n)], 'durable', { undo: () => undone.push(n) }))
  for (const promise of refused) await expect(promise).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(undone).toEqual([2, 3])
  disk.room = 1_000_000
  await log.append([Uint8Array.of(4)], 'durable')
  expect(read()).toEqual([[[1]], [[4]]])
  await log.close()
})

test('after a failed sync nothing is acknowledged any more', async () => {
  const { log, disk } = setUp()
  await log.append([Uint8Array.of(1)], 'durable')
  disk.syncFails = true
  await expect(log.append([Uint8Array.of(2)], 'durable')).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
  disk.syncFails = false
  await expect(log.append([Uint8Array.of(3)], 'written')).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
  expect(log.failed?.code).toBe('JOURNAL_FAILED')
})

test('a full segment is sealed; the next one starts with a snapshot in the same frame as the records that follow', async () => {
  const { log, sealed, read } = setUp({ segmentBytes: 30 })
  await log.append([new Uint8Array(40)], 'durable')
  const placed: number[] = []
  await Promise.all([1, 2].map((n) => log.append([Uint8Array.of(n)], 'durable', { placed: (at) => placed.push(at.segment) })))
  expect(sealed).toEqual([1])
  expect(placed).toEqual([2, 2])
  expect(read(2)).toEqual([[[0xff], [1], [2]]])
  expect(log.segment).toBe(2)
  await log.close()
})

test('when a new segment cannot be begun, the old one goes on', async () => {
  const { log, disk, sealed, read } = setUp({ segmentBytes: 30 })
  await log.append([new Uint8Array(40)], 'durable')
  disk.room = 5
  await expect(log.append([Uint8Array.of(1)], 'durable')).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(disk.list()).toEqual([1])
  disk.room = 1_000_000
  await log.append([Uint8Array.of(2)], 'durable')
  expect(sealed).toEqual([1])
  expect(read(2)).toEqual([[[0xff], [2]]])
  await log.close()
})

test('of what is more than one write only the last begins a segment: by then it is known what could be kept', async () => {
  const { log, disk, sealed, read } = setUp({ segmentBytes: 30 })
  await log.append([new Uint8Array(40)], 'durable')
  disk.room = 30_000_000
  const large = [1, 2].map((n) => log.append([new Uint8Array(20_000_000).fill(n)], 'durable'))
  expect((await Promise.allSettled(large)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect([disk.list(), sealed]).toEqual([[1], []])
  disk.room = 1_000_000
  await log.append([Uint8Array.of(3)], 'durable')
  expect(read(2)).toEqual([[[0xff], [3]]])
  await log.close()
})

test('a segment counts as sealed when the first of the next one is on disk, though nobody waits for that', async () => {
  const { log, disk, sealed } = setUp({ segmentBytes: 30 })
  await log.append([new Uint8Array(40)], 'written')
  disk.syncFails = true
  await log.append([Uint8Array.of(1)], 'written')
  await expect(log.append([Uint8Array.of(2)], 'durable')).rejects.toMatchObject({ code: 'JOURNAL_FAILED' })
  expect([disk.list(), sealed]).toEqual([[1, 2], []])
})

test('segments are told of in the turn in which the log moves on, in order, however long a sync of one of them takes', async () => {
  const io = nodeSegments(temporaryFolder())
  let goOn = () => {}
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const disk: SegmentIo = {
    ...io,
    open: (segment, size) => {
      const file = io.open(segment, size)
      return { ...file, sync: () => held.then(() => file.sync()) }
    },
  }
  const [told, begun]: [number[], number[]] = [[], []]
  const sealed = (segment: number, next: Promise<void>) => {
    told.push(segment)
    void next.then(() => begun.push(segment))
  }
  const { log } = setUp({ io: disk, segmentBytes: 30, sealed })
  for (let i = 0; i < 4; i++) await log.append([new Uint8Array(40)], 'written')
  expect([told, begun]).toEqual([[1, 2, 3], [2]])
  goOn()
  await log.close()
  expect([told, begun.toSorted()]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('files of sealed segments are closed while there is always something to sync', async () => {
  const [io, open] = [nodeSegments(temporaryFolder()), new Set<number>()]
  const disk: SegmentIo = {
    ...io,
    open: (segment, size) => {
      const file = io.open(segment, size)
      open.add(segment)
      return {
        ...file,
        close: () => {
          open.delete(segment)
          file.close()
        },
      }
    },
  }
  const { log } = setUp({ io: disk, segmentBytes: 200 })
  const waiting: Promise<unknown>[] = []
  while (log.segment < 20) {
    waiting.push(log.append([new Uint8Array(40)], 'durable'))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(open.size).toBeLessThan(5)
  await Promise.all(waiting)
  await log.close()
  expect([...open]).toEqual([])
})

test('waiters of a sealed segment are answered, in order, while writes go on', async () => {
  const { log } = setUp({ segmentBytes: 200 })
  const order: number[] = []
  const all = Array.from({ length: 200 }, async (_, n) => {
    if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    await log.append([new Uint8Array(20)], n % 3 === 0 ? 'written' : 'durable')
    order.push(n)
  })
  await Promise.all(all)
  expect(order.length).toBe(200)
  await log.close()
})
