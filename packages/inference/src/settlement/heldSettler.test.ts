import { heldPaymentsAbi } from '@opengradient/contracts'
import type { HeldStatus } from '@opengradient/contracts/slots'
import { type Hex, OgError } from '@opengradient/protocol'
import { decodeFunctionData, encodeErrorResult } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import { nodeAccount } from '../chain/account.ts'
import type { GasCall, Included, SignedTx } from '../chain/sender.ts'
import { answerFor, IDENTITY, reservation, temporaryFolder } from '../journal/journal.testkit.ts'
import { Journal } from '../journal/journal.ts'
import { silentLog } from '../log.ts'
import { jobOf } from '../proving/proving.testkit.ts'
import { HeldSettler, type HeldSettlerOptions } from './heldSettler.ts'

const KEY = new Uint8Array(32).fill(9)
const STATUS: readonly HeldStatus[] = ['none', 'held', 'challenged', 'released', 'failed']

interface OnChain {
  status: HeldStatus
  heldAt: number
  challengedAt: number
}

/** HeldPayments as far as a node sees it, and a sender whose transactions it executes; both do what a test says. */
function fakeChain() {
  const account = nodeAccount(KEY)
  const chain = {
    /** As the RPC says, and as blocks prove where that is something else. */
    head: 100,
    proven: undefined as number | undefined,
    /** Payments that were asked about. */
    lookedUp: [] as Hex[],
    now: 1_800_000_000_000,
    payments: new Map<Hex, OnChain>(),
    /** Payments that events name since the last look. */
    events: [] as Hex[],
    sent: [] as { name: string; ids: Hex[]; tx: Hex }[],
    blocks: new Map<Hex, Included>(),
    used: 0,
    /** Thrown when gas is asked for. */
    refuses: undefined as OgError | undefined,
    /** What happens between signing and block. */
    fate: 'included' as 'included' | 'lost' | 'replaced' | 'reverted',
  }
  const execute = (call: GasCall, { tx, nonce }: SignedTx): Included => {
    const { functionName, args } = decodeFunctionData({ abi: heldPaymentsAbi, data: `0x${Buffer.from(call.data).toString('hex')}` })
    const receipts = (functionName === 'prove' ? [args[0]] : args![0]) as unknown as { paymentId: Hex }[]
    const ids = receipts.map(({ paymentId }) => paymentId)
    chain.sent.push({ name: functionName, ids, tx })
    chain.used = nonce + 1
    const ok = chain.fate !== 'reverted'
    for (const id of ids) {
      const payment = chain.payments.get(id)!
      const may = functionName === 'prove' ? payment.status === 'challenged' || payment.status === 'held' : payment.status === 'held'
      if (ok && may) payment.status = 'released'
    }
    const included = { tx, block: chain.proven ?? chain.head, ok, gasUsed: 100_000n, logs: [] }
    chain.blocks.set(tx, included)
    return included
  }
  const interrupted = () => new OgError('CHAIN_UNREACHABLE', 'no answer')
  let nonce = 0
  const sender: HeldSettlerOptions['sender'] = {
    gasFor: async () => {
      if (chain.refuses) throw chain.refuses
      return 100_000n
    },
    send: async (call, keep) => {
      const fees = { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }
      const signed = { nonce, ...account.sign({ chainId: 7n, nonce, ...call, ...fees }) }
      nonce++
      await keep(signed)
      if (chain.fate === 'lost') throw interrupted()
      if (chain.fate === 'replaced') {
        chain.used = signed.nonce + 1
        throw interrupted()
      }
      return execute(call, signed)
    },
    included: async (tx) => chain.blocks.get(tx),
    used: async () => chain.used,
    resend: async () => {},
    follow: async (candidates, call) => {
      if (chain.used > candidates[0]!.nonce) throw new OgError('CHAIN_TX_REJECTED', 'nonce was used by another transaction')
      return execute(call, candidates.at(-1)!)
    },
  }
  const word = (payment: OnChain | undefined): bigint => {
    if (!payment) return 0n
    const { heldAt, challengedAt, status } = payment
    return BigInt(heldAt) | (BigInt(challengedAt) << 64n) | (BigInt(STATUS.indexOf(status)) << 240n)
  }
  const view: HeldSettlerOptions['view'] = {
    heldTerms: async () => ({ challengeBlocks: 50n, proofBlocks: 200n }),
    refreshHead: async () => ({ number: BigInt(chain.head), timestamp: 1, baseFee: 7n, gasLimit: 60_000_000n }),
  }
  const prove: HeldSettlerOptions['prove'] = async (paymentIds, atLeast = 0) => {
    const height = chain.proven ?? chain.head
    expect(height).toBeGreaterThanOrEqual(atLeast)
    chain.lookedUp.push(...paymentIds)
    return { records: paymentIds.map((id) => word(chain.payments.get(id))), height: BigInt(height) }
  }
  return { chain, sender, view, prove }
}

