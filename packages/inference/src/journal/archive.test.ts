import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hexToBytes } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'
import { expect, test } from 'vitest'
import { Archive, archived } from './archive.ts'
import { packEntry } from './archivedEntry.ts'
import type { CommittedBatch, Entry } from './entry.ts'
import { asFormat1 } from './format1.testkit.ts'
import { account, IDENTITY, id, reservation, temporaryFolder } from './journal.testkit.ts'
import { toJson } from './record.ts'
import type { Standing } from './standing.ts'

test('standings of older journals: without an amount they give no credit, and who was blocked for good owes a little', async () => {
  const dir = join(temporaryFolder(), 'index')
  const [now, ...older] = ['now', 'oldest', 'old', 'blocked'].map(account)
  const archive = await Archive.open(dir, IDENTITY)
  const standing: Standing = { settled: 7n, trust: -3n, strikes: 2, struckAt: 5 }
  const standings: [`0x${string}`, Standing][] = [[now!, standing]]
  await archive.seal({ segment: 1, entries: [], standings, batches: [] })
  await archive.close()
  const db = new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view' })
  const kept = [
    { settled: true, blocked: false },
    { settled: 9n, blocked: false },
    { settled: 9n, blocked: true },
  ]
  for (const [i, payer] of older.entries()) await db.put(Buffer.concat([Buffer.from('u'), hexToBytes(payer)]), toJson(kept[i]))
  await db.close()
  const reopened = await Archive.open(dir, IDENTITY)
  expect(reopened.standing(now!)).toEqual(standing)
  const none = { strikes: 0, struckAt: 0 }
  expect(older.map((payer) => reopened.standing(payer))).toEqual([
    { settled: 0n, trust: 0n, ...none },
    { settled: 9n, trust: 9n, ...none },
    { settled: 9n, trust: -1n, ...none },
  ])
  await reopened.close()
})

test('an index of another format is opened by nobody and stays as it is; one from before there were formats is taken', async () => {
  const dir = join(temporaryFolder(), 'index')
  const format = Buffer.from('format')
  const raw = () => new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view' })
  await (await Archive.open(dir, IDENTITY)).close()
  for (const [written, kept] of [
    ['1', '1'],
    [undefined, '1'],
    ['2', '2'],
    ['3', '3'],
  ] as const) {
    const db = raw()
    await (written === undefined ? db.del(format) : db.put(format, written))
    await db.close()
    if (written === '3')
      await expect(Archive.open(dir, IDENTITY)).rejects.toMatchObject({
        code: 'JOURNAL_VERSION',
        message: expect.stringContaining('start the node with the version that wrote it'),
      })
    else await (await Archive.open(dir, IDENTITY)).close()
    const after = raw()
    expect(await after.get(format)).toBe(kept)
    await after.close()
  }
})

async function formatOf(dir: string): Promise<string | undefined> {
  const db = new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view' })
  const format = await db.get(Buffer.from('format'))
  await db.close()
  return format
}

/** Committed at 1,800,000,000 and so many seconds. */
function batch(sequence: bigint): CommittedBatch {
  const [requestIds, receiptHashes] = [['a', 'b'].map(id), ['c', 'd'].map(id)]
  const commit = { signature: `0x${'33'.repeat(65)}`, tx: id('commit'), block: 5, at: 1_800_000_000 + Number(sequence) } as const
  return { batch: { node: IDENTITY.node, root: id('root'), count: 2, total: 5n, sequence }, requestIds, receiptHashes, commit }
}

const AT = { segment: 3, offset: 123_456_789_012, length: 1_700 }
const meta = (label: string) => ({ at: AT, receiptHash: id(label), price: 0n })
const free = (label: string, over: Partial<Entry> = {}): Entry => ({
  requestId: id(label),
  requestHash: id(`hash ${label}`),
  state: 'free',
  answer: meta(label),
  sequence: 2n ** 60n,
  anchoredAt: 1_800_000_000,
  segment: 3,
  ...over,
})

test('every entry comes back as it was, and goes with its segment', async () => {
  const archive = await Archive.open(join(temporaryFolder(), 'index'), IDENTITY)
  const { sequence: _, ...unbatched } = free('unbatched')
  const { anchoredAt: __, ...uncommitted } = free('uncommitted')
  const { answer: ___, ...lost } = free('lost')
  const paid = reservation('paid')
  const { requestId, requestHash } = paid
  const settled: Entry = {
    ...free('paid', { requestId, requestHash, state: 'settled', reservation: paid, settlement: { tx: id('tx'), block: 7 } }),
    reason: 'f',
  }
  const entries = [free('first'), free('second', { sequence: 0n, anchoredAt: 0 }), unbatched, uncommitted, lost, settled]
  await archive.seal({ segment: 3, entries, standings: [], batches: [] })
  for (const entry of entries) expect(archive.entry(entry.requestId)).toEqual(archived(entry))
  await archive.prune(3)
  for (const entry of entries) expect(archive.entry(entry.requestId)).toBeUndefined()
  await archive.close()
})

