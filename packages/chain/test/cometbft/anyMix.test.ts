import { bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { getContractAddress, type TransactionSerializable } from 'viem'
import { expect, it } from 'vitest'
import { type Database, memoryStore } from '../../src/state/store.ts'
import { CHAIN_ID, OPG, signer, testGenesis } from '../chain.testkit.ts'
import { testAbci } from './abci.testkit.ts'

const GWEI = 10n ** 9n
const to = '0x00000000000000000000000000000000000000aa'
/** Without money. */
const POOR = 9
/** Blocks in which everything that can run has to be gone. */
const MOST_BLOCKS = 60

const genesis = await testGenesis()
/** Block 0, which takes a second to make. */
const begun = memoryStore()
await testAbci({}, undefined, { genesis, store: begun })
const fresh = (): Database => begun.view() as Database

/** Contracts of the first signer, made in block 1: what calls them sends all they have to 0xaa, stores, calls itself until there is no gas, reverts. */
const CONTRACTS = {
  sweep: '0x695f5f5f5f4760aa5af1005f52600a6016f3',
  store: '0x6760203560003555005f5260086018f3',
  nest: '0x685f5f5f5f5f305af1005f5260096017f3',
  revert: '0x635f5ffd005f526004601cf3',
} as const
const NAMES = Object.keys(CONTRACTS) as (keyof typeof CONTRACTS)[]
const addressOf = (name: keyof typeof CONTRACTS) => getContractAddress({ from: signer(0).address, nonce: BigInt(NAMES.indexOf(name)) })

type Kind = 'transfer' | 'all' | 'create' | 'dear' | 'cheap' | 'lend' | 'sweepOther' | 'list' | keyof typeof CONTRACTS

interface Wish {
  readonly sender: number
  readonly kind: Kind
  /** Beyond the account's nonce. */
  readonly offset: number
  /** Gwei. */
  readonly tip: number
  /** Into which pools it comes, and when. */
  readonly first: boolean
  readonly second: boolean
  readonly order: number
}

const wish: fc.Arbitrary<Wish> = fc.record({
  sender: fc.constantFrom(0, 1, 2, 3, 4, POOR),
  kind: fc.constantFrom<Kind>('transfer', 'transfer', 'all', 'create', 'dear', 'cheap', 'lend', 'sweepOther', 'list', ...NAMES),
  offset: fc.constantFrom(0, 0, 0, 1, 1, 2, 5),
  tip: fc.integer({ min: 0, max: 60 }),
  first: fc.boolean(),
  second: fc.boolean(),
  order: fc.nat(),
})

const round = fc.record({ wishes: fc.array(wish, { maxLength: 14 }), firstProposes: fc.boolean(), restart: fc.boolean() })

/** The transaction, at the nonce that its sender has there. */
async function signed({ sender, kind, offset, tip }: Wish, nonceOf: (index: number) => number): Promise<Uint8Array> {
  const from = signer(sender)
  const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: BigInt(tip) * GWEI }
  const other = (sender + 1) % 5
  const requests: Record<Kind, Partial<TransactionSerializable>> = {
    transfer: { to, value: 1n },
    all: { to, value: 999_990n * OPG },
    create: { data: CONTRACTS.revert, gas: 200_000n },
    dear: { to, gas: 60_000_000n },
    cheap: { to, maxFeePerGas: GWEI, maxPriorityFeePerGas: 0n },
    lend: {
      type: 'eip7702',
      to,
      gas: 200_000n,
      authorizationList: [
        await signer(other).account.signAuthorization({
          contractAddress: addressOf('sweep'),
          chainId: Number(CHAIN_ID),
          nonce: nonceOf(other),
        }),
      ],
    },
    sweepOther: { to: signer(other).address, gas: 150_000n },
    list: { type: 'eip2930', to, gas: 60_000n, accessList: [{ address: to, storageKeys: [`0x${'11'.repeat(32)}`] }] },
    sweep: { to: addressOf('sweep'), value: 5n, gas: 100_000n },
    store: { to: addressOf('store'), data: `0x${'22'.repeat(64)}`, gas: 100_000n },
    nest: { to: addressOf('nest'), gas: 2_000_000n },
    revert: { to: addressOf('revert'), gas: 100_000n },
  }
  const request = { ...requests[kind], nonce: nonceOf(sender) + offset }
  if (kind !== 'list') return from.sign({ ...fees, ...request } as Partial<TransactionSerializable>)
  const legacy = { chainId: Number(CHAIN_ID), gasPrice: 90n * GWEI, ...request } as TransactionSerializable
  return hexToBytes(await from.account.signTransaction(legacy))
}

it('whatever comes into two pools, what one proposes the other accepts, all run it to the same app hash, and nothing stays that could run', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 2, maxLength: 6 }), async (rounds) => {
      const nodes = [await testAbci({}, undefined, { genesis, store: fresh() })]
      let secondStore = fresh()
      nodes.push(await testAbci({}, undefined, { genesis, store: secondStore }))
      /** Only replays what was decided. */
      const replayer = await testAbci({}, undefined, { genesis, store: fresh() })
      const decide = async (proposer: number): Promise<readonly Uint8Array[]> => {
        const txs = await nodes[proposer]!.prepare()
        for (const node of nodes) expect([await node.process(txs), node.refusals]).toEqual(['accept', []])
        const answers = []
        for (const node of [...nodes, replayer]) {
          answers.push(await node.finalize(txs))
          await node.commit()
        }
        expect(answers[1]).toEqual(answers[0])
        expect(answers[2]).toEqual(answers[0])
        expect(bytesToHex(answers[0]!.appHash!)).toBe(nodes[0]!.ledger.head.hash)
        return txs
      }
      for (const [nonce, name] of NAMES.entries())
        await nodes[0]!.pool.add(await signer(0).sign({ nonce, data: CONTRACTS[name], gas: 200_000n }))
      expect(await decide(0)).toHaveLength(NAMES.length)

      for (const { wishes, firstProposes, restart } of rounds) {
        const { account } = nodes[0]!.core.host
        const nonceOf = (index: number) => Number(account(signer(index).address)?.nonce ?? 0n)
        const made = await Promise.all(wishes.map(async (each) => ({ ...each, raw: await signed(each, nonceOf) })))
        for (const [index, node] of nodes.entries()) {
          const mine = made.filter(({ first, second }) => (index === 0 ? first : second))
          if (index === 1) mine.sort((a, b) => a.order - b.order)
          // Many are refused: by the sender's money, by what is there already, by their fees.
          for (const { raw } of mine) await node.ask('checkTx', { tx: raw, type: 'new' })
        }
        if (restart) {
          // With a pool that is empty, and nothing in memory.
          secondStore = secondStore.view() as Database
          nodes[1] = await testAbci({}, undefined, { genesis, store: secondStore })
        }
        await decide(firstProposes ? 0 : 1)
      }

      for (const [index, node] of nodes.entries()) {
        let blocks = 0
        while ((await decide(index)).length > 0) expect(blocks++).toBeLessThan(MOST_BLOCKS)
        const baseFee = node.core.host.nextBaseFee()
        const stuck: Hex[] = node.pool
          .content()
          .pending.filter(({ fields }) => fields.maxFeePerGas >= baseFee)
          .map(({ hash }) => hash)
        expect(stuck).toEqual([])
      }
      expect([...nodes, replayer].flatMap(({ halts }) => halts)).toEqual([])
    }),
    { numRuns: 5 },
  )
}, 240_000)