async function setUp(dir = temporaryFolder(), { chain, sender, view, prove } = fakeChain()) {
  const journal = await Journal.open({ dir, identity: IDENTITY })
  let open = true
  const shut = async () => {
    if (open) await journal.shut()
    open = false
  }
  onTestFinished(shut)
  const proofs = { ready: new Set<Hex>(), demanded: [] as Hex[], again: [] as Hex[], unreadable: undefined as Hex | undefined }
  const settler = new HeldSettler({
    journal,
    view,
    prove,
    sender,
    proofs: {
      demand: (requestId) => {
        proofs.demanded.push(requestId)
        return 'queued'
      },
      proof: async (requestId) => {
        if (requestId === proofs.unreadable) throw new OgError('JOURNAL_CORRUPT', 'cannot be read')
        return proofs.ready.has(requestId) ? new Uint8Array(8) : undefined
      },
      job: async () => jobOf('a'),
      again: async (requestId) => void proofs.again.push(requestId),
    },
    touched: async (from, to) => {
      expect(from).toBeLessThanOrEqual(to)
      expect(to - from).toBeLessThanOrEqual(500n)
      return chain.events.splice(0)
    },
    filesOf: async () => ({ manifest: new Uint8Array(1), ir: new Uint8Array(1), weights: new Uint8Array(1) }),
    now: () => chain.now,
    log: silentLog,
    gatherMs: 0,
  })
  /** An answer of level zk that was paid, and settled in block 100. */
  const hold = async (label: string, heldAt = 100) => {
    const r = reservation(label)
    const answer = answerFor(label, r)
    await journal.reserve(r)
    await journal.answer(r.requestId, r.requestHash, {
      ...answer,
      receipt: { ...answer.receipt, level: 2 },
      header: levelTwo(answer.header),
    })
    await journal.settled(`0x${'77'.repeat(32)}`, heldAt, [r.paymentId])
    chain.payments.set(r.paymentId, { status: 'held', heldAt, challengedAt: 0 })
    return r
  }
  const challenge = (id: Hex) => {
    chain.head++
    Object.assign(chain.payments.get(id)!, { status: 'challenged', challengedAt: chain.head })
    chain.events.push(id)
  }
  const stateOf = (r: { requestId: Hex }) => journal.find(r.requestId)?.state
  return { journal, shut, settler, chain, sender, view, prove, proofs, hold, challenge, stateOf, dir }
}

/** The level byte of a receipt's header. */
function levelTwo(header: string): string {
  const bytes = Buffer.from(header, 'base64url')
  bytes[1 + 7 * 32] = 2
  return bytes.toString('base64url')
}

const refusal = (errorName: 'NotHeld' | 'InvalidProof') =>
  new OgError('RPC_ERROR', 'reverted', {
    details: {
      data: encodeErrorResult(
        errorName === 'NotHeld' ? { abi: heldPaymentsAbi, errorName } : { abi: heldPaymentsAbi, errorName, args: [15n] },
      ),
    },
  })

