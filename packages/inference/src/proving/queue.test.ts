import { type Hex, OgError, utf8 } from '@opengradient/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../log.ts'
import { folderFiles } from './files.ts'
import type { ProvableModel } from './provers.ts'
import { eventually, faultyFiles, jobOf, temporaryFolder } from './proving.testkit.ts'
import { ProofQueue, type ProofQueueOptions } from './queue.ts'
import { ProofShelf } from './shelf.ts'

const MODEL = { modelId: jobOf('a').modelId, zkModelId: jobOf('a').zkModelId } as ProvableModel
const ZK = MODEL.zkModelId
const proofOf = (x: Uint8Array) => utf8(`proof of ${Buffer.from(x)}`)

/** A queue over a real folder, with a prover that tests hold up and let fail. */
async function setUp(over: Partial<ProofQueueOptions> = {}, dir = temporaryFolder()) {
  const proved: string[] = []
  const control = {
    proved,
    expectedMs: 10 as number | undefined,
    /** Proofs wait for it. */
    gate: Promise.resolve() as Promise<unknown>,
    fail: (_: string): Error | undefined => undefined,
    y: (x: string) => x.replace('x of', 'y of'),
  }
  const files = faultyFiles(await folderFiles(dir))
  const { shelf, found } = await ProofShelf.open({ files, maxBytes: 1_000_000, log: silentLog })
  const queue = new ProofQueue({
    shelf,
    provers: {
      expectedMs: () => control.expectedMs,
      prove: async (_model, x) => {
        const text = Buffer.from(x).toString()
        await control.gate
        const error = control.fail(text)
        if (error) throw error
        proved.push(text.replace('x of ', ''))
        return { y: utf8(control.y(text)), proof: proofOf(x), computeUs: 10_000 }
      },
    },
    modelOf: async () => MODEL,
    maxJobs: 5,
    deadlineMs: 1_000,
    now: Date.now,
    log: silentLog,
    retryMs: [5, 5],
    ...over,
  })
  queue.start(found)
  onTestFinished(() => queue.stop())
  return { queue, shelf, files, dir, control }
}

function held() {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  return { gate, open }
}

const until = (queue: ProofQueue, requestId: Hex, state: string) =>
  eventually(() => queue.progress(requestId)?.state === state, `${state}, not ${queue.progress(requestId)?.state}`)