test('what format 1 of the index has is read as it is, and goes with its segment; the format is raised with the first thing that is added', async () => {
  const dir = join(temporaryFolder(), 'index')
  const paid = reservation('paid', { settleFirst: true })
  const { requestId, requestHash } = paid
  const settled = { ...free('', { requestId, requestHash, state: 'settled', reservation: paid, settlement: { tx: id('tx'), block: 7 } }) }
  const entries = [free('old'), settled, free('of another segment', { segment: 2 })]
  const first = await Archive.open(dir, IDENTITY)
  await first.seal({ segment: 3, entries, standings: [], batches: [batch(0n)] })
  await first.close()
  await asFormat1(dir)
  expect(await formatOf(dir)).toBe('1')
  const archive = await Archive.open(dir, IDENTITY)
  const isThere = () => {
    for (const entry of entries) expect(archive.entry(entry.requestId)).toEqual(archived(entry))
    expect(archive.payment(paid.paymentId)).toBe(requestId)
    expect(archive.batch(0n)).toEqual(batch(0n))
    expect([archive.sealed, archive.lastNeeded(3)]).toEqual([3, Number(paid.validBefore)])
  }
  isThere()
  await archive.idsRead
  isThere()
  await archive.close()
  expect(await formatOf(dir)).toBe('1')
  const again = await Archive.open(dir, IDENTITY)
  const added = free('added')
  await again.seal({ segment: 4, entries: [added], standings: [], batches: [batch(1n)] })
  await again.close()
  expect(await formatOf(dir)).toBe('2')
  const both = await Archive.open(dir, IDENTITY)
  expect(both.entry(added.requestId)).toEqual(archived(added))
  await both.prune(3)
  for (const entry of [added, ...entries.slice(0, 2)]) expect(both.entry(entry.requestId)).toBeUndefined()
  expect([both.payment(paid.paymentId), both.lastNeeded(3)]).toEqual([undefined, 0])
  expect(both.entry(entries[2]!.requestId)).toBeDefined()
  await both.pruneBatches(1_800_000_001)
  expect([both.batch(0n), both.batch(1n)]).toEqual([undefined, batch(1n)])
  await both.close()
})

test('an entry takes little more than the bytes that it stands for', async () => {
  expect(packEntry(free('free')).length).toBeLessThan(32 + 48)
  const paid = reservation('paid')
  const { requestId, requestHash } = paid
  const settled = free('', { requestId, requestHash, state: 'settled', reservation: paid, settlement: { tx: id('tx'), block: 7 } })
  expect(packEntry(settled).length).toBeLessThan(32 * 5 + 20 + 65 + 90)
})

test('what a sealed segment needs is in tables when the segment counts as sealed: a write that is synced says nothing of a log before its own', async () => {
  const dir = join(temporaryFolder(), 'index')
  const archive = await Archive.open(dir, IDENTITY)
  const entries = Array.from({ length: 400 }, (_, i) => free(`${i}`))
  await archive.seal({ segment: 3, entries, standings: [], batches: [batch(0n)] })
  // As a power cut leaves it when nothing but the tables and the newest log is there, and that holds the last write only.
  const names = readdirSync(dir)
  const log = names
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!
  expect(statSync(join(dir, log)).size).toBeLessThan(300)
  const copy = join(temporaryFolder(), 'index')
  mkdirSync(copy)
  for (const name of names) if (!name.endsWith('.log') || name === log) copyFileSync(join(dir, name), join(copy, name))
  await archive.close()
  const after = await Archive.open(copy, IDENTITY)
  expect([after.sealed, after.batch(0n)]).toEqual([3, batch(0n)])
  for (const entry of entries) expect(after.entry(entry.requestId)).toEqual(archived(entry))
  await after.close()
})

test('what is closed is found before all ids are read, and after; what is not is told from memory then, whatever is written meanwhile', async () => {
  const dir = join(temporaryFolder(), 'index')
  const paid = (label: string): Entry => {
    const taken = reservation(label)
    return free('', { requestId: taken.requestId, requestHash: taken.requestHash, state: 'settled', reservation: taken })
  }
  const sealed = (segment: number) => Array.from({ length: 700 }, (_, i) => (i % 5 === 0 ? paid : free)(`${segment} ${i}`))
  const written = [1, 2, 3].map(sealed)
  const first = await Archive.open(dir, IDENTITY)
  await first.seal({ segment: 1, entries: written[0]!, standings: [], batches: [] })
  await first.close()
  const archive = await Archive.open(dir, IDENTITY)
  const areThere = (count: number) => {
    for (const { requestId, reservation: taken } of written.slice(0, count).flat()) {
      expect(archive.entry(requestId)).toBeDefined()
      if (taken) expect(archive.payment(taken.paymentId)).toBe(requestId)
    }
  }
  areThere(1)
  // While ids are read.
  await archive.seal({ segment: 2, entries: written[1]!, standings: [], batches: [] })
  areThere(2)
  await archive.idsRead
  await archive.seal({ segment: 3, entries: written[2]!, standings: [], batches: [] })
  areThere(3)
  expect([archive.entry(id('new')), archive.payment(id('new'))]).toEqual([undefined, undefined])
  await archive.close()
  // The index is not asked for what is new: it could not answer.
  expect([archive.entry(id('new')), archive.payment(id('new'))]).toEqual([undefined, undefined])
  expect(() => archive.entry(written[0]![0]!.requestId)).toThrow()
})

test('an index that is closed before its ids are read is closed', async () => {
  const dir = join(temporaryFolder(), 'index')
  const archive = await Archive.open(dir, IDENTITY)
  await archive.seal({ segment: 1, entries: Array.from({ length: 2_000 }, (_, i) => free(`${i}`)), standings: [], batches: [] })
  await archive.close()
  const again = await Archive.open(dir, IDENTITY)
  await again.close()
  await again.idsRead
  expect(() => again.entry(id('new'))).toThrow()
})