test('asks for no block while nothing is held, and releases what is held after a silence of any length', async () => {
  const fake = fakeChain()
  let asked = 0
  const refreshHead = () => {
    asked++
    return fake.view.refreshHead()
  }
  const { settler, chain, hold, stateOf } = await setUp(temporaryFolder(), { ...fake, view: { ...fake.view, refreshHead } })
  await settler.work()
  chain.head = 5_000
  await settler.work()
  expect(asked).toBe(0)
  const payment = await hold('a', 5_000)
  await settler.work()
  expect(asked).toBe(1)
  chain.head = 5_051
  await settler.work()
  expect(stateOf(payment)).toBe('released')
})

test('releases what nobody challenged, in one transaction, and not a block too early', async () => {
  const { settler, chain, hold, stateOf } = await setUp()
  const [a, b] = [await hold('a'), await hold('b')]
  const late = await hold('late', 130)
  chain.head = 150
  await settler.work()
  expect(chain.sent).toEqual([])
  chain.head = 151
  await settler.work()
  expect(chain.sent).toMatchObject([{ name: 'releaseMany', ids: [a.paymentId, b.paymentId] }])
  expect([a, b, late].map(stateOf)).toEqual(['released', 'released', 'held'])
  await settler.work()
  expect(chain.sent).toHaveLength(1)
})

test('a challenge while the proof is queued: it is demanded first, and goes on chain when it is there, once', async () => {
  const { settler, chain, proofs, hold, challenge, stateOf } = await setUp()
  const a = await hold('a')
  await settler.work()
  challenge(a.paymentId)
  await settler.work()
  expect([stateOf(a), proofs.demanded, chain.sent]).toEqual(['challenged', [a.requestId], []])
  proofs.ready.add(a.requestId)
  await settler.work()
  await settler.work()
  expect(chain.sent).toMatchObject([{ name: 'prove', ids: [a.paymentId] }])
  expect(stateOf(a)).toBe('proved')
})

test('is told by the chain what it missed: challenged, accepted, failed', async () => {
  const { shut, chain, hold, dir } = await setUp()
  const [a, b, c] = [await hold('a'), await hold('b'), await hold('c')]
  await shut()
  const kinds: [Hex, HeldStatus][] = [
    [a.paymentId, 'challenged'],
    [b.paymentId, 'released'],
    [c.paymentId, 'failed'],
  ]
  const others = fakeChain()
  for (const [id, status] of kinds) others.chain.payments.set(id, { ...chain.payments.get(id)!, status, challengedAt: 100 })
  const next = await setUp(dir, others)
  await next.settler.work()
  expect([a, b, c].map(next.stateOf)).toEqual(['challenged', 'released', 'failed'])
  expect(next.journal.find(a.requestId)?.proveUntil).toBe(300)
})

test('looks at every held payment after a long silence of its full node, and asks for no events of no blocks', async () => {
  const { settler, chain, hold, challenge, stateOf } = await setUp()
  const a = await hold('a')
  await settler.work()
  await settler.work()
  challenge(a.paymentId)
  chain.events = []
  chain.head += 501
  chain.payments.get(a.paymentId)!.challengedAt = chain.head
  await settler.work()
  expect(stateOf(a)).toBe('challenged')
})

test('a challenge that the RPC hides is found within ten minutes, and proved', async () => {
  const { settler, chain, proofs, hold, challenge, stateOf } = await setUp()
  const [hidden, other] = [await hold('a'), await hold('b')]
  proofs.ready.add(hidden.requestId)
  await settler.work()
  challenge(hidden.paymentId)
  chain.events.splice(0)
  chain.lookedUp.splice(0)
  chain.now += 599_999
  await settler.work()
  expect(chain.lookedUp).toEqual([])
  expect(stateOf(hidden)).toBe('held')
  chain.now += 1
  await settler.work()
  expect(new Set(chain.lookedUp)).toEqual(new Set([hidden.paymentId, other.paymentId]))
  expect(stateOf(hidden)).toBe('proved')
  chain.lookedUp.splice(0)
  chain.now += 599_999
  await settler.work()
  expect(chain.lookedUp).toEqual([])
  // A clock that was a day ahead is set right.
  chain.now -= 86_400_000
  await settler.work()
  expect(chain.lookedUp).toEqual([other.paymentId])
})

