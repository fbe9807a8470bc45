import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { getContractAddress } from 'viem'
import { describe, expect, it } from 'vitest'
import { framedBytes } from '../../src/consensus/cometbft/results.ts'
import type { Proposal } from '../../src/consensus/port.ts'
import { CHAIN_ID, OPG, signer } from '../chain.testkit.ts'
import { testAbci } from './abci.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const GWEI = 10n ** 9n

describe('a proposal of a validator that is not fair', () => {
  it('is refused with its reason, and the next fair one accepted', async () => {
    const { process, refusals, halts } = await testAbci()
    const good = await signer(0).sign({ nonce: 0, to, value: 1n })
    const second = await signer(0).sign({ nonce: 1, to, value: 1n })
    const cases: [RegExp, Uint8Array[], object?][] = [
      [/transaction 0: The transaction was refused/, [Uint8Array.of(1, 2, 3)]],
      [/transaction 0: The transaction was refused/, [new Uint8Array()]],
      [/nonce 0 after 0/, [good, good]],
      [/transaction 0: its nonce is 1, not 0/, [second]],
      [/nonce 0 after 1/, [second, good]],
      [/transaction 1: its nonce is 2, not 1/, [good, await signer(0).sign({ nonce: 2, to })]],
      [/its sender has 0 for it/, [await signer(9).sign({ nonce: 0, to })]],
      [/less than the base fee/, [await signer(0).sign({ nonce: 0, to, maxFeePerGas: GWEI / 2n, maxPriorityFeePerGas: 0n })]],
      [/intrinsic gas|less gas than it costs/, [await signer(0).sign({ nonce: 0, to, gas: 20_000n })]],
      [/exceeds block gas limit/, [await signer(0).sign({ nonce: 0, to, gas: 60_000_001n })]],
      [/more than 4194304/, Array.from({ length: 40 }, () => new Uint8Array(128 * 1024))],
      [/height is 5, not 1/, [good], { height: 5n }],
    ]
    for (const [why, txs, more] of cases) {
      expect(await process(txs, more), String(why)).toBe('reject')
      expect(refusals.at(-1)!.why).toMatch(why)
    }
    expect(await process([good, second])).toBe('accept')
    expect(refusals).toHaveLength(cases.length)
    expect(halts).toEqual([])
  })

  it('is refused, not failed on, when it is full of the smallest transactions that CometBFT takes', async () => {
    // A block of CometBFT has 4 MiB, and a transaction without a byte takes two of them. An exception here would end it on every node.
    const { process, refusals, halts } = await testAbci()
    expect(await process(Array.from({ length: 2_097_152 }, () => new Uint8Array()))).toBe('reject')
    expect(refusals.at(-1)!.why).toMatch(/2097152 transactions, more than the 2857/)
    expect(await process(Array.from({ length: 2_858 }, () => Uint8Array.of(1)))).toBe('reject')
    expect(await process(Array.from({ length: 2_857 }, () => Uint8Array.of(1)))).toBe('reject')
    expect(refusals.at(-1)!.why).toMatch(/transaction 0/)
    expect(await process([await signer(0).sign({ nonce: 0, to, value: 1n })])).toBe('accept')
    expect(halts).toEqual([])
  })

  it('cannot be made up: any bytes are refused, none halts the node', async () => {
    const { process, halts } = await testAbci()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }), async (txs) => {
        expect(await process(txs)).toBe('reject')
      }),
      { numRuns: 300 },
    )
    expect(halts).toEqual([])
  })
})

