import { batchSlots, nextSequenceSlot } from '@opengradient/contracts/slots'
import { batchHash, type Hex, leafOf, merkleRoot, OgError, recoverAddress } from '@opengradient/protocol'
import { expect, onTestFinished, test } from 'vitest'
import type { Included, SignedTx } from '../chain/sender.ts'
import { answerFor, IDENTITY, id, temporaryFolder } from '../journal/journal.testkit.ts'
import { Journal } from '../journal/journal.ts'
import { silentLog } from '../log.ts'
import { ReceiptSigner } from '../receipts/signer.ts'
import { Committer, type CommitterOptions } from './committer.ts'

const DOMAIN = { chainId: IDENTITY.chainId, settlement: IDENTITY.settlement }
const KEY = new Uint8Array(32).fill(9)
const TX = id('commit')

/** A committer over a real journal, with a chain that does what the test says. */
async function setUp(
  script: { send?: (keep: (signed: SignedTx) => Promise<void>) => Promise<Included>; follow?: () => Promise<Included> } = {},
) {
  const journal = await Journal.open({ dir: temporaryFolder(), identity: IDENTITY })
  onTestFinished(() => journal.shut())
  const chain = {
    words: new Map<Hex, bigint>(),
    includedTx: undefined as Included | undefined,
    sends: 0,
    time: 1000,
    clock: 1000,
    lies: false,
  }
  /** What the RPC says is in a block is, unless it lies. */
  const landed = (included: Included): Included => {
    for (const { batch } of included.ok && !chain.lies ? journal.openBatches() : [])
      chain.words.set(batchSlots(IDENTITY.node, batch.sequence)[0]!, BigInt(batch.root))
    return included
  }
  const sender: CommitterOptions['sender'] = {
    send: async (_, keep) => {
      chain.sends++
      return landed(await script.send!(keep))
    },
    follow: async () => landed(await script.follow!()),
    resend: async () => {},
    included: async (tx) => (chain.includedTx?.tx === tx ? landed(chain.includedTx) : undefined),
    used: async () => 0,
  }
  const view = { blockTime: async () => 777 }
  const prove = async (slots: readonly Hex[]) => slots.map((slot) => chain.words.get(slot) ?? 0n)
  const signer = new ReceiptSigner(KEY, DOMAIN)
  const committer = new Committer({
    journal,
    sender,
    signer,
    node: IDENTITY.node,
    view,
    prove,
    maxReceipts: 3,
    now: () => chain.clock,
    time: async () => chain.time,
    log: silentLog,
  })
  const answer = async (label: string) => journal.answer(id(`request ${label}`), id(`hash ${label}`), answerFor(label))
  return { journal, chain, committer, answer, signer }
}

const signed: SignedTx = { tx: TX, nonce: 1, raw: '0x02' }
const included = (over: Partial<Included> = {}): Included => ({ tx: TX, block: 8, ok: true, gasUsed: 1n, logs: [], ...over })
const sends = async (keep: (signed: SignedTx) => Promise<void>) => {
  await keep(signed)
  return included()
}

test('receipts go into batches in the order of signing, signed by the receipt key, one sequence after the other', async () => {
  const { journal, committer, answer, signer } = await setUp({ send: sends })
  await committer.start()
  for (const label of ['a', 'b', 'c', 'd']) await answer(label)
  expect(await committer.commit()).toBe(true)
  expect(await committer.commit()).toBe(false)
  expect(await committer.commit()).toBe(false)
  const { batch, commit, receiptHashes } = journal.batch(0n)!
  expect(receiptHashes).toEqual(['a', 'b', 'c'].map((label) => id(`receipt ${label}`)))
  expect(batch).toMatchObject({ root: merkleRoot(receiptHashes.map(leafOf)), count: 3, total: 0n, sequence: 0n })
  expect(commit).toMatchObject({ tx: TX, block: 8, at: 777 })
  expect(recoverAddress(batchHash(batch, DOMAIN), commit!.signature)).toBe(signer.address)
  expect(journal.batch(1n)?.receiptHashes).toEqual([id('receipt d')])
  expect(journal.find(id('request a'))).toMatchObject({ sequence: 0n, anchoredAt: 777 })
})

test('a new journal of a node with history goes on behind its last batch', async () => {
  const { journal, committer, chain, answer } = await setUp({ send: sends })
  chain.words.set(nextSequenceSlot(IDENTITY.node), 7n)
  await committer.start()
  expect(journal.forgottenUntil).toBe(1000 + 3600)
  await answer('a')
  await committer.commit()
  expect(journal.batch(7n)?.commit).toBeDefined()
})

