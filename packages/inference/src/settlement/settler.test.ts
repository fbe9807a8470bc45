import { mostGasPrice } from '@opengradient/client'
import { ADDRESSES, settlementAbi, wopgAbi } from '@opengradient/contracts'
import { bytesToHex, type Hex, OgError, ZERO_HASH } from '@opengradient/protocol'
import { decodeFunctionData, encodeAbiParameters, encodeErrorResult, encodeEventTopics, zeroAddress } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import type { Included, Sender, SignedTx } from '../chain/sender.ts'
import { account, answerFor, IDENTITY, id, reservation, temporaryFolder } from '../journal/journal.testkit.ts'
import { Journal } from '../journal/journal.ts'
import { silentLog } from '../log.ts'
import { Settler } from './settler.ts'

type Script = (paymentIds: Hex[], keep: (signed: SignedTx) => Promise<void>) => Promise<Included>

/** A settler over a real journal, with a chain that does what the test says. */
async function setUp(
  script: {
    dir?: string
    send?: Script
    follow?: Script
    included?: (tx: Hex) => Included | undefined
    clear?: Sender['clear']
    used?: number
  } = {},
) {
  const states: [string, Hex][] = []
  const journal = await Journal.open({
    dir: script.dir ?? temporaryFolder(),
    identity: IDENTITY,
    onState: (state, requestId) => states.push([state, requestId]),
  })
  let shut: Promise<void> | undefined
  const stop = () => {
    shut ??= journal.shut()
    return shut
  }
  onTestFinished(stop)
  const chain = {
    time: 1_800_000_010,
    settled: new Map<Hex, Hex>(),
    spent: new Set<Hex>(),
    used: 1_000,
    sent: [] as Hex[][],
    balance: 0n,
    looks: 0,
    proven: undefined as number | undefined,
  }
  const sender: Pick<Sender, 'send' | 'follow' | 'resend' | 'clear' | 'included' | 'used'> = {
    send: async ({ data }, keep) => {
      const { args } = decodeFunctionData({ abi: settlementAbi, data: bytesToHex(data) })
      const ids = (args![0] as readonly { paymentId: Hex }[]).map(({ paymentId }) => paymentId)
      chain.sent.push(ids)
      return script.send!(ids, keep)
    },
    follow: async (candidates, _, keep) => script.follow!(journal.submissions().find((s) => s.tx === candidates[0]!.tx)!.paymentIds, keep),
    resend: async () => {},
    clear: script.clear ?? (async () => {}),
    included: async (tx) => script.included?.(tx),
    used: async () => script.used ?? 0,
  }
  const head = () => ({ number: 9n, timestamp: chain.time, baseFee: 7n, gasLimit: 60_000_000n })
  const view = {
    head: head(),
    balance: undefined as bigint | undefined,
    refreshHead: async () => {
      view.head = head()
      return view.head
    },
    payer: async () => {
      chain.looks++
      return { balance: chain.balance, nonceUsed: false }
    },
  }
  const prove = async (ids: readonly Hex[]) => ({
    receipts: ids.map((each) => chain.settled.get(each)),
    used: BigInt(chain.used),
    time: chain.proven ?? chain.time,
  })
  const spent = async (_payer: Hex, nonce: Hex) => chain.spent.has(nonce)
  /** The log of a payment that the chain has settled for the node's receipt. */
  const settles = (paymentId: Hex) => {
    chain.settled.set(paymentId, journal.payment(paymentId)!.answer!.receiptHash)
    return settledLog(paymentId)
  }
  const pay = async (label: string, over = {}) => {
    const r = reservation(label, over)
    await journal.reserve(r)
    journal.executed(r)
    await journal.answer(r.requestId, r.requestHash, answerFor(label, r))
    return r
  }
  return { journal, chain, view, states, pay, settles, stop, settler: new Settler({ journal, view, sender, prove, spent, log: silentLog }) }
}

