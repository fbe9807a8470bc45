import { Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { environmentBlock, headerOf, nextEnvironment } from '../src/executor/environment.ts'
import { vmOn } from '../src/executor/execute.ts'
import { blockStart, systemCall } from '../src/executor/systemCalls.ts'
import { blockWrites } from '../src/ledger/ledger.ts'
import { FlatBase } from '../src/state/base.ts'
import { HashedStore } from '../src/state/nodes.ts'
import { Overlay } from '../src/state/overlay.ts'
import { transition } from '../src/state/root.ts'
import { rebuildRoot } from '../src/state/verify.ts'
import { listRoot } from '../src/trie/list.ts'
import { testGenesis } from './chain.testkit.ts'
import { common, crypto, dump, offerOf, recordsOf, restore, type TestNode, testNode } from './snapshot.testkit.ts'

const { keccak } = crypto
const genesis = await testGenesis()

/** What happens to one of a few accounts. */
interface Happening {
  readonly account: number
  readonly nonce: bigint
  readonly balance: bigint
  readonly code: Uint8Array
  readonly slots: readonly (readonly [slot: number, value: bigint])[]
  readonly deleted: boolean
}

const addressOf = (account: number) => new Address(keccak(Uint8Array.of(account)).subarray(0, 20))
const slotOf = (slot: number) => keccak(Uint8Array.of(slot, 1))
const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

/** Stores the next block, after whose start anything at all happens to the state, as if it followed by the rules; the node's core is not told. */
async function arbitraryBlock(node: TestNode, happenings: readonly Happening[], begins = true): Promise<TestNode> {
  const { store, core } = node
  const parent = core.ledger.head.block.header
  const env = nextEnvironment(parent, common, parent.timestamp + 1n, new Uint8Array(20))
  const hashed = new HashedStore(store, keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, keccak)
  const vm = await vmOn(overlay, common, (height) => core.ledger.blockHash(height))
  const block = environmentBlock(env, common)
  if (begins) for (const call of blockStart(block)) await systemCall(vm, block, call)
  for (const { account, nonce, balance, code, slots, deleted } of happenings) {
    const address = addressOf(account)
    if (deleted) await overlay.deleteAccount(address)
    else {
      await overlay.modifyAccountFields(address, { nonce, balance })
      await overlay.putCode(address, code)
      for (const [slot, value] of slots) await overlay.putStorage(address, slotOf(slot), word(value))
    }
  }
  const state = await transition(parent.stateRoot, overlay.changes(), { base, store, hashed, keccak })
  const none = listRoot([], keccak)
  const outcome = { stateRoot: state.root, transactionsRoot: none, receiptsRoot: none, logsBloom: new Uint8Array(256), gasUsed: 0n }
  const header = headerOf(env, common, outcome)
  const executed = {
    header,
    hash: header.hash(),
    transition: state,
    receipts: [],
    included: [],
    dropped: [],
    report: undefined,
    validatorUpdates: [],
  }
  await store.write([...state.writes, ...blockWrites(executed, undefined, store)])
  return testNode(genesis, store)
}

const happening: fc.Arbitrary<Happening> = fc.record({
  account: fc.integer({ min: 0, max: 12 }),
  nonce: fc.oneof(fc.bigInt(0n, 300n), fc.constant(2n ** 64n - 1n)),
  balance: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 256n - 1n)),
  code: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.constant(new Uint8Array(24_576).fill(1))),
  slots: fc.array(
    fc.tuple(fc.integer({ min: 0, max: 40 }), fc.oneof(fc.constant(0n), fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 256n - 1n))),
    {
      maxLength: 40,
    },
  ),
  deleted: fc.boolean(),
})

describe('any state', () => {
  it('comes back from its snapshot, however it was cut, with its tries, and every node makes the same snapshot of it', async () => {
    const blocks = fc.array(fc.array(happening, { maxLength: 12 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 200_000 }), async (happenings, chunkBytes) => {
        let node = await testNode(genesis)
        for (const block of happenings) node = await arbitraryBlock(node, block)
        const { head } = node.core.ledger
        const offered = offerOf(node, await recordsOf(node), Math.max(chunkBytes, 500))
        const { answer, store, logged } = await restore(offered, genesis, head.block.hash())
        expect([answer, logged]).toEqual(['accept', []])
        expect(await dump(store, 'as')).toEqual(await dump(node.store, 'as'))
        const nodes = await dump(node.store, 'n')
        for (const [key, rlp] of await dump(store, 'n')) expect(nodes.get(key)).toBe(rlp)
        expect(await rebuildRoot(store, keccak)).toEqual(head.block.header.stateRoot)
        const follower = await testNode(genesis, store)
        expect(offerOf(follower, await recordsOf(follower), Math.max(chunkBytes, 500)).snapshot).toEqual(offered.snapshot)
        expect(await follower.block()).toBe(await node.block())
      }),
      { numRuns: 40 },
    )
  })

  it('whose History is not of its block is refused, though its root is right', async () => {
    const node = await arbitraryBlock(await testNode(genesis), [], false)
    const offered = offerOf(node, await recordsOf(node))
    const { answer, restored, logged } = await restore(offered, genesis, node.core.ledger.head.block.hash())
    expect([answer, restored]).toEqual(['rejectSnapshot', false])
    expect(logged[0]).toMatch(/History is not of its block/)
  })
})