test('how late it is for a proof, and for a release, blocks say and not the RPC', async () => {
  const { settler, chain, proofs, hold, challenge, stateOf } = await setUp()
  const [a, b] = [await hold('a'), await hold('b')]
  challenge(a.paymentId)
  proofs.ready.add(a.requestId)
  chain.proven = chain.head
  chain.head = 300 + 201
  chain.events = []
  await settler.work()
  expect([a, b].map(stateOf)).toEqual(['proved', 'held'])
  expect(chain.sent.map(({ name }) => name)).toEqual(['prove'])
})

test('what an event names is looked for in its block or a later one', async () => {
  const { settler, chain, hold, challenge, stateOf } = await setUp()
  const a = await hold('a')
  await settler.work()
  const before = chain.head
  challenge(a.paymentId)
  chain.proven = before
  await expect(settler.work()).rejects.toThrow()
  expect(stateOf(a)).toBe('held')
  // The same events are asked for again.
  chain.proven = undefined
  chain.events.push(a.paymentId)
  await settler.work()
  expect(stateOf(a)).toBe('challenged')
})

test('does not prove what is too late', async () => {
  const { settler, chain, proofs, hold, challenge } = await setUp()
  const a = await hold('a')
  challenge(a.paymentId)
  proofs.ready.add(a.requestId)
  chain.head = 302
  await settler.work()
  expect(chain.sent).toEqual([])
})

test('proofs that are demanded together go on chain together, the most urgent first: one a block would be too late for many', async () => {
  const fake = fakeChain()
  const waiting: (() => void)[] = []
  const { send } = fake.sender
  const sender: typeof fake.sender = {
    ...fake.sender,
    send: async (call, keep) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return send(call, keep)
    },
  }
  const { settler, chain, proofs, hold, challenge, stateOf } = await setUp(temporaryFolder(), { ...fake, sender })
  const held = []
  for (let i = 0; i < 20; i++) held.push(await hold(`payment ${i}`))
  for (const { paymentId, requestId } of held.toReversed()) {
    challenge(paymentId)
    proofs.ready.add(requestId)
  }
  const working = settler.work()
  for (const [at, count] of [
    [0, 8],
    [8, 8],
    [16, 4],
  ] as const) {
    while (waiting.length < count) await new Promise((resolve) => setImmediate(resolve))
    // Nothing more is on its way before these are in a block.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    expect([waiting.length, chain.sent.length]).toEqual([count, at])
    for (const go of waiting.splice(0)) go()
  }
  await working
  expect(
    chain.sent
      .flatMap(({ ids }) => ids)
      .slice(0, 8)
      .sort(),
  ).toEqual(
    held
      .slice(12)
      .map(({ paymentId }) => paymentId)
      .sort(),
  )
  expect(new Set(held.map(stateOf))).toEqual(new Set(['proved']))
})