const TX = id('tx')
const signed = (tx = TX, nonce = 1): SignedTx => ({ tx, nonce, raw: '0x02' })
const included = (logs: Included['logs'], over: Partial<Included> = {}): Included => ({
  tx: TX,
  block: 8,
  ok: true,
  gasUsed: 500_000n,
  logs,
  ...over,
})

/** Something that a test lets happen. */
function gate() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

function settledLog(paymentId: Hex): Included['logs'][number] {
  const topics = encodeEventTopics({
    abi: settlementAbi,
    eventName: 'Settled',
    args: { paymentId, receiptHash: ZERO_HASH, node: zeroAddress },
  })
  const data = encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }, { type: 'uint256' }], [zeroAddress, ZERO_HASH, 1n])
  return { address: ADDRESSES.settlement, topics: topics as [Hex, ...Hex[]], data }
}

function failedLog(paymentId: Hex, reason: Hex): Included['logs'][number] {
  const topics = encodeEventTopics({ abi: settlementAbi, eventName: 'SettleFailed', args: { paymentId, node: zeroAddress } })
  return { address: ADDRESSES.settlement, topics: topics as [Hex, ...Hex[]], data: encodeAbiParameters([{ type: 'bytes' }], [reason]) }
}

const ALREADY = encodeErrorResult({ abi: settlementAbi, errorName: 'AlreadySettled' })
const NO_MONEY = encodeErrorResult({ abi: wopgAbi, errorName: 'ERC20InsufficientBalance', args: [zeroAddress, 0n, 1n] })
const NONCE_USED = encodeErrorResult({ abi: wopgAbi, errorName: 'ERC3009UsedAuthorization', args: [zeroAddress, ZERO_HASH] })
const NOT_BONDED = encodeErrorResult({ abi: settlementAbi, errorName: 'NotBonded' })

test('what a transaction settled is settled, what it could not and what it does not name waits again', async () => {
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async ([a, b], keep) => {
      await keep(signed())
      return included([settles(a!), failedLog(b!, NOT_BONDED)])
    },
  })
  const [a, b, c] = [await pay('a'), await pay('b'), await pay('c')]
  await settler.settle()
  expect(journal.find(a.requestId)).toMatchObject({ state: 'settled', settlement: { tx: TX, block: 8 } })
  const refused = { reason: 'NotBonded', blame: 'node', at: chain.time, tries: 1 }
  expect(journal.find(b.requestId)).toMatchObject({ state: 'queued', refused })
  expect(journal.queued().map((e) => e.requestId)).toEqual([b.requestId, c.requestId])
  expect(journal.counts()).toMatchObject({ queued: 1, refused: 1 })
  expect(journal.submissions()).toEqual([])
})

test('what is refused is tried again after waits that double, for want of money only when it is there, and settled then', async () => {
  let reason = NO_MONEY
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async ([a], keep) => {
      const nonce = chain.sent.length
      await keep(signed(id(`tx${nonce}`), nonce))
      return included([reason === ZERO_HASH ? settles(a!) : failedLog(a!, reason)], { tx: id(`tx${nonce}`) })
    },
  })
  const a = await pay('a')
  const triedAfter = async (seconds: number) => {
    chain.time += seconds
    const before = chain.sent.length
    await settler.expire()
    await settler.settle()
    return chain.sent.length > before
  }
  expect(await triedAfter(0)).toBe(true)
  expect(journal.exposures.onCredit(a.payer)).toEqual({ open: a.value, count: 1 })
  chain.balance = a.value
  expect([await triedAfter(14), await triedAfter(1)]).toEqual([false, true])
  expect([await triedAfter(29), await triedAfter(1)]).toEqual([false, true])
  chain.balance = a.value - 1n
  expect([await triedAfter(60), await triedAfter(60)]).toEqual([false, false])
  const { looks } = chain
  expect(await triedAfter(1)).toBe(false)
  expect(chain.looks).toBe(looks)
  chain.balance = a.value
  reason = ZERO_HASH
  expect(await triedAfter(9)).toBe(true)
  expect(journal.find(a.requestId)).toMatchObject({ state: 'settled' })
  expect(journal.find(a.requestId)?.refused).toBeUndefined()
  expect(journal.standing(a.payer)).toMatchObject({ settled: a.value, trust: a.value })
})

