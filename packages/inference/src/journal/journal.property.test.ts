import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hex } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWithheld } from './entry.ts'
import { asFormat1 } from './format1.testkit.ts'
import { nodeSegments } from './io.ts'
import { account, answerFor, IDENTITY, id, reservation } from './journal.testkit.ts'
import { Journal } from './journal.ts'

/** One thing that happens to a node; `pick` chooses among what there is. */
type Step =
  | {
      do:
        | 'pay'
        | 'reserve'
        | 'execute'
        | 'free'
        | 'submit'
        | 'settle'
        | 'requeue'
        | 'refuse'
        | 'replace'
        | 'batch'
        | 'commit'
        | 'restart'
        | 'age'
    }
  | { do: 'close'; state: 'expired' | 'reverted' | 'aborted'; pick: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'pay' }, { do: 'free' }, { do: 'reserve' }, { do: 'execute' }) },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Step>(
        { do: 'submit' },
        { do: 'settle' },
        { do: 'batch' },
        { do: 'commit' },
        { do: 'requeue' },
        { do: 'refuse' },
        { do: 'replace' },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('close' as const), state: fc.constantFrom('expired', 'reverted', 'aborted'), pick: fc.nat() }),
    },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'restart' }, { do: 'age' }) },
  ),
  { maxLength: 30, size: 'max' },
)

/** Does steps to a journal, as a node would. */
class Driver {
  journal!: Journal
  readonly ids: Hex[] = []
  #n = 0
  readonly #dir: string
  readonly #segmentBytes: number

  constructor(dir: string, segmentBytes: number) {
    this.#dir = dir
    this.#segmentBytes = segmentBytes
  }

  async open(): Promise<void> {
    const io = nodeSegments(join(this.#dir, 'log'), 4096)
    this.journal = await Journal.open({ dir: this.#dir, identity: IDENTITY, segmentBytes: this.#segmentBytes, io })
  }

  async step(step: Step): Promise<void> {
    const { journal } = this
    const label = `${this.#n++}`
    const payer = account(`payer ${this.#n % 3}`)
    switch (step.do) {
      case 'pay':
      case 'reserve':
      case 'execute': {
        const r = reservation(label, { payer, ...(this.#n % 4 === 0 && { settleFirst: true }) })
        this.ids.push(r.requestId)
        await journal.reserve(r)
        if (step.do === 'reserve') break
        journal.executed(r)
        if (step.do === 'execute') break
        await journal.answer(r.requestId, r.requestHash, answerFor(label, r))
        break
      }
      case 'free':
        this.ids.push(id(`request ${label}`))
        await journal.answer(id(`request ${label}`), id(`hash ${label}`), answerFor(label))
        break
      case 'submit': {
        const paymentIds = journal.queued().map((e) => e.reservation.paymentId)
        if (paymentIds.length > 0) await journal.submitted({ tx: id(`tx ${label}`), nonce: this.#n, raw: '0x02', paymentIds })
        break
      }
      case 'replace': {
        const submission = journal.submissions()[0]
        if (submission) await journal.submitted({ ...submission, tx: id(`dearer ${label}`) })
        break
      }
      case 'settle':
      case 'requeue':
      case 'refuse': {
        const submission = journal.submissions()[0]
        if (!submission) break
        if (step.do === 'settle') await journal.settled(submission.tx, this.#n, submission.paymentIds)
        else if (step.do === 'requeue') await journal.requeued(submission.tx, submission.paymentIds)
        else await journal.requeued(submission.tx, submission.paymentIds.slice(1), { reason: 'why not', blame: 'payer', at: this.#n })
        break
      }
      case 'close': {
        const open = journal.unsettled()
        const entry = open[step.pick % Math.max(1, open.length)]
        if (entry) await journal.close(entry.reservation.paymentId, step.state, 'because', step.pick % 2 === 0 ? 'payer' : 'node', this.#n)
        break
      }
      case 'batch': {
        const leaves = journal.unbatched(5)
        if (leaves.length === 0 || journal.openBatches().length > 0) break
        const total = leaves.reduce((sum, leaf) => sum + leaf.price, 0n)
        const batch = { node: IDENTITY.node, root: id(label), count: leaves.length, total, sequence: journal.nextSequence }
        await journal.batched({ batch, requestIds: leaves.map((l) => l.requestId), receiptHashes: leaves.map((l) => l.receiptHash) })
        break
      }
      case 'commit': {
        const open = journal.openBatches()[0]
        if (open) await journal.committed(open.batch.sequence, { signature: '0x', tx: id(`commit ${label}`), block: this.#n, at: this.#n })
        break
      }
      case 'restart':
      case 'age':
        await journal.shut()
        // As if older software had run until now.
        if (step.do === 'age') await asFormat1(join(this.#dir, 'index'))
        await this.open()
    }
  }

  /** All that a caller can see. What has no answer yet is told as a restart will leave it. */
  seen() {
    const { journal } = this
    const entries = this.ids.map((each) => {
      const known = journal.find(each)
      if (known?.state === 'reserved' || known?.state === 'executed') return { id: each, state: 'aborted' }
      const answer = known && journal.load(known)
      return {
        id: each,
        state: known?.state,
        refused: known?.refused,
        sequence: known?.sequence,
        anchoredAt: known?.anchoredAt,
        settlement: known?.settlement,
        hash: answer?.receiptHash,
        withheld: answer && isWithheld(known),
      }
    })
    const sequences = Array.from({ length: Number(journal.nextSequence) }, (_, i) => journal.batch(BigInt(i)))
    return {
      entries,
      sequences,
      queued: journal.queued().map((e) => e.requestId),
      submissions: journal.submissions(),
      unbatched: journal.unbatched(1000),
      open: journal.openBatches(),
      standings: [0, 1, 2].map((n) => journal.standing(account(`payer ${n}`))),
    }
  }
}

test('whatever happened, a restart shows the same: every state, every answer, every batch, whoever is owed what', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1, 700, 4000, 1_000_000), async (todo, segmentBytes) => {
      const dir = await mkdtemp(join(tmpdir(), 'og-journal-'))
      const driver = new Driver(dir, segmentBytes)
      await driver.open()
      try {
        for (const step of todo) await driver.step(step)
        const before = driver.seen()
        await driver.step({ do: 'restart' })
        expect(driver.seen()).toEqual(before)
        const open = driver.journal.unsettled()
        const { exposures } = driver.journal
        for (const payer of [0, 1, 2].map((n) => account(`payer ${n}`))) {
          for (const first of [false, true]) {
            const theirs = open.filter((e) => e.reservation.payer === payer && (e.reservation.settleFirst ?? false) === first)
            const sum = theirs.reduce((total, e) => total + e.reservation.value, 0n)
            expect(first ? exposures.settleFirst(payer) : exposures.onCredit(payer)).toEqual({ open: sum, count: theirs.length })
          }
        }
        const firsts = open.filter((e) => e.reservation.settleFirst)
        const turns = firsts.filter((e) => e.refused === undefined)
        expect(exposures.payersSettlingFirst).toBe(new Set(turns.map((e) => e.reservation.payer)).size)
        const refused = open.filter((e) => e.refused && e.state === 'queued').length
        expect(driver.journal.counts()).toMatchObject({ refused, queued: driver.journal.queued().length - refused })
        expect(driver.journal.counts().withheld).toBe(firsts.length)
      } finally {
        await driver.journal.shut()
        rmSync(dir, { recursive: true, force: true })
      }
    }),
    { numRuns: 60 },
  )
})