test('a batch that was refused is sent again as it is: no gap, no second batch of its sequence', async () => {
  let tries = 0
  const { journal, committer, chain, answer } = await setUp({
    send: async (keep) => {
      await keep({ ...signed, nonce: ++tries })
      return included({ ok: tries > 1 })
    },
  })
  await answer('a')
  await expect(committer.commit()).rejects.toMatchObject({ code: 'BATCH_OUT_OF_ORDER' })
  const { root } = journal.openBatches()[0]!.batch
  await answer('b')
  expect(await committer.commit()).toBe(true)
  expect(journal.batch(0n)?.batch.root).toBe(root)
  expect(chain.sends).toBe(2)
  expect(await committer.commit()).toBe(false)
  expect(journal.batch(1n)?.receiptHashes).toEqual([id('receipt b')])
})

test('a receipt that comes while a batch is on its way waits for the next, which is not made at once', async () => {
  const { journal, committer, answer } = await setUp({
    send: async (keep) => {
      if (journal.nextSequence === 1n) await answer('b')
      return sends(keep)
    },
  })
  await answer('a')
  expect(await committer.commit()).toBe(false)
  expect(journal.unbatched(3)).toHaveLength(1)
  await committer.commit()
  expect(journal.batch(1n)?.receiptHashes).toEqual([id('receipt b')])
})

test('a batch of unknown outcome is looked up', async () => {
  const { journal, committer, chain, answer } = await setUp({
    send: async (keep) => {
      await keep(signed)
      throw new OgError('CHAIN_UNREACHABLE', 'no answer')
    },
  })
  await answer('a')
  await expect(committer.commit()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  chain.includedTx = included()
  await committer.commit()
  expect(journal.batch(0n)?.commit?.tx).toBe(TX)
  expect(chain.sends).toBe(1)
})

test('a batch that the RPC says is in a block, and the state does not show, stays open: none after it could ever be anchored', async () => {
  const { journal, committer, chain, answer } = await setUp({ send: sends, follow: async () => included({ block: 9 }) })
  chain.lies = true
  await answer('a')
  await expect(committer.commit()).rejects.toMatchObject({ code: 'RPC_LIED', details: { tx: TX, block: 8 } })
  chain.includedTx = included()
  await expect(committer.commit()).rejects.toMatchObject({ code: 'RPC_LIED' })
  expect(journal.openBatches().map(({ batch }) => batch.sequence)).toEqual([0n])
  chain.lies = false
  chain.includedTx = undefined
  await committer.commit()
  expect(journal.batch(0n)?.commit).toMatchObject({ tx: TX, block: 9 })
  expect(chain.sends).toBe(1)
})

test('a batch found on chain without its transaction is ours if the root is', async () => {
  const { journal, committer, chain, answer } = await setUp({
    send: async (keep) => {
      await keep(signed)
      throw new OgError('CHAIN_UNREACHABLE', 'no answer')
    },
  })
  await answer('a')
  await expect(committer.commit()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  const { root } = journal.openBatches()[0]!.batch
  chain.words.set(nextSequenceSlot(IDENTITY.node), 1n)
  const [rootSlot] = batchSlots(IDENTITY.node, 0n)
  chain.words.set(rootSlot!, BigInt(id('foreign root')))
  expect(journal.forgottenUntil).toBe(0)
  await expect(committer.commit()).rejects.toMatchObject({ code: 'BATCH_OUT_OF_ORDER' })
  // Whoever signed that one may have signed for payments, too.
  expect([journal.forgottenUntil, journal.nextSequence]).toEqual([1000 + 3600, 1n])
  chain.words.set(rootSlot!, BigInt(root))
  await committer.commit()
  expect(journal.batch(0n)?.commit).toMatchObject({ tx: TX, block: 0 })
})

test('when the nonce of a batch was used by another transaction, it is sent under the next one', async () => {
  let tries = 0
  const { journal, committer, chain, answer } = await setUp({
    send: async (keep) => {
      await keep({ ...signed, tx: id(`tx${++tries}`), nonce: tries })
      if (tries === 1) throw new OgError('CHAIN_UNREACHABLE', 'no answer')
      return included({ tx: id('tx2') })
    },
    follow: async () => {
      throw new OgError('CHAIN_TX_REJECTED', 'nonce used')
    },
  })
  await answer('a')
  await expect(committer.commit()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  await expect(committer.commit()).rejects.toMatchObject({ code: 'CHAIN_TX_REJECTED' })
  await committer.commit()
  expect(journal.batch(0n)?.commit?.tx).toBe(id('tx2'))
  expect(chain.sends).toBe(2)
})

test.each([
  ['behind the chain', 1000 - 86_400, 1000],
  ['a little ahead', 1030, 1030],
  ['a year ahead', 1000 + 31_536_000, 1000 + 600],
])('with a clock %s what a lost journal may have taken is refused for an hour', async (_, clock, from) => {
  const { journal, chain, committer } = await setUp()
  chain.clock = clock
  chain.words.set(nextSequenceSlot(IDENTITY.node), 3n)
  await committer.start()
  expect([journal.forgottenUntil, journal.nextSequence]).toEqual([from + 3600, 3n])
})
