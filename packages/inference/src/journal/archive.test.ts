import { join } from 'node:path'
import { hexToBytes } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'
import { expect, test } from 'vitest'
import { Archive, archived } from './archive.ts'
import type { Entry } from './entry.ts'
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
  ] as const) {
    const db = raw()
    await (written === undefined ? db.del(format) : db.put(format, written))
    await db.close()
    if (written === '2')
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

test('the free entries of an older journal, which are JSON, are read as they are', async () => {
  const dir = join(temporaryFolder(), 'index')
  await (await Archive.open(dir, IDENTITY)).close()
  const entry = free('old')
  const db = new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view' })
  await db.put(Buffer.concat([Buffer.from('r'), hexToBytes(entry.requestId)]), toJson(archived(entry)))
  await db.close()
  const reopened = await Archive.open(dir, IDENTITY)
  expect(reopened.entry(entry.requestId)).toEqual(archived(entry))
  await reopened.close()
})

test('a free entry takes less than half of its JSON', async () => {
  const dir = join(temporaryFolder(), 'index')
  const archive = await Archive.open(dir, IDENTITY)
  const entry = free('small')
  await archive.seal({ segment: 3, entries: [entry], standings: [], batches: [] })
  await archive.close()
  const db = new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view' })
  const text = await db.get(Buffer.concat([Buffer.from('r'), hexToBytes(entry.requestId)]))
  await db.close()
  expect(text!.length).toBeLessThan(toJson(archived(entry)).length / 2)
})