test('a proof that cannot be read holds up no other, however urgent it is', async () => {
  const { settler, proofs, hold, challenge, stateOf } = await setUp()
  const held = []
  for (let i = 0; i < 10; i++) held.push(await hold(`payment ${i}`))
  for (const { paymentId, requestId } of held) {
    challenge(paymentId)
    proofs.ready.add(requestId)
  }
  proofs.unreadable = held[0]!.requestId
  await expect(settler.work()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' })
  expect(held.map(stateOf)).toEqual(['challenged', ...Array(9).fill('proved')])
})

test('a proof that cannot be sent holds up no other that is sent with it', async () => {
  const { settler, journal, chain, proofs, hold, challenge, sender, stateOf } = await setUp()
  const [a, b] = [await hold('a'), await hold('b')]
  for (const { paymentId, requestId } of [a, b]) {
    challenge(paymentId)
    proofs.ready.add(requestId)
  }
  const { send } = sender
  let first = true
  sender.send = async (call, keep) => {
    if (first) {
      first = false
      throw new OgError('CHAIN_UNREACHABLE', 'no answer')
    }
    return send(call, keep)
  }
  await expect(settler.work()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  expect([a, b].map(stateOf).sort()).toEqual(['challenged', 'proved'])
  await settler.work()
  expect([[a, b].map(stateOf), chain.sent.length, journal.submissions()]).toEqual([['proved', 'proved'], 2, []])
})

test('a challenge of a payment that was released already changes nothing', async () => {
  const { settler, chain, hold, stateOf } = await setUp()
  const a = await hold('a')
  chain.head = 151
  await settler.work()
  chain.head++
  chain.events.push(a.paymentId)
  await settler.work()
  expect([stateOf(a), chain.sent.length]).toEqual(['released', 1])
})

test.each(['release', 'prove'] as const)(
  'a %s that was kept and of unknown outcome is followed under its nonce, not sent twice',
  async (what) => {
    const { settler, journal, chain, proofs, hold, challenge, stateOf } = await setUp()
    const a = await hold('a')
    if (what === 'prove') {
      challenge(a.paymentId)
      proofs.ready.add(a.requestId)
    } else chain.head = 151
    chain.fate = 'lost'
    await expect(settler.work()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    const [kept] = journal.submissions()
    expect(kept).toMatchObject({ held: what, paymentIds: [a.paymentId] })
    expect(stateOf(a)).toBe(what === 'prove' ? 'challenged' : 'held')
    chain.fate = 'included'
    await settler.work()
    expect(chain.sent).toMatchObject([{ tx: kept!.tx }])
    expect([stateOf(a), journal.submissions()]).toEqual([what === 'prove' ? 'proved' : 'released', []])
  },
)

test('a release whose nonce another transaction took is made anew', async () => {
  const { settler, journal, chain, hold, stateOf } = await setUp()
  const a = await hold('a')
  chain.head = 151
  chain.fate = 'replaced'
  await expect(settler.work()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  chain.fate = 'included'
  await settler.work()
  expect([stateOf(a), chain.sent.length, journal.submissions()]).toEqual(['released', 1, []])
})

test('a transaction that reverts leaves the payment as it was, and the next look tries again', async () => {
  const { settler, journal, chain, hold, stateOf } = await setUp()
  const a = await hold('a')
  chain.head = 151
  chain.fate = 'reverted'
  await settler.work()
  expect([stateOf(a), journal.submissions()]).toEqual(['held', []])
  chain.fate = 'included'
  await settler.work()
  expect(stateOf(a)).toBe('released')
})

test('a proof that the chain calls invalid is made again, twice at most, and never sent', async () => {
  const { settler, chain, proofs, hold, challenge } = await setUp()
  const a = await hold('a')
  challenge(a.paymentId)
  proofs.ready.add(a.requestId)
  chain.refuses = refusal('InvalidProof')
  for (let i = 0; i < 4; i++) await settler.work()
  expect([proofs.again, chain.sent]).toEqual([[a.requestId, a.requestId], []])
})

test('a proof that somebody else brought first is not sent', async () => {
  const { settler, chain, proofs, hold, challenge, stateOf } = await setUp()
  const a = await hold('a')
  challenge(a.paymentId)
  await settler.work()
  proofs.ready.add(a.requestId)
  chain.payments.get(a.paymentId)!.status = 'released'
  chain.refuses = refusal('NotHeld')
  await settler.work()
  expect([stateOf(a), chain.sent]).toEqual(['proved', []])
})

test('held payments outlive a restart in each state, and are not collected as settled ones', async () => {
  const { settler, journal, shut, chain, hold, challenge, dir, sender, view, prove } = await setUp()
  const [a, b] = [await hold('a'), await hold('b')]
  challenge(b.paymentId)
  await settler.work()
  expect(journal.counts()).toMatchObject({ held: 1, challenged: 1, queued: 0, submitted: 0 })
  expect(journal.exposures.onCredit(a.payer)).toEqual({ open: 0n, count: 0 })
  await shut()
  const next = await setUp(dir, { chain, sender, view, prove })
  expect(next.journal.held().map(({ requestId, state }) => [requestId, state])).toEqual([
    [a.requestId, 'held'],
    [b.requestId, 'challenged'],
  ])
})