describe('what a fair validator prepares', () => {
  it('is accepted by the others, whatever is in its pool and however little room there is', async () => {
    const { pool, prepare } = await testAbci()
    for (const [sender, count] of [3, 1, 4, 1, 5].entries()) {
      for (let nonce = 0; nonce < count; nonce++) {
        const data = bytesToHex(new Uint8Array(nonce * 97 + sender).fill(1))
        await pool.add(
          await signer(sender).sign({
            nonce,
            to,
            data,
            gas: 100_000n,
            maxPriorityFeePerGas: BigInt(1 + ((sender * 7 + nonce * 3) % 5)) * GWEI,
          }),
        )
      }
    }
    const other = await testAbci()
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 5_000n), async (room) => {
        const txs = await prepare(room)
        expect(txs.reduce((sum, tx) => sum + framedBytes(tx), 0)).toBeLessThanOrEqual(Number(room))
        expect(await other.process(txs), `with ${room} bytes`).toBe('accept')
      }),
      { numRuns: 60 },
    )
    expect(await prepare()).toHaveLength(14)
  })

  it('leaves out what an earlier block made impossible, and the pool forgets it', async () => {
    const { pool, prepare, process, finalize, commit } = await testAbci()
    // The whole balance moves away by a transaction that the pool never saw, so that the next one it holds cannot be paid.
    const own = await signer(3).sign({ nonce: 0, to, value: OPG })
    await pool.add(own)
    await pool.add(await signer(3).sign({ nonce: 1, to, value: OPG }))
    await pool.add(await signer(4).sign({ nonce: 0, to, value: OPG }))
    const spending = await signer(3).sign({ nonce: 0, to, value: 1_000_000n * OPG - OPG / 2n })
    expect(await process([spending])).toBe('accept')
    await finalize([spending])
    await commit()
    const txs = await prepare()
    expect(txs).toHaveLength(1)
    expect(await process(txs)).toBe('accept')
    await expect.poll(() => pool.content().pending.length).toBe(1)
  })

  it('is not empty because somebody else emptied the account of the best-paying transactions, which need the gas of whole blocks', async () => {
    const { pool, prepare, finalize, commit } = await testAbci()
    const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 50n * GWEI }
    // Whoever calls it makes it send all that the account has to 0xaa.
    const sweeper = await signer(0).sign({ nonce: 0, gas: 200_000n, data: '0x695f5f5f5f4760aa5af1005f52600a6016f3' })
    const contractAddress = getContractAddress({ from: signer(0).address, nonce: 0n })
    const authorizations = [1, 2].map((index) =>
      signer(index).account.signAuthorization({ contractAddress, chainId: Number(CHAIN_ID), nonce: 0 }),
    )
    const lend = await signer(0).sign({
      type: 'eip7702',
      nonce: 1,
      to,
      gas: 200_000n,
      authorizationList: await Promise.all(authorizations),
    })
    // They wait since before the accounts have lent themselves; of one that has, one would.
    await finalize([sweeper])
    await commit()
    for (const index of [1, 2]) {
      for (const nonce of [0, 1, 2]) await pool.add(await signer(index).sign({ nonce, to, gas: 60_000_000n, ...fees }))
    }
    await finalize([lend])
    await commit()
    expect(pool.content().pending.map(({ nonce }) => nonce)).toEqual([1n, 2n, 1n, 2n])
    const honest = await signer(3).sign({ nonce: 0, to })
    await pool.add(honest)
    const sweeps = [1, 2].map((index, i) => signer(0).sign({ nonce: 2 + i, to: signer(index).address, gas: 100_000n }))
    await finalize(await Promise.all(sweeps))
    await commit()
    expect(await prepare()).toEqual([honest])
    expect(pool.content().pending).toHaveLength(1)
  })

  it('is not kept to one transaction by whoever names the gas of a whole block and uses that of a transfer', async () => {
    const { pool, prepare, process, finalize, commit, ledger } = await testAbci()
    const whole = (nonce: number) =>
      signer(0).sign({ nonce, to, gas: 60_000_000n, maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 90n * GWEI })
    const others = await Promise.all(
      [1, 2, 3, 4].flatMap((index) => [0, 1].map((nonce) => signer(index).sign({ nonce, to, gas: 50_000n }))),
    )
    const next = async () => {
      const txs = await prepare()
      expect(await process(txs)).toBe('accept')
      const { txResults } = await finalize(txs)
      await commit()
      return txResults!.map(({ code }) => code)
    }
    for (const nonce of [0, 1]) await pool.add(await whole(nonce))
    for (const raw of others) await pool.add(raw)
    // Nothing is known yet: the one that pays best, alone.
    expect(await next()).toEqual([0])
    for (const nonce of [2, 3]) await pool.add(await whole(nonce))
    // The first of three fits while nothing is used, and those behind it, for which there could be no room, wait; the others have come all the same.
    expect(await next()).toEqual([0, ...others.map(() => 0)])
    expect(ledger.head.block.transactions).toHaveLength(1 + others.length)
    expect(pool.content().pending.map(({ nonce }) => nonce)).toEqual([2n, 3n])
    expect(await next()).toEqual([0])
    expect(await next()).toEqual([0])
  })

  it('runs to the same app hash and results on every node, in any order of their pools', async () => {
    const [one, other] = [await testAbci(), await testAbci()]
    const raws = await Promise.all([0, 1, 2].map((i) => signer(i).sign({ nonce: 0, to, value: BigInt(i) })))
    for (const raw of raws) await one.pool.add(raw)
    for (const raw of [...raws].reverse()) await other.pool.add(raw)
    const txs = await one.prepare()
    expect(await other.process(txs)).toBe('accept')
    const [first, second] = [await one.finalize(txs), await other.finalize(txs)]
    expect(second).toEqual(first)
    expect(first.txResults!.map(({ code }) => code)).toEqual([0, 0, 0])
    await Promise.all([one.commit(), other.commit()])
    expect(bytesToHex(first.appHash!)).toBe(one.ledger.head.hash)
    expect(other.ledger.head.hash).toBe(one.ledger.head.hash)
    expect(one.pool.content().pending).toEqual([])
  })
})

