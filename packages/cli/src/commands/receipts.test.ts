import { expect, test } from 'vitest'
import { styleOf } from '../render/style.ts'
import { type Found, receiptLines, toList } from './receipts.ts'

const id = (digit: string) => `0x${digit.repeat(8)}${'0'.repeat(48)}${digit.repeat(8)}` as const
const entry = (digit: string, more: Partial<Found>): Found => ({
  requestId: id(digit),
  secret: id('5'),
  modelId: id('6'),
  model: 'alice/volatility',
  node: `0x${'6'.repeat(40)}`,
  requestHash: id('7'),
  price: 2_000_000_000_000_000n,
  at: 1_790_000_000,
  state: 'answered',
  settledFor: undefined,
  held: undefined,
  redress: undefined,
  payBefore: undefined,
  ...more,
})
const redress = { paymentId: id('8'), node: `0x${'6'.repeat(40)}`, price: 1n, height: 9, until: 3609, deposit: 1n, gas: 1n } as const

test('requests are listed by as much of their ids as every screen shows, with what can be done', () => {
  const found = [
    entry('1', { settledFor: id('9') }),
    entry('2', { payBefore: 1_790_000_301 }),
    entry('d', { payBefore: 1_790_000_300 }),
    entry('3', { state: 'sent' }),
    entry('4', { state: 'refused', code: 'VERIFICATION_FAILED' }),
    entry('a', { level: 'zk', redress: { ...redress, requestId: id('a'), state: 'held' } }),
    entry('b', { level: 'zk', redress: { ...redress, requestId: id('b'), state: 'unproved' } }),
    entry('c', { price: 0n }),
  ]
  expect(receiptLines(found, styleOf(false), 1_790_000_300).join('\n')).toBe(`\
2026-09-21 14:13  0x11111111…11111111  alice/volatility  signature  0.002 OPG  settled
2026-09-21 14:13  0x22222222…22222222  alice/volatility  signature  0.002 OPG  pending
2026-09-21 14:13  0xdddddddd…dddddddd  alice/volatility  signature  0.002 OPG  not collected, nothing paid
2026-09-21 14:13  0x33333333…33333333  alice/volatility  signature  0.002 OPG  outcome unknown
2026-09-21 14:13  0x44444444…44444444  alice/volatility  signature  0.002 OPG  refused VERIFICATION_FAILED
2026-09-21 14:13  0xaaaaaaaa…aaaaaaaa  alice/volatility  zk         0.002 OPG  held
2026-09-21 14:13  0xbbbbbbbb…bbbbbbbb  alice/volatility  zk         0.002 OPG  not proved
2026-09-21 14:13  0xcccccccc…cccccccc  alice/volatility  signature  0 OPG      free
Outcome unknown: \`og recover ID\` asks again and never pays twice.
0xaaaaaaaa…aaaaaaaa: og accept pays its node now; og challenge demands its proof, to block 3609
0xbbbbbbbb…bbbbbbbb: no proof came: og collect brings price, deposit and penalty`)
})

test('the newest requests are listed, and those of unknown outcome whatever their age', () => {
  const all = [
    entry('1', {}),
    entry('2', { state: 'sent' }),
    entry('3', {}),
    entry('4', { state: 'sent' }),
    entry('5', { state: 'refused' }),
  ]
  expect(toList(all, 2)).toEqual([id('1'), id('2'), id('4')])
  expect(toList(all, 9)).toEqual(all.map(({ requestId }) => requestId))
})
