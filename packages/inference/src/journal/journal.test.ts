import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sha256Hex, utf8, ZERO_HASH } from '@opengradient/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Archive } from './archive.ts'
import { nodeSegments } from './io.ts'
import { account, answerFor, faultyDisk, IDENTITY, id, poweredDisk, reservation, temporaryFolder } from './journal.testkit.ts'
import { Journal, type JournalOptions } from './journal.ts'
import { JournalState } from './state.ts'

async function open(dir: string, over: Partial<JournalOptions> = {}) {
  const states: string[] = []
  const journal = await Journal.open({ dir, identity: IDENTITY, onState: (state) => states.push(state), ...over })
  let shut = false
  const close = async () => {
    if (!shut) await journal.shut()
    shut = true
  }
  onTestFinished(close)
  return { journal, states, close }
}

async function pay(journal: Journal, label: string, over = {}) {
  const r = reservation(label, over)
  await journal.reserve(r)
  journal.executed(r)
  await journal.answer(r.requestId, r.requestHash, answerFor(label, r))
  return r
}

const TX = id('tx')

test('a paid request goes through its states, each told once it is durable', async () => {
  const { journal, states } = await open(temporaryFolder())
  const r = await pay(journal, 'a')
  await journal.submitted({ tx: TX, nonce: 1, raw: '0x', paymentIds: [r.paymentId] })
  await journal.settled(TX, 5, [r.paymentId])
  expect(states).toEqual(['reserved', 'executed', 'queued', 'submitted', 'settled'])
  expect(journal.find(r.requestId)).toMatchObject({ state: 'settled', settlement: { tx: TX, block: 5 } })
  expect(journal.submissions()).toEqual([])
})

test('everything is there again after a restart', async () => {
  const dir = temporaryFolder()
  const first = await open(dir)
  const [a, b] = [await pay(first.journal, 'a'), await pay(first.journal, 'b')]
  await first.journal.answer(id('request free'), id('hash free'), answerFor('free'))
  await first.journal.submitted({ tx: TX, nonce: 1, raw: '0x1234', paymentIds: [a.paymentId] })
  await first.close()

  const { journal } = await open(dir)
  expect(journal.find(a.requestId)).toMatchObject({ state: 'submitted' })
  expect(journal.submissions()).toEqual([{ tx: TX, nonce: 1, raw: '0x1234', paymentIds: [a.paymentId] }])
  expect(journal.queued().map((e) => e.requestId)).toEqual([b.requestId])
  expect(journal.exposures.onCredit(a.payer)).toEqual({ open: 2000n, count: 2 })
  expect(journal.unbatched(10).map((u) => u.requestId)).toEqual([a.requestId, b.requestId, id('request free')])
  expect(journal.load(journal.find(b.requestId)!)).toEqual(answerFor('b', b))
})

test('a journal that knows less than the chain goes on behind it, and remembers how long that matters, across restarts and segments', async () => {
  const dir = temporaryFolder()
  const first = await open(dir, { segmentBytes: 1 })
  expect(first.journal.forgottenUntil).toBe(0)
  expect(await first.journal.continueFrom(0n, 5000)).toBe(false)
  expect(await first.journal.continueFrom(7n, 5000)).toBe(true)
  expect(await first.journal.continueFrom(7n, 9000)).toBe(false)
  await pay(first.journal, 'a')
  await pay(first.journal, 'b')
  await first.close()
  const { journal } = await open(dir)
  expect([journal.nextSequence, journal.forgottenUntil]).toEqual([7n, 5000])
  expect(await journal.continueFrom(8n, 9000)).toBe(true)
  expect([journal.nextSequence, journal.forgottenUntil]).toEqual([8n, 9000])
})

test('a payment is taken once, however many ask at the same time', async () => {
  const { journal } = await open(temporaryFolder())
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((label) => journal.reserve(reservation(label, { paymentId: id('the same') }))),
  )
  expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
  expect(outcomes[1]).toMatchObject({ reason: { code: 'PAYMENT_REPLAYED' } })
})