describe('a decided block', () => {
  it('leaves out what it has no room for, and what follows that of its sender, which stay in the pool', async () => {
    const { pool, finalize, commit } = await testAbci()
    const wide = await Promise.all([0, 1].map((nonce) => signer(0).sign({ nonce, to, gas: 60_000_000n })))
    const behind = await signer(0).sign({ nonce: 2, to })
    const other = await signer(1).sign({ nonce: 0, to })
    for (const raw of [...wide, behind, other]) await pool.add(raw)
    const { txResults } = await finalize([...wide, behind, other])
    expect(txResults!.map(({ code }) => code)).toEqual([0, 2, 2, 0])
    await commit()
    expect(pool.content().pending.map(({ nonce }) => nonce)).toEqual([1n, 2n])
  })

  it('runs also where its proposer was not fair: what cannot run is left out, with a code', async () => {
    const { finalize, commit, ledger, halts } = await testAbci()
    const gap = await signer(0).sign({ nonce: 5, to })
    const fine = await signer(1).sign({ nonce: 0, to })
    const { txResults } = await finalize([gap, fine])
    expect(txResults!.map(({ code }) => code)).toEqual([2, 0])
    await commit()
    expect(ledger.head.block.transactions.map((tx) => bytesToHex(tx.serialize()))).toEqual([bytesToHex(fine)])
    expect(halts).toEqual([])
  })

  it('can be replayed before it is committed, and not after', async () => {
    const { finalize, commit, ask, halts, ledger } = await testAbci()
    const raw = await signer(1).sign({ nonce: 0, to })
    const first = await finalize([raw])
    expect(await finalize([raw])).toEqual(first)
    await commit()
    expect((await ask('info', {})).lastBlockHeight).toBe(1n)
    await expect(finalize([raw], { height: 1n })).rejects.toMatchObject({ code: 'CHAIN_BLOCK_INVALID' })
    // What this node and CometBFT believe differs: it stops rather than guess.
    expect(halts).toHaveLength(1)
    await expect(ask('info', {})).rejects.toMatchObject({ code: 'CHAIN_BLOCK_INVALID' })
    expect(ledger.head.height).toBe(1n)
  })

  it('is seen by a new connection only once it is stored', async () => {
    const { finalize, commit, ask } = await testAbci()
    await finalize([])
    const [, info] = await Promise.all([commit(), ask('info', {})])
    expect(info.lastBlockHeight).toBe(1n)
  })

  it('has the proposer’s tips go to Rewards while its key is nobody’s, and the hash that CometBFT commits to', async () => {
    const { finalize, commit, ledger } = await testAbci()
    const { appHash } = await finalize([])
    await commit()
    expect(hexToBytes(ledger.head.hash)).toEqual(appHash)
    expect(ledger.head.block.header.coinbase.toString()).toMatch(/^0x4f47/)
  })
})

