import { expect, test } from 'vitest'
import { Exposures } from './exposures.ts'
import { account, answerFor, IDENTITY, id, reservation } from './journal.testkit.ts'
import { fromJson, toJson } from './record.ts'
import { JournalState } from './state.ts'

const first = (label: string, payer = label) => reservation(label, { payer: account(payer), settleFirst: true })

test('a payment that was refused on chain has no turn any more, and gives none back when it ends', () => {
  const exposures = new Exposures()
  const [a, b, credit] = [first('a'), first('b'), reservation('c', { payer: account('a') })]
  for (const one of [a, b, credit]) exposures.note(one, true)
  expect(exposures.payersSettlingFirst).toBe(2)
  for (const one of [a, a, credit]) exposures.refused(one)
  expect(exposures.payersSettlingFirst).toBe(1)
  expect(exposures.settleFirst(a.payer)).toEqual({ open: a.value, count: 1 })
  exposures.note(a, false)
  expect(exposures.payersSettlingFirst).toBe(1)
  const next = first('d', 'a')
  exposures.note(next, true)
  expect(exposures.payersSettlingFirst).toBe(2)
  for (const one of [next, b, credit]) exposures.note(one, false)
  expect([exposures.payersSettlingFirst, exposures.onCredit(a.payer).count]).toEqual([0, 0])
})

test('the snapshot of a journal keeps who has no turn', () => {
  const before = new JournalState(IDENTITY)
  before.apply({ type: 'snapshot', snapshot: before.snapshot() }, 1)
  const [a, b] = [first('a'), first('b')]
  for (const [label, r] of [['a', a] as const, ['b', b] as const]) {
    before.apply({ type: 'reserve', reservation: r }, 1)
    before.apply({ type: 'answer', requestId: r.requestId, requestHash: r.requestHash, answer: answerFor(label, r) }, 1)
  }
  const tx = id('tx')
  before.apply({ type: 'submit', submission: { tx, nonce: 1, raw: '0x02', paymentIds: [a.paymentId] } }, 1)
  const refused = { reason: 'ERC20InsufficientBalance', blame: 'payer', at: 5 } as const
  before.apply({ type: 'requeue', tx, paymentIds: [a.paymentId], refused }, 1)
  const after = new JournalState(IDENTITY)
  after.apply({ type: 'snapshot', snapshot: fromJson(toJson(before.snapshot())) as ReturnType<typeof before.snapshot> }, 2)
  for (const { exposures, payments } of [before, after]) {
    expect(exposures.payersSettlingFirst).toBe(1)
    expect(payments.get(a.paymentId)).toMatchObject({ state: 'queued', refused: { ...refused, tries: 1 } })
  }
})