test('a reservation without a receipt is closed as aborted at the next start, and its payment stays taken', async () => {
  const dir = temporaryFolder()
  const first = await open(dir)
  const r = reservation('a')
  await first.journal.reserve(r)
  first.journal.executed(r)
  await first.close()
  const { journal, states } = await open(dir)
  expect(states).toEqual(['aborted'])
  expect(journal.find(r.requestId)).toMatchObject({ state: 'aborted' })
  expect(journal.exposures.onCredit(r.payer)).toEqual({ open: 0n, count: 0 })
  await expect(journal.reserve(reservation('b', { paymentId: r.paymentId }))).rejects.toMatchObject({ code: 'PAYMENT_REPLAYED' })
})

test('a payer learns standing by settling and loses it by reverting, across restarts', async () => {
  const dir = temporaryFolder()
  const first = await open(dir)
  const good = await pay(first.journal, 'a', { payer: account('good') })
  const bad = await pay(first.journal, 'b', { payer: account('bad') })
  const unlucky = await pay(first.journal, 'c', { payer: account('unlucky') })
  await first.journal.settled(TX, 1, [good.paymentId])
  await first.journal.close(bad.paymentId, 'reverted', 'nonce cancelled', 'payer')
  await first.journal.close(unlucky.paymentId, 'reverted', 'node unbonded', 'node')
  await first.close()
  const { journal } = await open(dir)
  expect(journal.standing(good.payer)).toEqual({ settled: good.value, trust: good.value, strikes: 0, struckAt: 0 })
  expect(journal.standing(bad.payer)).toEqual({ settled: 0n, trust: -bad.value, strikes: 0, struckAt: 0 })
  expect(journal.standing(unlucky.payer)).toEqual({ settled: 0n, trust: 0n, strikes: 0, struckAt: 0 })
})

test('failures that an older journal has no time of cost no pause, and are owed', () => {
  const state = new JournalState(IDENTITY)
  const [credit, first] = [reservation('a'), reservation('b', { settleFirst: true })]
  state.apply({ type: 'snapshot', snapshot: state.snapshot() }, 1)
  for (const r of [credit, first]) {
    state.apply({ type: 'reserve', reservation: r }, 1)
    state.apply({ type: 'close', paymentId: r.paymentId, state: 'reverted', reason: 'ERC20InsufficientBalance', blame: 'payer' }, 1)
  }
  expect(state.standing(credit.payer)).toEqual({ settled: 0n, trust: -2000n, strikes: 1, struckAt: 0 })
})

test.each([['a'], ['a', 'b'], ['b'], ['c', 'a'], ['a', 'c'], ['a', 'b', 'c']].map((taken) => [taken]))(
  'what a batch took (%j) is in no other, wherever it stood in the line',
  (taken) => {
    const state = new JournalState(IDENTITY)
    for (const label of ['a', 'b', 'c']) {
      const answer = answerFor(label)
      const { requestId, requestHash } = answer.receipt
      state.apply({ type: 'answer', requestId, requestHash, answer }, 1)
    }
    const idOf = (label: string) => answerFor(label).receipt.requestId
    const batch = { node: IDENTITY.node, root: TX, count: taken.length, total: 0n, sequence: 0n }
    state.apply({ type: 'batch', batch: { batch, requestIds: taken.map(idOf), receiptHashes: taken.map(id) } }, 1)
    expect(state.unbatched).toEqual(['a', 'b', 'c'].filter((label) => !taken.includes(label)).map(idOf))
    expect(taken.map((label) => state.requests.get(idOf(label))?.sequence)).toEqual(taken.map(() => 0n))
  },
)

test('a payment that is known to be settled, and then in which transaction, counts once', async () => {
  const { journal } = await open(temporaryFolder())
  const r = await pay(journal, 'a')
  await journal.settled(ZERO_HASH, 1, [r.paymentId])
  await journal.settled(TX, 2, [r.paymentId])
  await journal.settled(TX, 2, [r.paymentId])
  expect(journal.find(r.requestId)).toMatchObject({ state: 'settled', settlement: { tx: TX, block: 2 } })
  expect(journal.standing(r.payer)).toMatchObject({ settled: r.value, trust: r.value })
})