test('one balance is not counted for two payments, and what the node is to blame for needs none', async () => {
  const { journal, settler, pay, chain } = await setUp({
    send: async (ids, keep) => {
      await keep(signed(id(`tx${chain.sent.length}`), chain.sent.length))
      return included(
        ids.map((each, i) => failedLog(each, i === 2 ? NOT_BONDED : NO_MONEY)),
        { tx: id(`tx${chain.sent.length}`) },
      )
    },
  })
  const [a, b, c] = [await pay('a'), await pay('b'), await pay('c')]
  await settler.settle()
  chain.balance = a.value + b.value - 1n
  chain.time += 15
  await settler.settle()
  expect(chain.sent[1]).toEqual([a.paymentId, c.paymentId])
  expect(journal.counts()).toMatchObject({ queued: 0, refused: 3 })
})

test('what was refused and never could be settled is closed with whose fault it was, after a restart too; a spent nonce is so at once', async () => {
  const dir = temporaryFolder()
  const first = await setUp({
    dir,
    send: async (ids, keep) => {
      await keep(signed())
      return included([failedLog(ids[0]!, NONCE_USED), failedLog(ids[1]!, NO_MONEY), failedLog(ids[2]!, NOT_BONDED)])
    },
  })
  const ends = { validBefore: 1_800_000_100n }
  const [poor, unlucky, spent] = [
    await first.pay('poor', { ...ends, payer: account('poor') }),
    await first.pay('unlucky', { ...ends, payer: account('unlucky') }),
    await first.pay('spent', { ...ends, payer: account('spent'), settleFirst: true }),
  ]
  first.chain.spent.add(spent.nonce)
  await first.settler.settle()
  expect(first.journal.find(spent.requestId)).toMatchObject({ state: 'reverted', reason: 'ERC3009UsedAuthorization' })
  expect(first.journal.standing(spent.payer)).toEqual({ settled: 0n, trust: -1000n, strikes: 1, struckAt: first.chain.time })
  await first.stop()
  const { journal, settler, chain } = await setUp({ dir })
  await settler.settle()
  expect(chain.sent).toEqual([])
  chain.time = 1_800_000_100
  await settler.expire()
  expect(journal.find(poor.requestId)).toMatchObject({ state: 'expired', reason: expect.stringContaining('ERC20InsufficientBalance') })
  expect(journal.find(unlucky.requestId)).toMatchObject({ state: 'expired', reason: expect.stringContaining('NotBonded') })
  expect([poor, unlucky, spent].map(({ payer }) => journal.standing(payer).trust)).toEqual([-1000n, 0n, -1000n])
})

test('a payment whose nonce is said to be spent, and is proven not to be, is not given up, and nobody is blamed: it is settled when the RPC tells the truth', async () => {
  let lies = true
  const say = ([a]: Hex[]) => included([lies ? failedLog(a!, NONCE_USED) : settles(a!)])
  const { journal, settler, pay, settles } = await setUp({
    send: async (ids, keep) => {
      await keep(signed())
      return say(ids)
    },
    follow: async (ids) => say(ids),
  })
  const a = await pay('a')
  await expect(settler.settle()).rejects.toMatchObject({ code: 'RPC_LIED', message: expect.stringContaining('spent') })
  expect(journal.find(a.requestId)).toMatchObject({ state: 'submitted' })
  expect(journal.standing(a.payer)).toMatchObject({ trust: 0n, strikes: 0 })
  lies = false
  await settler.reconcile()
  expect(journal.find(a.requestId)).toMatchObject({ state: 'settled', settlement: { tx: TX } })
})