describe('an accepted proposal', () => {
  /** A node that counts which blocks ran, and fails where it is told. */
  async function counting() {
    const runs: Proposal[] = []
    let failure: Error | undefined
    const node = await testAbci({}, (application) => ({
      info: () => application.info(),
      validatorAccount: (address) => application.validatorAccount(address),
      prepare: (now, proposer) => application.prepare(now, proposer),
      process: (proposal) => application.process(proposal),
      commit: (commit) => application.commit(commit),
      finalize(proposal) {
        runs.push(proposal)
        return failure ? Promise.reject(failure) : application.finalize(proposal)
      },
    }))
    return { ...node, runs, fail: (error: Error | undefined) => (failure = error) }
  }

  it('runs before it is decided, and once', async () => {
    const { process, finalize, commit, runs, ledger } = await counting()
    const txs = [await signer(0).sign({ nonce: 0, to })]
    expect(await process(txs)).toBe('accept')
    await expect.poll(() => runs.length).toBe(1)
    const { appHash } = await finalize(txs)
    expect(runs).toHaveLength(1)
    await commit()
    expect(bytesToHex(appHash!)).toBe(ledger.head.hash)
    expect(await process([])).toBe('accept')
    await finalize([])
    await commit()
    expect(runs.map(({ height }) => height)).toEqual([1n, 2n])
  })

  it('gives way to another one that is decided', async () => {
    const { process, finalize, commit, runs, ledger } = await counting()
    const [one, other] = [await signer(0).sign({ nonce: 0, to }), await signer(1).sign({ nonce: 0, to })]
    await process([one])
    await process([other])
    await finalize([one])
    await commit()
    expect(ledger.head.block.transactions.map((tx) => bytesToHex(tx.serialize()))).toEqual([bytesToHex(one)])
    expect(runs.map(({ transactions }) => bytesToHex(transactions[0]!))).toEqual([one, other, one].map((raw) => bytesToHex(raw)))
  })

  it('halts the node only where it fails once it is decided', async () => {
    const { process, finalize, commit, fail, halts, runs } = await counting()
    fail(new Error('the disk is gone'))
    expect(await process([])).toBe('accept')
    await expect.poll(() => runs.length).toBe(1)
    fail(undefined)
    await finalize([])
    await commit()
    expect(halts).toEqual([])
    fail(new Error('the disk is gone'))
    await process([])
    await expect(finalize([])).rejects.toThrow('the disk is gone')
    expect(halts).toHaveLength(1)
  })
})

it('keeps as many blocks in CometBFT as it was told, and all unless', async () => {
  const all = await testAbci()
  const few = await testAbci({ retainBlocks: 2n })
  const retained: (bigint | undefined)[] = []
  for (let i = 0; i < 4; i++) {
    await all.finalize([])
    expect((await all.commit()).retainHeight).toBe(0n)
    await few.finalize([])
    retained.push((await few.commit()).retainHeight)
  }
  expect(retained).toEqual([0n, 1n, 2n, 3n])
})