describe('the queue of proofs', () => {
  test('proves what is handed in, and keeps it', async () => {
    const { queue, control, dir } = await setUp()
    const a = jobOf('a')
    const { kept, proved } = queue.submit(a)
    await kept
    expect(await proved).toEqual(proofOf(a.x))
    await until(queue, a.requestId, 'proved')
    expect(await queue.proof(a.requestId)).toEqual(Buffer.from(proofOf(a.x)))
    await queue.stop()
    const next = await setUp({}, dir)
    expect(next.queue.progress(a.requestId)?.state).toBe('proved')
    expect([control.proved, next.control.proved]).toEqual([['a'], []])
  })

  test('orders by challenge, then by deadline, and says how many come before', async () => {
    const { queue, control } = await setUp()
    const { gate, open } = held()
    control.gate = gate
    const jobs = [
      jobOf('first', { deadline: 99 }),
      jobOf('late', { deadline: 300 }),
      jobOf('early', { deadline: 100 }),
      jobOf('rest', { deadline: 400 }),
    ]
    for (const job of jobs) await queue.submit(job).kept
    const [first, late, early, rest] = jobs.map((job) => job.requestId) as [Hex, Hex, Hex, Hex]
    const positions = () => [first, late, early, rest].map((id) => queue.progress(id)?.position)
    expect(positions()).toEqual([0, 2, 1, 3])
    expect(queue.demand(rest, Date.now() + 60_000)).toBe('queued')
    expect(positions()).toEqual([0, 3, 2, 1])
    expect(queue.progress(first)).toMatchObject({ state: 'proving', expectedMs: 10 })
    expect(queue.progress(late)).toMatchObject({ state: 'queued', expectedMs: 40 })
    open()
    await until(queue, late, 'proved')
    expect(control.proved).toEqual(['first', 'rest', 'early', 'late'])
  })

  test('refuses what could not be made before its deadline, with a time to come back, and what is over its length', async () => {
    const { queue, control } = await setUp()
    control.expectedMs = 400
    const places = [queue.place(ZK), queue.place(ZK)]
    expect(() => queue.place(ZK)).toThrow(expect.objectContaining({ code: 'ZK_QUEUE_FULL', details: { retryAfterMs: 1_000, waiting: 0 } }))
    places[0]!.release()
    places[0]!.release()
    queue.place(ZK)
    control.expectedMs = 1
    for (let i = 2; i < 5; i++) queue.place(ZK)
    expect(() => queue.place(ZK)).toThrow(expect.objectContaining({ code: 'ZK_QUEUE_FULL' }))
  })

  test('counts as quick what is there in time with all that come before it, once a proof was timed', async () => {
    const { queue, control } = await setUp()
    const { gate, open } = held()
    control.gate = gate
    for (const label of ['a', 'b', 'c']) await queue.submit(jobOf(label)).kept
    queue.place(ZK)
    expect([queue.isQuick(ZK, 50), queue.isQuick(ZK, 40)]).toEqual([true, false])
    control.expectedMs = undefined
    expect(queue.isQuick(ZK, 10_000)).toBe(false)
    open()
  })

  test('refuses everything when the shelf is full', async () => {
    const { queue, shelf } = await setUp()
    await shelf.finish(jobOf('a').requestId, new Uint8Array(1_000_000))
    expect(() => queue.place(ZK)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  })

  test('a job that cannot be kept is not owed, and leaves nothing behind', async () => {
    const { queue, files } = await setUp()
    files.full = /job/
    const a = jobOf('a')
    const { kept } = queue.submit(a)
    await expect(kept).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(queue.progress(a.requestId)).toBeUndefined()
    await eventually(async () => (await files.list()).length === 0, 'nothing left')
  })

  test('a disk that is full while a proof is written: the proof is made again when there is room', async () => {
    // As often as it takes until the test has seen the first failure and made room.
    const { queue, files } = await setUp({ retryMs: Array.from({ length: 10_000 }, () => 20) })
    files.full = /proof/
    const a = jobOf('a')
    await queue.submit(a).kept
    await eventually(() => queue.failures > 0, 'failed once')
    expect(await queue.proof(a.requestId)).toBeUndefined()
    files.full = undefined
    await until(queue, a.requestId, 'proved')
    expect(await queue.proof(a.requestId)).toEqual(Buffer.from(proofOf(a.x)))
  })

  test('a prover that dies is tried again; one that always does is given up, and a challenge asks for it once more', async () => {
    const { queue, control } = await setUp()
    let deaths = 0
    const crash = () => new OgError('ENGINE_CRASHED', 'gone')
    control.fail = () => (deaths++ < 2 ? crash() : undefined)
    const a = jobOf('a')
    await queue.submit(a).kept
    await until(queue, a.requestId, 'proved')
    expect(queue.failures).toBe(2)

    control.fail = crash
    const b = jobOf('b')
    await queue.submit(b).kept
    await until(queue, b.requestId, 'failed')
    expect(queue.progress(b.requestId)?.reason).toBe('gone')
    control.fail = () => undefined
    queue.demand(b.requestId, Date.now() + 60_000)
    await until(queue, b.requestId, 'proved')
  })

  test('never keeps a proof of other outputs than those that were answered', async () => {
    const { queue, control } = await setUp()
    control.y = () => 'something else'
    const a = jobOf('a')
    const { kept, proved } = queue.submit(a)
    await kept
    expect(await proved).toBeUndefined()
    await until(queue, a.requestId, 'failed')
    expect(await queue.proof(a.requestId)).toBeUndefined()
  })

  test('an answer that is taken back while its proof is made leaves no files', async () => {
    const { queue, control, files } = await setUp()
    const { gate, open } = held()
    control.gate = gate
    const a = jobOf('a')
    await queue.submit(a).kept
    await queue.forget(a.requestId)
    open()
    const b = jobOf('b')
    await queue.submit(b).kept
    await until(queue, b.requestId, 'proved')
    expect((await files.list()).map(({ name }) => name.slice(0, 64))).toEqual(Array(2).fill(b.requestId.slice(2)))
  })

  test('goes on after a restart with what was not proved, in the same order', async () => {
    const { queue, control, dir } = await setUp()
    const { gate, open } = held()
    control.gate = gate
    for (const [label, deadline] of [
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ] as const)
      await queue.submit(jobOf(label, { deadline })).kept
    const next = await setUp({}, dir)
    await until(next.queue, jobOf('a').requestId, 'proved')
    expect(next.control.proved).toEqual(['c', 'b', 'a'])
    open()
  })
})