test('a refused payment that somebody else settles is settled', async () => {
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async ([a], keep) => {
      await keep(signed())
      return included([failedLog(a!, NO_MONEY)])
    },
  })
  const a = await pay('a', { validBefore: 1_800_000_012n, settleFirst: true })
  await settler.settle()
  settles(a.paymentId)
  chain.time = 1_800_000_012
  await settler.expire()
  expect(journal.find(a.requestId)?.state).toBe('settled')
  expect(journal.standing(a.payer)).toMatchObject({ trust: a.value, strikes: 0 })
})

test('events of other contracts and of other payments count for nothing', async () => {
  const { journal, settler, pay } = await setUp({
    send: async ([a], keep) => {
      await keep(signed())
      return included([{ ...settledLog(a!), address: ADDRESSES.models }, settledLog(id('somebody else'))])
    },
  })
  await pay('a')
  await settler.settle()
  expect(journal.queued().length).toBe(1)
})

test('a payment that is settled already is ours if the chain has our receipt, and an alarm if it has another', async () => {
  const { journal, settler, pay, chain } = await setUp({
    send: async (ids, keep) => {
      await keep(signed())
      return included(ids.map((each) => failedLog(each, ALREADY)))
    },
  })
  const [ours, foreign] = [await pay('ours'), await pay('foreign')]
  chain.settled.set(ours.paymentId, answerFor('ours', ours).receiptHash)
  chain.settled.set(foreign.paymentId, id('another receipt'))
  await settler.settle()
  expect(journal.find(ours.requestId)?.state).toBe('settled')
  expect(journal.find(foreign.requestId)).toMatchObject({ state: 'reverted', reason: 'settled for another receipt' })
})

test('who uses one nonce at two nodes has paid one of them, and owes it to the other', async () => {
  const { journal, settler, pay, chain } = await setUp({
    send: async ([one], keep) => {
      await keep(signed())
      return included([failedLog(one!, ALREADY)])
    },
  })
  const [now, late] = [await pay('now', { payer: account('thief') }), await pay('late', { payer: account('slow thief'), validBefore: 5n })]
  for (const { paymentId } of [now, late]) chain.settled.set(paymentId, id('receipt of another node'))
  await settler.expire()
  expect(journal.find(late.requestId)).toMatchObject({ state: 'reverted', reason: 'settled for another receipt' })
  await settler.settle()
  expect(journal.find(now.requestId)).toMatchObject({ state: 'reverted', reason: 'settled for another receipt' })
  for (const { payer, value } of [now, late]) expect(journal.standing(payer)).toMatchObject({ settled: 0n, trust: -value })
})

test('a transaction that reverted as a whole charged nobody: its payments wait, longer each time, and settle in a later one', async () => {
  let tries = 0
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async ([a], keep) => {
      const tx = id(`tx${++tries}`)
      await keep(signed(tx, tries))
      return tries <= 2 ? included([], { ok: false, tx }) : included([settles(a!)], { tx })
    },
  })
  const a = await pay('a')
  const triedAfter = async (seconds: number) => {
    chain.time += seconds
    for (let i = 0; i < 3; i++) await settler.settle()
    return chain.sent.length
  }
  expect(await triedAfter(0)).toBe(1)
  const refused = { reason: 'its transaction reverted as a whole', blame: 'node', at: chain.time, tries: 1 }
  expect(journal.find(a.requestId)).toMatchObject({ state: 'queued', refused })
  expect(journal.submissions()).toEqual([])
  expect([await triedAfter(14), await triedAfter(1), await triedAfter(29), await triedAfter(1)]).toEqual([1, 2, 2, 3])
  expect(journal.find(a.requestId)?.state).toBe('settled')
})

