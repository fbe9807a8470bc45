import { bytesToHex, type Hex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { ConsensusApplication, Proposal } from '../src/consensus/port.ts'
import { memoryStore, type Store, type Write } from '../src/state/store.ts'
import { testApplication } from './application.testkit.ts'
import { GENESIS_TIME, OPG, signer, validator } from './chain.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'

/** A store that counts what is written to it. */
function countingStore(): Store & { readonly batches: Write[][] } {
  const store = memoryStore()
  const batches: Write[][] = []
  return {
    ...store,
    batches,
    write: async (writes) => {
      batches.push([...writes])
      await store.write(writes)
    },
  }
}

async function proposal(application: ConsensusApplication, transactions: Uint8Array[], more: Partial<Proposal> = {}): Promise<Proposal> {
  const { height, appHash } = application.info()
  return { height: height + 1n, parentHash: appHash, time: GENESIS_TIME + 10n + height, proposer: validator.address, transactions, ...more }
}

describe('the application', () => {
  it('stores nothing before commit, and then everything in one write', async () => {
    const store = countingStore()
    const { application } = await testApplication({ store })
    const before = store.batches.length
    const { appHash } = await application.finalize(await proposal(application, [await signer(0).sign({ nonce: 0, to, value: OPG })]))
    expect(store.batches.length).toBe(before)
    expect(application.info().height).toBe(0n)
    const block = await application.commit(undefined)
    expect(store.batches.length).toBe(before + 1)
    expect(block.hash).toBe(appHash)
    const kinds = new Set(store.batches.at(-1)!.map(({ key }) => String.fromCharCode(key[0]!)))
    expect([...kinds].sort().join('')).toBe('!abhmnrstx')
  })

  it('gives the same app hash for the same proposal, whatever it ran before', async () => {
    const { application } = await testApplication()
    const raws = await Promise.all([0, 1, 2].map((i) => signer(i).sign({ nonce: 0, to, value: OPG })))
    const one = await proposal(application, raws)
    const first = await application.finalize(one)
    const other = await application.finalize(await proposal(application, raws.slice(1)))
    expect(other.appHash).not.toBe(first.appHash)
    expect(await application.finalize(one)).toEqual(first)
    const elsewhere = await testApplication()
    expect(await elsewhere.application.finalize(one)).toEqual(first)
    await elsewhere.application.commit(undefined)
    expect(elsewhere.application.info().appHash).toBe(first.appHash)
  })

  it('prepares what it accepts', async () => {
    const { application, pool } = await testApplication()
    await pool.add(await signer(0).sign({ nonce: 0, to, value: OPG }))
    await pool.add(await signer(0).sign({ nonce: 1, to, value: OPG }))
    const prepared = application.prepare(GENESIS_TIME - 5n, validator.address)
    expect(prepared.transactions).toHaveLength(2)
    expect(prepared.time).toBe(GENESIS_TIME + 1n)
    expect(application.process(prepared)).toBeUndefined()
    await application.finalize(prepared)
    const { block } = await application.commit(undefined)
    expect(block.transactions).toHaveLength(2)
    expect(pool.content().pending).toHaveLength(0)
  })

  it('refuses proposals that break a rule, saying which', async () => {
    const { application } = await testApplication()
    const good = await signer(0).sign({ nonce: 0, to, value: OPG })
    const late = await signer(0).sign({ nonce: 0, to, value: 1n })
    const forged = good.slice()
    forged[forged.length - 1]! ^= 1
    const foreign = await signer(0).account.signTransaction({
      chainId: 1,
      type: 'eip1559',
      to,
      gas: 21_000n,
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 0n,
    })
    const unprotected = await signer(0).account.signTransaction({ type: 'legacy', to, gas: 21_000n, gasPrice: 10n ** 11n, nonce: 0 })
    const padded = Uint8Array.of(...good, 0)
    const cases: [RegExp, Uint8Array[], Partial<Proposal>?][] = [
      [/height is 2, not 1/, [], { height: 2n }],
      [/parent is 0x/, [], { parentHash: `0x${'11'.repeat(32)}` as Hex }],
      [/not after its parent's/, [], { time: GENESIS_TIME }],
      [/nonce 0 after 0 of the same sender/, [good, late]],
      [/transaction 0: .*its chain id is 1, not that of this chain\.$/, [Buffer.from(foreign.slice(2), 'hex')]],
      [/names no chain id/, [Buffer.from(unprotected.slice(2), 'hex')]],
      [/transaction 1/, [good, padded]],
      [/blob transactions/, [Uint8Array.of(3, 1, 2)]],
      [/transaction 0/, [new Uint8Array()]],
      [/less gas than it costs/, [await signer(0).sign({ nonce: 0, to, gas: 20_999n })]],
      [/more than 4194304/, Array.from({ length: 5 }, () => new Uint8Array(1_000_000))],
    ]
    for (const [reason, transactions, more] of cases) {
      const bad = await proposal(application, transactions, more)
      expect(application.process(bad)).toMatch(reason)
      await expect(application.finalize(bad)).rejects.toMatchObject({ code: 'CHAIN_BLOCK_INVALID' })
    }
    // A forged signature recovers to somebody else, who cannot pay: no part of a block either.
    const { block } = await run(application, [forged])
    expect(block.transactions).toHaveLength(0)
  })

  it('leaves out transactions that turn out not to be able to run', async () => {
    const { application } = await testApplication()
    const gap = await signer(0).sign({ nonce: 5, to })
    const poor = await signer(9).sign({ nonce: 0, to, value: 1n })
    const cheap = await signer(1).sign({ nonce: 0, to, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n })
    const fine = await signer(2).sign({ nonce: 0, to, value: 1n })
    const { block } = await run(application, [gap, poor, cheap, fine])
    expect(block.transactions.map((tx) => bytesToHex(tx.serialize()))).toEqual([bytesToHex(fine)])
  })

  it('says of each transaction of a proposal what became of it', async () => {
    const { application } = await testApplication()
    const gap = await signer(0).sign({ nonce: 5, to })
    const paid = await signer(1).sign({ nonce: 0, to, value: 1n, gas: 30_000n })
    const poor = await signer(9).sign({ nonce: 0, to, value: 1n })
    // PUSH0 PUSH0 REVERT as the code of a constructor.
    const failed = await signer(2).sign({ nonce: 0, data: '0x5f5ffd', gas: 100_000n })
    const { outcomes } = await application.finalize(await proposal(application, [gap, paid, poor, failed]))
    expect(outcomes).toMatchObject([
      { kind: 'leftOut', reason: expect.stringMatching(/nonce/) },
      { kind: 'succeeded', gasLimit: 30_000n, gasUsed: 21_000n },
      { kind: 'leftOut', reason: expect.stringMatching(/balance|funds/) },
      { kind: 'reverted', gasLimit: 100_000n },
    ])
    const { block } = await application.commit(undefined)
    const used = outcomes.map((outcome) => ('gasUsed' in outcome ? outcome.gasUsed : 0n))
    expect(used.reduce((sum, gas) => sum + gas, 0n)).toBe(block.header.gasUsed)
  })

  it('commits only what was finalized', async () => {
    const { application } = await testApplication()
    await expect(application.commit(undefined)).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  async function run(application: ConsensusApplication, transactions: Uint8Array[]) {
    await application.finalize(await proposal(application, transactions))
    return application.commit(undefined)
  }
})

describe('a block that is being stored', () => {
  it('cannot be seen, not even in part, until all of it is', async () => {
    const store = memoryStore()
    let stored = () => {}
    const slow: Store = {
      ...store,
      write: async (writes) => {
        await store.write(writes)
        await new Promise<void>((resolve) => {
          stored = resolve
        })
      },
    }
    await testApplication({ store })
    const { application, ledger } = await testApplication({ store: slow })
    const raw = await signer(0).sign({ nonce: 0, to, value: OPG })
    const { appHash } = await application.finalize(await proposal(application, [raw]))
    const committing = application.commit(undefined)
    await new Promise((resolve) => setImmediate(resolve))
    const seen = () => [ledger.block(1n), ledger.header(1n), ledger.blockByHash(appHash), ledger.receipts(1n), ledger.historyPath(0n, 1n)]
    expect(seen()).toEqual([undefined, undefined, undefined, undefined, undefined])
    stored()
    const { block } = await committing
    expect(seen().every((part) => part !== undefined)).toBe(true)
    expect(ledger.locate(bytesToHex(block.transactions[0]!.hash()))).toEqual({ height: 1n, index: 0 })
  })
})