test('closed and anchored requests move into the index, are still found, and are pruned only after their time', async () => {
  const dir = temporaryFolder()
  const { journal, close } = await open(dir, { segmentBytes: 1 })
  const r = await pay(journal, 'a', { validBefore: 1_000n })
  // More than the snapshot of the segment that it is in, which is full with it; so is that of the next one.
  const large = (label: string) => answerFor(label, undefined, new Uint8Array(10_000))
  await journal.answer(id('request free'), id('hash free'), large('free'))
  const leaves = journal.unbatched(10)
  const batch = { node: IDENTITY.node, root: id('root'), count: 2, total: 1000n, sequence: 0n }
  await journal.batched({
    batch,
    requestIds: leaves.map((l) => l.requestId),
    receiptHashes: leaves.map((l) => l.receiptHash),
  })
  await journal.settled(TX, 1, [r.paymentId])
  await journal.committed(0n, { signature: '0x', tx: id('commit'), block: 2, at: 5_000 })
  await journal.answer(id('request z'), id('hash z'), large('z'))
  await journal.answer(id('request y'), id('hash y'), answerFor('y'))

  expect(journal.find(r.requestId)).toMatchObject({ state: 'settled', sequence: 0n, anchoredAt: 5_000 })
  expect(journal.paymentTaken(r.paymentId)).toBe(r.requestId)
  expect(journal.load(journal.find(r.requestId)!)).toEqual(answerFor('a', r))
  const both = (time: number) => ({ now: time, head: time })
  await journal.prune(both(5_000 + 3600), 3600)
  const [day, early] = [86_400, 4_000]
  for (const clocks of [
    { now: day, head: early },
    { now: early, head: day },
    { now: day, head: undefined },
  ])
    expect(await journal.prune(clocks, 3600)).toBe(0)
  expect(journal.find(r.requestId)).toBeDefined()
  expect(await journal.prune(both(5_001 + 3600), 3600)).toBeGreaterThan(0)
  expect(journal.find(r.requestId)).toBeUndefined()
  expect(journal.find(id('request free'))).toBeUndefined()
  expect(journal.batch(0n)).toBeUndefined()
  expect(journal.find(id('request z'))).toBeDefined()
  await close()
  const again = await open(dir, { segmentBytes: 1 })
  expect(again.journal.unbatched(9).map((u) => u.requestId)).toEqual([id('request z'), id('request y')])
  expect(again.journal.nextSequence).toBe(1n)
})