test('what expires while its transaction is followed is closed at once, and stays so whatever becomes of the transaction', async () => {
  const [seen, kept] = [gate(), gate()]
  const { journal, settler, pay, settles, chain, states } = await setUp({
    send: async ([a, b, c], keep) => {
      await keep(signed(id('first')))
      kept.open()
      await seen.opened
      await keep(signed(id('dearer')))
      return included([failedLog(a!, NOT_BONDED), settles(b!), failedLog(c!, NO_MONEY)], { tx: id('dearer') })
    },
  })
  const ends = BigInt(chain.time) + 60n
  const [a, b, c] = [await pay('a', { validBefore: ends }), await pay('b', { validBefore: ends }), await pay('c')]
  const settling = settler.settle()
  await kept.opened
  await settler.expire()
  expect(journal.counts()).toMatchObject({ submitted: 3 })
  chain.time += 60
  settles(b.paymentId)
  await settler.expire()
  await settler.expire()
  const isOver = () => {
    expect(journal.find(a.requestId)).toMatchObject({ state: 'expired' })
    expect(journal.find(b.requestId)).toMatchObject({ state: 'settled' })
    expect(journal.exposures.onCredit(a.payer)).toEqual({ open: c.value, count: 1 })
    expect(journal.standing(a.payer)).toMatchObject({ settled: b.value, trust: b.value })
  }
  isOver()
  expect(journal.find(b.requestId)?.settlement).toEqual({ tx: ZERO_HASH, block: 9 })
  seen.open()
  await settling
  isOver()
  expect(journal.find(b.requestId)?.settlement).toEqual({ tx: id('dearer'), block: 8 })
  expect(journal.find(c.requestId)).toMatchObject({ state: 'queued', refused: { reason: 'ERC20InsufficientBalance' } })
  expect(journal.submissions()).toEqual([])
  const told = (requestId: Hex) => states.filter(([, of]) => of === requestId).map(([state]) => state)
  expect(told(a.requestId)).toEqual(['reserved', 'executed', 'queued', 'submitted', 'expired'])
  expect(told(b.requestId)).toEqual(['reserved', 'executed', 'queued', 'submitted', 'settled'])
})

test('a transaction of unknown outcome is followed, never replaced by another one of the same payments', async () => {
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async (_, keep) => {
      await keep(signed())
      throw new OgError('CHAIN_UNREACHABLE', 'no answer')
    },
    follow: async ([a]) => included([settles(a!)]),
  })
  const a = await pay('a')
  await expect(settler.settle()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  expect(journal.find(a.requestId)?.state).toBe('submitted')
  await settler.settle()
  expect(chain.sent.length).toBe(1)
  await settler.reconcile()
  expect(journal.find(a.requestId)?.state).toBe('settled')
})

test('of several transactions of one nonce the one that is in a block counts', async () => {
  const other = id('replacement')
  const { journal, settler, pay, settles } = await setUp({
    included: (tx) => (tx === other ? included([settles(reservation('a').paymentId)], { tx: other }) : undefined),
  })
  const a = await pay('a')
  for (const tx of [TX, other]) await journal.submitted({ ...signed(tx), paymentIds: [a.paymentId] })
  await settler.reconcile()
  expect(journal.find(a.requestId)).toMatchObject({ state: 'settled', settlement: { tx: other } })
  expect(journal.submissions()).toEqual([])
})

test('when its nonce was used by a foreign transaction, the payments wait again, but for those that are settled', async () => {
  const { journal, settler, pay, chain } = await setUp({
    follow: async () => {
      throw new OgError('CHAIN_TX_REJECTED', 'nonce used')
    },
    used: 5,
  })
  const [a, b] = [await pay('a'), await pay('b')]
  await journal.submitted({ ...signed(), paymentIds: [a.paymentId, b.paymentId] })
  chain.settled.set(b.paymentId, answerFor('b', b).receiptHash)
  await settler.reconcile()
  expect(journal.find(a.requestId)?.state).toBe('queued')
  expect(journal.find(b.requestId)?.state).toBe('settled')
  expect(journal.submissions()).toEqual([])
})

test('a payment whose time is over is closed as expired, sent or not, unless the chain has it', async () => {
  const { journal, settler, pay, chain } = await setUp()
  const short = { validBefore: 1_800_000_100n }
  const [waiting, sent, settled] = [await pay('waiting', short), await pay('sent', short), await pay('settled', short)]
  await journal.submitted({ ...signed(), paymentIds: [sent.paymentId, settled.paymentId] })
  chain.settled.set(settled.paymentId, answerFor('settled', settled).receiptHash)
  await settler.expire()
  expect(journal.unsettled().length).toBe(3)
  chain.time = 1_800_000_100
  await settler.expire()
  expect([waiting, sent, settled].map((r) => journal.find(r.requestId)?.state)).toEqual(['expired', 'expired', 'settled'])
  expect(journal.exposures.onCredit(sent.payer).count).toBe(0)
})

