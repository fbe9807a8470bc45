import { OgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reservation } from '../journal/entry.ts'
import { account, answerFor, IDENTITY, id, reservation } from '../journal/journal.testkit.ts'
import { fromJson, type JournalRecord, type Snapshot, toJson } from '../journal/record.ts'
import { JournalState } from '../journal/state.ts'
import { type CreditLimits, checkCredit, pauseLeft, settlesFirst } from './credit.ts'

const PAYER = account('payer')
const DAY = 86_400

/** What a payer, or the chain, does. `which`: of the open payments. */
type Step =
  | { do: 'ask'; price: bigint }
  | { do: 'pay' | 'fail' | 'refuse' | 'expire'; which: number }
  | { do: 'wait'; seconds: number }
  | { do: 'restart' }

const which = fc.nat({ max: 20 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), price: fc.bigInt({ min: 1n, max: 12n }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('pay' as const, 'fail' as const, 'refuse' as const, 'expire' as const), which }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 2 * DAY }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
)
const limits: fc.Arbitrary<CreditLimits> = fc.record({
  max: fc.bigInt({ min: 1n, max: 20n }),
  settleFirstAbove: fc.bigInt({ min: 0n, max: 20n }),
})

/** A node's book of one payer with all the money there is, and what it lost by them. */
class Book {
  state = new JournalState(IDENTITY)
  now = 1_000
  paid = 0n
  /** Answers that were given out and never paid for, OPG wei. */
  lost = 0n
  /** Runs of which nothing was given out, and nothing paid. */
  inVain = 0
  readonly #limits: CreditLimits
  #n = 0

  constructor(limits: CreditLimits) {
    this.#limits = limits
    this.#apply({ type: 'snapshot', snapshot: this.state.snapshot() })
  }

  get standing() {
    return this.state.standing(PAYER)
  }

  get open(): Reservation[] {
    return [...this.state.payments.values()].filter(({ state }) => state === 'queued').map((entry) => entry.reservation!)
  }

  /** Whether the payer is served. */
  ask(price: bigint): boolean {
    const { exposures } = this.state
    const open = {
      onCredit: exposures.onCredit(PAYER),
      settleFirst: exposures.settleFirst(PAYER),
      payersSettlingFirst: exposures.payersSettlingFirst,
    }
    try {
      checkCredit(price, 10n ** 18n, open, this.standing, this.#limits, this.now)
    } catch (error) {
      if (error instanceof OgError && error.code === 'PAYMENT_CREDIT_EXHAUSTED') return false
      throw error
    }
    const label = `${this.#n++}`
    const first = settlesFirst(price, this.standing, this.#limits)
    const taken = reservation(label, { payer: PAYER, value: price, ...(first && { settleFirst: true as const }) })
    this.#apply({ type: 'reserve', reservation: taken })
    this.#apply({ type: 'answer', requestId: taken.requestId, requestHash: taken.requestHash, answer: answerFor(label, taken) })
    return true
  }

  pay({ paymentId, value }: Reservation): void {
    this.#apply({ type: 'settle', tx: id(`tx ${paymentId}`), block: 1, paymentIds: [paymentId] })
    this.paid += value
  }

  /** It can never be collected, or could not be yet. */
  fail({ paymentId, value, settleFirst }: Reservation, how: 'fail' | 'refuse' | 'expire'): void {
    const at = this.now
    if (how === 'refuse') {
      const tx = id(`try ${this.#n++}`)
      this.#apply({ type: 'submit', submission: { tx, nonce: this.#n, raw: '0x', paymentIds: [paymentId] } })
      this.#apply({ type: 'requeue', tx, paymentIds: [paymentId], refused: { reason: 'ERC20InsufficientBalance', blame: 'payer', at } })
      return
    }
    const state = how === 'fail' ? 'reverted' : 'expired'
    const blame = how === 'fail' ? 'payer' : (this.state.payments.get(paymentId)?.refused?.blame ?? 'node')
    this.#apply({ type: 'close', paymentId, state, reason: how, blame, at })
    if (blame === 'node') return
    if (settleFirst) this.inVain++
    else this.lost += value
  }

  /** As a journal is read again: of the payer's standing, the index; of all else, what a snapshot tells. */
  restart(): void {
    const standing = fromJson(toJson(this.standing)) as typeof this.standing
    const snapshot = fromJson(toJson(this.state.snapshot())) as Snapshot
    this.state = new JournalState(IDENTITY, () => standing)
    this.#apply({ type: 'snapshot', snapshot })
  }

  #apply(record: JournalRecord): void {
    this.state.apply(record, 1)
  }
}

function live(book: Book, steps: readonly Step[], after: () => void): void {
  for (const one of steps) {
    const open = book.open
    if (one.do === 'ask') book.ask(one.price)
    else if (one.do === 'wait') book.now += one.seconds
    else if (one.do === 'restart') book.restart()
    else if (open.length > 0) {
      const chosen = open[one.which % open.length]!
      if (one.do === 'pay') book.pay(chosen)
      else book.fail(chosen, one.do)
    }
    after()
  }
}

test('whatever a payer does, the answers had for nothing are never worth more than what was paid and the limit; what is open is what is counted', () => {
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 120 }), (limit, steps) => {
      const book = new Book(limit)
      live(book, steps, () => {
        const { exposures } = book.state
        const { open } = exposures.onCredit(PAYER)
        expect(book.lost + open).toBeLessThanOrEqual(book.paid + limit.max)
        expect(open).toBeLessThanOrEqual(limit.max)
        const counted = book.open.reduce((sum, { value }) => sum + value, 0n)
        expect(open + exposures.settleFirst(PAYER).open).toBe(counted)
        expect(exposures.settleFirst(PAYER).count).toBeLessThanOrEqual(1)
        expect(book.standing.settled).toBe(book.paid)
      })
    }),
    { numRuns: 400 },
  )
})

test('an honest payer comes back, whatever was before: within a day, and by paying once what they owe they have credit again', () => {
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 80 }), fc.bigInt({ min: 1n, max: 12n }), (limit, steps, price) => {
      const book = new Book(limit)
      live(book, steps, () => {})
      for (const open of book.open) book.pay(open)
      book.now += DAY
      const owed = book.standing.trust < 0n ? -book.standing.trust : 0n
      let paid = 0n
      while (paid < owed) {
        expect(book.ask(price)).toBe(true)
        book.pay(book.open[0]!)
        paid += price
      }
      expect(book.standing).toMatchObject({ strikes: 0, struckAt: 0 })
      expect(book.ask(price)).toBe(true)
      const { onCredit } = { onCredit: book.state.exposures.onCredit(PAYER).count }
      expect(onCredit).toBe(price > limit.max || price > limit.settleFirstAbove! ? 0 : 1)
    }),
    { numRuns: 200 },
  )
})

test('who never pays has a model run for nothing twelve times in a day, and once a day from then on', () => {
  const book = new Book({ max: 1n, settleFirstAbove: 0n })
  const runsUntil = (end: number) => {
    const before = book.inVain
    while (book.now + pauseLeft(book.standing, book.now) < end) {
      book.now += pauseLeft(book.standing, book.now)
      expect(book.ask(1n)).toBe(true)
      book.fail(book.open[0]!, 'fail')
    }
    book.now = end
    return book.inVain - before
  }
  expect([1, 2, 3, 4, 5].map((day) => runsUntil(1_000 + day * DAY))).toEqual([12, 1, 1, 1, 1])
})