test('while thousands of entries move into the index each is found all the time, and none holds up the node: they leave memory in small steps', async () => {
  const drop = vi.spyOn(JournalState.prototype, 'drop')
  onTestFinished(() => drop.mockRestore())
  const { journal } = await open(temporaryFolder(), { segmentBytes: 1_000_000 })
  const labels = Array.from({ length: 2_500 }, (_, i) => `${i}`)
  await Promise.all(labels.map((label) => journal.answer(id(`request ${label}`), id(`hash ${label}`), answerFor(label))))
  const leaves = journal.unbatched(2_500)
  const batch = { node: IDENTITY.node, root: id('root'), count: 2_500, total: 0n, sequence: 0n }
  const [requestIds, receiptHashes] = [leaves.map((leaf) => leaf.requestId), leaves.map((leaf) => leaf.receiptHash)]
  await journal.batched({ batch, requestIds, receiptHashes })
  await journal.committed(0n, { signature: '0x', tx: TX, block: 1, at: 5_000 })
  // More than the snapshot that the segment begins with.
  await journal.answer(id('request large'), id('hash large'), answerFor('large', undefined, new Uint8Array(5_000_000)))
  await journal.answer(id('request next'), id('hash next'), answerFor('next'))
  const dropped = () => drop.mock.calls.reduce((sum, [entries]) => sum + entries.length, 0)
  for (let turn = 0; dropped() < 2_500; turn++) {
    for (const each of [requestIds[0]!, requestIds[turn % 2_500]!, requestIds[2_499]!])
      expect(journal.find(each)).toMatchObject({ state: 'free', anchoredAt: 5_000 })
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(Math.max(...drop.mock.calls.map(([entries]) => entries.length))).toBeLessThanOrEqual(1_000)
  for (const each of requestIds) expect(journal.find(each)).toMatchObject({ state: 'free', sequence: 0n })
})

test('with tiny segments a journal that is opened again and again never loses an open request', async () => {
  const dir = temporaryFolder()
  const labels: string[] = []
  for (let round = 0; round < 5; round++) {
    const { journal, close } = await open(dir, { segmentBytes: 600 })
    expect(journal.queued().map((e) => e.requestId)).toEqual(labels.map((label) => id(`request ${label}`)))
    for (let i = 0; i < 5; i++) {
      const label = `${round}.${i}`
      await pay(journal, label)
      labels.push(label)
    }
    await close()
  }
  const { journal } = await open(dir)
  expect(journal.queued().length).toBe(25)
  for (const entry of journal.queued())
    expect(journal.load(journal.find(entry.requestId)!)?.receipt.paymentId).toBe(entry.reservation.paymentId)
})

test('a full disk refuses new payments with DISK_FULL, an answer that cannot be kept counts as aborted, and nothing is lost', async () => {
  const dir = temporaryFolder()
  const disk = faultyDisk(nodeSegments(join(dir, 'log')))
  const { journal, states } = await open(dir, { io: disk, minFreeBytes: 0 })
  const kept = await pay(journal, 'kept')
  const r = reservation('b')
  await journal.reserve(r)
  disk.room = 40
  journal.executed(r)
  await expect(journal.answer(r.requestId, r.requestHash, answerFor('b', r))).rejects.toMatchObject({ code: 'DISK_FULL' })
  await expect(journal.reserve(reservation('c'))).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(journal.find(r.requestId)).toMatchObject({ state: 'aborted' })
  expect(journal.paymentTaken(reservation('c').paymentId)).toBeUndefined()
  disk.room = 1_000_000
  await journal.reserve(reservation('c'))
  expect(journal.queued().map((e) => e.requestId)).toEqual([kept.requestId])
  expect(states).toContain('queued')
})

test('an answer that could not be kept stays withdrawn, though others that came with it could, and a segment was due', async () => {
  const dir = temporaryFolder()
  const disk = faultyDisk(nodeSegments(join(dir, 'log')))
  const first = await open(dir, { io: disk, minFreeBytes: 0, segmentBytes: 1 })
  const [kept, lost] = [reservation('kept'), reservation('lost')]
  for (const r of [kept, lost]) await first.journal.reserve(r)
  // Two writes.
  disk.room = 30_000_000
  const answers = [kept, lost].map((r, i) => {
    const answer = answerFor(['kept', 'lost'][i]!, r, new Uint8Array(20_000_000))
    return first.journal.answer(r.requestId, r.requestHash, answer)
  })
  expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  for (const { journal } of [first, await first.close().then(() => open(dir))]) {
    expect(journal.find(lost.requestId)).toMatchObject({ state: 'aborted' })
    expect(journal.queued().map((e) => e.requestId)).toEqual([kept.requestId])
    expect(journal.unbatched(9).map((e) => e.requestId)).toEqual([kept.requestId])
  }
})

test('a power cut while only free requests come leaves a journal that opens, with what it was told to keep', async () => {
  const dir = temporaryFolder()
  const disk = poweredDisk(nodeSegments(join(dir, 'log')))
  const { journal } = await open(dir, { io: disk, segmentBytes: 5_000 })
  const r = await pay(journal, 'paid')
  const free = Array.from({ length: 40 }, (_, i) => `${i}`)
  for (const [i, label] of free.entries()) {
    await journal.answer(id(`request ${label}`), id(`hash ${label}`), answerFor(label))
    if (i % 4 !== 3) continue
    // What goes into the index is there at once.
    await setTimeout(20)
    const after = temporaryFolder()
    cpSync(join(dir, 'index'), join(after, 'index'), { recursive: true })
    mkdirSync(join(after, 'log'))
    for (const segment of disk.list()) writeFileSync(join(after, 'log', `0000000${segment}.log`), disk.left(segment))
    const { journal: again, close } = await open(after)
    expect(again.queued().map((e) => e.requestId)).toEqual([r.requestId])
    await close()
  }
  expect(disk.list().length).toBeGreaterThan(3)
})

test('no batch and no transaction has an answer that is not written yet: it may not be kept', async () => {
  const dir = temporaryFolder()
  const disk = faultyDisk(nodeSegments(join(dir, 'log')))
  const { journal } = await open(dir, { io: disk, minFreeBytes: 0 })
  const r = reservation('paid')
  await journal.reserve(r)
  const free = () => journal.answer(id('request free'), id('hash free'), answerFor('free'))
  disk.room = 10
  const refused = [free(), journal.answer(r.requestId, r.requestHash, answerFor('paid', r))]
  expect([journal.unbatched(9), journal.queued()]).toEqual([[], []])
  await Promise.allSettled(refused)
  disk.room = 1_000_000
  const kept = free()
  expect(journal.unbatched(9)).toEqual([])
  await kept
  expect(journal.unbatched(9).map((e) => e.requestId)).toEqual([id('request free')])
})

test('a transaction or a batch that cannot be kept leaves everything as it was', async () => {
  const dir = temporaryFolder()
  const disk = faultyDisk(nodeSegments(join(dir, 'log')))
  const { journal } = await open(dir, { io: disk, minFreeBytes: 0 })
  const r = await pay(journal, 'a')
  disk.room = 10
  await expect(journal.submitted({ tx: TX, nonce: 1, raw: '0x', paymentIds: [r.paymentId] })).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(journal.queued().length).toBe(1)
  expect(journal.submissions()).toEqual([])
  const batch = { node: IDENTITY.node, root: id('root'), count: 1, total: 1000n, sequence: 0n }
  const leaf = journal.unbatched(1)[0]!
  const stored = { batch, requestIds: [leaf.requestId], receiptHashes: [leaf.receiptHash] }
  await expect(journal.batched(stored)).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(journal.unbatched(9)).toEqual([leaf])
  expect(journal.nextSequence).toBe(0n)
  disk.room = 1_000_000
  await journal.batched(stored)
  expect(journal.openBatches().length).toBe(1)
})

test('when the disk is nearly full, new requests are refused while what is under way can still be written', async () => {
  const dir = temporaryFolder()
  const disk = faultyDisk(nodeSegments(join(dir, 'log')))
  const { journal } = await open(dir, { io: disk, minFreeBytes: 100_000 })
  const r = reservation('a')
  await journal.reserve(r)
  disk.room = 50_000
  expect(() => journal.checkRoom(performance.now() + 2000)).toThrow('nearly full')
  await expect(journal.reserve(reservation('b'))).rejects.toMatchObject({ code: 'DISK_FULL' })
  await journal.answer(r.requestId, r.requestHash, answerFor('a', r))
  expect(journal.queued().length).toBe(1)
})

test('when too many receipts wait for the chain, new requests are refused until some are in a batch', async () => {
  const { journal } = await open(temporaryFolder(), { maxUnbatched: 2 })
  const r = reservation('late')
  await journal.reserve(r)
  for (const label of ['a', 'b']) await journal.answer(id(`request ${label}`), id(`hash ${label}`), answerFor(label))
  expect(() => journal.checkRoom()).toThrow(expect.objectContaining({ code: 'NODE_BACKLOG', details: { limit: 2, retryAfterMs: 3000 } }))
  await expect(journal.reserve(reservation('b'))).rejects.toMatchObject({ code: 'NODE_BACKLOG' })
  await journal.answer(r.requestId, r.requestHash, answerFor('late', r))
  const [first] = journal.unbatched(1)
  const batch = { node: IDENTITY.node, root: id('root'), count: 1, total: 0n, sequence: 0n }
  await journal.batched({ batch, requestIds: [first!.requestId], receiptHashes: [first!.receiptHash] })
  expect(() => journal.checkRoom()).toThrow('wait to be anchored')
  const [second] = journal.unbatched(1)
  await journal.batched({ batch: { ...batch, sequence: 1n }, requestIds: [second!.requestId], receiptHashes: [second!.receiptHash] })
  journal.checkRoom()
})

test('a request that had run when a snapshot was written is closed as aborted at the next start, too', async () => {
  const dir = temporaryFolder()
  const { journal, close } = await open(dir, { segmentBytes: 1 })
  const r = reservation('a')
  await journal.reserve(r)
  journal.executed(r)
  for (let i = 0; i < 9; i++) await journal.answer(id(`request ${i}`), id(`hash ${i}`), answerFor(`${i}`))
  await close()
  const again = (await open(dir)).journal
  expect(again.find(r.requestId)).toMatchObject({ state: 'aborted' })
  expect(again.exposures.onCredit(r.payer)).toEqual({ open: 0n, count: 0 })
})

test('a journal of another node, chain or contract is never opened', async () => {
  const dir = temporaryFolder()
  const { close } = await open(dir)
  await close()
  for (const other of [{ chainId: 5n }, { node: account('other') }, { settlement: account('other') }]) {
    await expect(open(dir, { identity: { ...IDENTITY, ...other } })).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' })
  }
})

test('a log that was moved beside another index is noticed', async () => {
  const dir = temporaryFolder()
  const first = await open(dir)
  await first.close()
  const io = nodeSegments(join(dir, 'log'))
  const other = { ...IDENTITY, chainId: 5n }
  await expect(open(temporaryFolder(), { io, identity: other })).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' })
})

test('two processes cannot have one journal', async () => {
  const dir = temporaryFolder()
  await open(dir)
  await expect(open(dir)).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' })
})

test('a damaged byte in what was acknowledged is refused, a torn end is cut off', async () => {
  const dir = temporaryFolder()
  const first = await open(dir)
  await pay(first.journal, 'a')
  await pay(first.journal, 'b')
  await first.close()
  const file = join(dir, 'log', '00000001.log')
  const good = readFileSync(file)

  writeFileSync(file, Buffer.concat([good, utf8('half a frame')]))
  const second = await open(dir)
  expect(second.journal.queued().length).toBe(2)
  await second.close()

  const damaged = Buffer.from(good)
  damaged[good.length >> 1]! ^= 1
  writeFileSync(file, damaged)
  await expect(open(dir)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' })
})

test('a missing segment is refused', async () => {
  const dir = temporaryFolder()
  const first = await open(dir, { segmentBytes: 1 })
  for (const label of ['a', 'b', 'c']) await pay(first.journal, label)
  await first.close()
  const io = nodeSegments(join(dir, 'log'))
  io.remove(io.list().at(-1)!)
  io.remove(io.list().at(-1)!)
  await expect(open(dir)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' })
})

test('an index whose log is gone, or empty, is refused: what was signed could be signed for again', async () => {
  const dir = temporaryFolder()
  const first = await open(dir)
  await pay(first.journal, 'a')
  await first.close()
  const file = join(dir, 'log', '00000001.log')
  writeFileSync(file, '')
  await expect(open(dir)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', message: expect.stringContaining('segment 1 is empty') })
  rmSync(join(dir, 'log'), { recursive: true })
  await expect(open(dir)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', message: expect.stringContaining('segment 1 is missing') })
  await expect(open(dir)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' })
})

test('a journal that was killed before its first record is begun again', async () => {
  const dir = temporaryFolder()
  await (await Archive.open(join(dir, 'index'), IDENTITY)).close()
  for (let life = 0; life < 2; life++) {
    const { journal, close } = await open(dir)
    expect(journal.queued()).toEqual([])
    await close()
  }
})

test('a stored answer whose bytes changed on disk is not served', async () => {
  const dir = temporaryFolder()
  const { journal } = await open(dir)
  const r = await pay(journal, 'a')
  const known = journal.find(r.requestId)!
  const file = join(dir, 'log', '00000001.log')
  const bytes = readFileSync(file)
  bytes[known.at!.offset + known.at!.length - 1]! ^= 1
  writeFileSync(file, bytes)
  expect(() => journal.load(known)).toThrow('damaged')
})

test('a sealed answer of an older journal, which has its SHA-256, is given out, and damage to it is seen', async () => {
  for (const damage of [0, 1]) {
    const dir = temporaryFolder()
    const { journal, close } = await open(dir)
    const r = reservation('old')
    await journal.reserve(r)
    journal.executed(r)
    const body = utf8('sealed bytes')
    const answer = { ...answerFor('old', r, body), execution: new Uint8Array(), sealed: sha256Hex(body) }
    await journal.answer(r.requestId, r.requestHash, { ...answer, body: body.map((byte) => byte ^ damage) })
    await close()
    const again = (await open(dir)).journal
    const load = () => again.load(again.find(r.requestId)!)
    if (damage) expect(load).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
    else expect(load()).toMatchObject({ sealed: sha256Hex(body), body })
  }
})