test('an RPC that tells a time that has not come ends no payment: anybody could settle it yet', async () => {
  const { journal, settler, pay, chain } = await setUp()
  const a = await pay('a', { validBefore: 1_800_000_100n })
  chain.time = 1_900_000_000
  chain.proven = 1_800_000_099
  await settler.expire()
  expect(journal.find(a.requestId)?.state).toBe('queued')
  chain.proven = 1_800_000_100
  await settler.expire()
  expect(journal.find(a.requestId)?.state).toBe('expired')
})

test('what a transaction could not settle, and somebody else settled behind it in the same block, is settled: nothing waits for ever', async () => {
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async (ids, keep) => {
      await keep(signed())
      const logs = ids.map((each) => failedLog(each, NO_MONEY))
      settles(ids[0]!)
      chain.settled.set(ids[1]!, id('receipt of another node'))
      return included(logs)
    },
  })
  const [ours, taken] = [await pay('ours'), await pay('taken')]
  expect(await settler.settle()).toBe(2)
  expect(journal.find(ours.requestId)).toMatchObject({ state: 'settled', settlement: { tx: TX } })
  expect(journal.find(taken.requestId)).toMatchObject({ state: 'reverted', reason: 'settled for another receipt' })
  expect([journal.submissions(), journal.queued()]).toEqual([[], []])
  await settler.reconcile()
})

test('a transaction all of whose payments are closed is forgotten', async () => {
  const { journal, settler, pay, chain } = await setUp()
  const a = await pay('a', { validBefore: 1_800_000_100n })
  await journal.submitted({ ...signed(), paymentIds: [a.paymentId, id('a payment long in the index')] })
  chain.time = 1_800_000_100
  await settler.expire()
  await settler.reconcile()
  expect(journal.submissions()).toEqual([])
  expect(journal.find(a.requestId)?.state).toBe('expired')
})

test('a transaction all of whose payments are closed is forgotten only when it holds up no other: one that replaces it is kept first', async () => {
  const other = id('nothing')
  const dir = temporaryFolder()
  const interrupted = await setUp({
    dir,
    clear: async (candidates, keep) => {
      expect(candidates.map(({ tx }) => tx)).toEqual([TX])
      await keep(signed(other))
      throw new OgError('INTERRUPTED', 'the node is stopping')
    },
  })
  const a = await interrupted.pay('a', { validBefore: 1_800_000_100n })
  await interrupted.journal.submitted({ ...signed(), paymentIds: [a.paymentId] })
  interrupted.chain.time = 1_800_000_100
  await interrupted.settler.expire()
  await expect(interrupted.settler.reconcile()).rejects.toMatchObject({ code: 'INTERRUPTED' })
  await interrupted.stop()
  const { journal, settler } = await setUp({ dir, included: (tx) => (tx === other ? included([], { tx: other }) : undefined) })
  expect(journal.submissions().map(({ tx }) => tx)).toEqual([TX, other])
  await settler.reconcile()
  expect(journal.submissions()).toEqual([])
  expect(journal.find(a.requestId)?.state).toBe('expired')
})

test('a payment that counts as sent and is in no transaction waits again', async () => {
  const { journal, settler, pay } = await setUp()
  const a = await pay('a')
  await journal.submitted({ ...signed(), paymentIds: [a.paymentId] })
  await journal.settled(TX, 8, [])
  expect(journal.find(a.requestId)?.state).toBe('submitted')
  await settler.reconcile()
  expect(journal.find(a.requestId)?.state).toBe('queued')
})

test('more than fits one transaction goes in several, each payment in one', async () => {
  let n = 0
  const seen: Hex[] = []
  const { journal, settler, pay, settles } = await setUp({
    send: async (ids, keep) => {
      const mine = ids.filter((each) => !seen.includes(each)).slice(0, 32)
      seen.push(...mine)
      await keep(signed(id(`tx${++n}`), n))
      return included(mine.map(settles), { tx: id(`tx${n}`) })
    },
  })
  for (let i = 0; i < 70; i++) await pay(`p${i}`)
  const tried = await settler.settle()
  expect(tried).toBe(70)
  expect(n).toBe(3)
  expect(journal.queued()).toEqual([])
})

test('with little money for gas as many payments are settled as it lasts for, in a smaller transaction', async () => {
  const { settler, pay, settles, chain, view } = await setUp({
    send: async (ids, keep) => {
      await keep(signed(id(`tx${chain.sent.length}`), chain.sent.length))
      return included(ids.map(settles), { tx: id(`tx${chain.sent.length}`) })
    },
  })
  for (let i = 0; i < 10; i++) await pay(`p${i}`)
  view.balance = 2_500_000n * mostGasPrice({ baseFeePerGas: 7n })
  expect(await settler.settle()).toBe(3)
  expect(chain.sent.length).toBe(1)
  // Whether there is the money for one is the sender's to say.
  view.balance = 0n
  expect(await settler.settle()).toBe(1)
  view.balance = 10n ** 18n
  expect(await settler.settle()).toBe(6)
})

test('a transaction that says nothing of its payments is not followed by another one at once: each would cost gas', async () => {
  const { journal, settler, pay, chain } = await setUp({
    send: async (_, keep) => {
      await keep(signed(id(`tx${chain.sent.length}`), chain.sent.length))
      return included([], { tx: id(`tx${chain.sent.length}`) })
    },
  })
  await pay('a')
  for (let i = 0; i < 3; i++) await settler.settle()
  expect([chain.sent.length, journal.counts().refused]).toEqual([1, 1])
  chain.time += 15
  await settler.settle()
  expect(chain.sent.length).toBe(2)
})

test('what the state shows settled is settled, though the RPC says nothing of it: no second transaction is paid for', async () => {
  const { journal, settler, pay, settles, chain } = await setUp({
    send: async ([a, b], keep) => {
      await keep(signed())
      settles(a!)
      chain.settled.set(b!, id('receipt of another node'))
      return included([])
    },
  })
  const [a, b] = [await pay('a'), await pay('b')]
  await settler.settle()
  expect(journal.find(a.requestId)).toMatchObject({ state: 'settled', settlement: { tx: TX, block: 8 } })
  expect(journal.find(b.requestId)).toMatchObject({ state: 'reverted', reason: 'settled for another receipt' })
  expect([await settler.settle(), chain.sent.length]).toEqual([0, 1])
})

test.each<[string, Lie]>([
  ['settled a payment that is not', { log: settledLog }],
  ['found a payment settled that is not', { log: (a) => failedLog(a, ALREADY) }],
  ['is in a block though the state knows of none', { log: settledLog, settled: true, used: 1 }],
])('an RPC is not believed when the state contradicts it, and no payment is lost: a transaction %s', async (_, { log, settled, used }) => {
  const { journal, settler, pay, chain } = await setUp({
    send: async ([a], keep) => {
      await keep(signed())
      return included([log(a!)])
    },
  })
  const a = await pay('a')
  if (settled) chain.settled.set(a.paymentId, answerFor('a', a).receiptHash)
  chain.used = used ?? 1_000
  await expect(settler.settle()).rejects.toMatchObject({ code: 'RPC_LIED', details: { tx: TX } })
  expect(journal.find(a.requestId)?.state).toBe('submitted')
  expect(journal.standing(a.payer)).toMatchObject({ settled: 0n, trust: 0n })
})

/** What an RPC says of the payment that is tried, and how things are. */
interface Lie {
  readonly log: (paymentId: Hex) => Included['logs'][number]
  readonly settled?: boolean
  readonly used?: number
}
