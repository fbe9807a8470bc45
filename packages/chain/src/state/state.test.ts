import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { Account, Address, bytesToHex } from '@ethereumjs/util'
import { fastKeccak256 } from '@opengradient/protocol/node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY_ROOT } from '../trie/update.ts'
import { FlatBase, trieBase } from './base.ts'
import { HashedStore } from './nodes.ts'
import { Overlay } from './overlay.ts'
import { transition } from './root.ts'
import { memoryStore, type Store } from './store.ts'
import { rebuildRoot } from './verify.ts'

const keccak = await fastKeccak256()
const common: Common = createCustomCommon({ chainId: 1337 }, Mainnet, { hardfork: Hardfork.Prague })

const address = (i: number) => new Address(Uint8Array.from({ length: 20 }, (_, at) => (at === 0 ? i : at === 19 ? 0xff : 7)))
const slot = (i: number) => Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? i : 0))

/** The chain's way of keeping state: overlay, one transition a block, store. */
function flatChain(store: Store) {
  const hashed = new HashedStore(store, keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, keccak)
  const state = { root: EMPTY_ROOT as Uint8Array }
  return {
    overlay,
    hashed,
    state,
    async endBlock() {
      const next = await transition(state.root, overlay.changes(), { base, store, hashed, keccak })
      await store.write(next.writes)
      base.changed(next.accounts, next.slots)
      overlay.reset(base)
      state.root = next.root
      return next.root
    },
  }
}

type Op =
  | { readonly do: 'balance' | 'code' | 'slot'; readonly who: number; readonly slot: number; readonly value: number }
  | { readonly do: 'delete' | 'clear'; readonly who: number }
  | { readonly do: 'checkpoint' | 'commit' | 'revert' }

const who = fc.nat(5)
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('balance', 'code', 'slot', 'slot', 'slot'),
      who,
      slot: fc.nat(6),
      value: fc.nat(3),
    }) as fc.Arbitrary<Op>,
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('delete', 'clear'), who }) as fc.Arbitrary<Op> },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('checkpoint', 'checkpoint', 'commit', 'revert') }) as fc.Arbitrary<Op> },
)

/** Applies one operation the way the EVM does: storage and code only on accounts that exist, a new account begins with no storage. */
async function apply(manager: Overlay | MerkleStateManager, step: Op, depth: number): Promise<number> {
  if (!('who' in step)) {
    if (step.do !== 'checkpoint' && depth === 0) return 0
    await manager[step.do]()
    return step.do === 'checkpoint' ? depth + 1 : depth - 1
  }
  const at = address(step.who)
  const exists = (await manager.getAccount(at)) !== undefined
  if (step.do === 'delete') await manager.deleteAccount(at)
  else if (step.do === 'clear') {
    if (exists) await manager.clearStorage(at)
  } else if ('slot' in step) {
    if (!exists) {
      await manager.putAccount(at, new Account(1n, 5n))
      await manager.clearStorage(at)
    }
    const account = (await manager.getAccount(at))!
    if (step.do === 'balance') {
      account.balance = BigInt(step.value) + 1n
      await manager.putAccount(at, account)
    } else if (step.do === 'code')
      await manager.putCode(
        at,
        Uint8Array.from({ length: step.value }, () => 0x60),
      )
    else await manager.putStorage(at, slot(step.slot), Uint8Array.of(0, step.value))
  }
  return depth
}

describe('the flat state', () => {
  it('has the roots and contents of MerkleStateManager on any workload of blocks, checkpoints and reverts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(op, { maxLength: 40 }), { minLength: 1, maxLength: 5 }), async (blocks) => {
        const store = memoryStore()
        const chain = flatChain(store)
        const merkle = new MerkleStateManager({ common })
        const roots: Uint8Array[] = []
        for (const block of blocks) {
          let depth = 0
          for (const step of block) {
            await apply(merkle, step, depth)
            depth = await apply(chain.overlay, step, depth)
          }
          for (; depth > 0; depth--) {
            await merkle.commit()
            await chain.overlay.commit()
          }
          const root = await chain.endBlock()
          roots.push(root)
          expect(bytesToHex(root)).toBe(bytesToHex(await merkle.getStateRoot()))
        }
        const last = trieBase(chain.state.root, chain.hashed, keccak)
        for (let i = 0; i <= 5; i++) {
          const at = address(i)
          const expected = await merkle.getAccount(at)
          expect((await chain.overlay.getAccount(at))?.serialize()).toEqual(expected?.serialize())
          expect(last.account(at.bytes)?.balance).toBe(expected?.balance)
          if (!expected) continue
          expect(await chain.overlay.getCode(at)).toEqual(await merkle.getCode(at))
          for (let s = 0; s <= 6; s++) {
            const value = await merkle.getStorage(at, slot(s))
            expect(Buffer.from(await chain.overlay.getStorage(at, slot(s)))).toEqual(Buffer.from(value))
            expect(Buffer.from(last.slot(at.bytes, slot(s)))).toEqual(Buffer.from(value))
          }
        }
        expect(bytesToHex((await rebuildRoot(store, keccak))!)).toBe(bytesToHex(chain.state.root))
      }),
      { numRuns: 300 },
    )
  })

  it('still reads old blocks after the slots were overwritten and the account destroyed', async () => {
    const chain = flatChain(memoryStore())
    await chain.overlay.putAccount(address(1), new Account(1n, 2n))
    await chain.overlay.putStorage(address(1), slot(1), Uint8Array.of(9))
    const first = await chain.endBlock()
    await chain.overlay.deleteAccount(address(1))
    const second = await chain.endBlock()
    expect(trieBase(first, chain.hashed, keccak).slot(address(1).bytes, slot(1))).toEqual(Uint8Array.of(9))
    expect(trieBase(second, chain.hashed, keccak).account(address(1).bytes)).toBeUndefined()
    expect(second).toEqual(EMPTY_ROOT)
  })

  it('forgets the storage of a destroyed account that is made again in the same block', async () => {
    const chain = flatChain(memoryStore())
    await chain.overlay.putAccount(address(1), new Account(1n, 2n))
    await chain.overlay.putStorage(address(1), slot(1), Uint8Array.of(9))
    await chain.endBlock()
    await chain.overlay.deleteAccount(address(1))
    await chain.overlay.putAccount(address(1), new Account(1n, 2n))
    expect(await chain.overlay.getStorage(address(1), slot(1))).toEqual(new Uint8Array())
    await chain.overlay.putStorage(address(1), slot(2), Uint8Array.of(3))
    await chain.endBlock()
    expect(await chain.overlay.getStorage(address(1), slot(1))).toEqual(new Uint8Array())
    expect(await chain.overlay.getStorage(address(1), slot(2))).toEqual(Uint8Array.of(3))
  })

  it('remembers a slot as it was when the transaction began', async () => {
    const { overlay } = flatChain(memoryStore())
    await overlay.putAccount(address(1), new Account(1n, 2n))
    await overlay.putStorage(address(1), slot(1), Uint8Array.of(9))
    expect(await overlay.originalStorageCache.get(address(1), slot(1))).toEqual(Uint8Array.of(9))
    await overlay.putStorage(address(1), slot(1), Uint8Array.of(8))
    expect(await overlay.originalStorageCache.get(address(1), slot(1))).toEqual(Uint8Array.of(9))
    overlay.originalStorageCache.clear()
    expect(await overlay.originalStorageCache.get(address(1), slot(1))).toEqual(Uint8Array.of(8))
  })

  it('reads code once a block, however much of it is looked at in turn', async () => {
    const LARGEST = 24_576
    const MANY = 1_400
    const store = memoryStore()
    let reads = 0
    const counting: Store = {
      ...store,
      get(key) {
        if (key[0] === 0x63) reads++
        return store.get(key)
      },
    }
    const { overlay, endBlock } = flatChain(counting)
    const contracts = Array.from(
      { length: MANY },
      (_, i) => new Address(new Uint8Array(20).fill(9).map((byte, at) => (at < 2 ? (i >> (8 * at)) & 255 : byte))),
    )
    for (const [i, contract] of contracts.entries()) {
      const code = new Uint8Array(LARGEST)
      new DataView(code.buffer).setUint32(0, i + 1)
      await overlay.putCode(contract, code)
    }
    await endBlock()
    for (let round = 0; round < 3; round++) for (const contract of contracts) expect((await overlay.getCode(contract)).length).toBe(LARGEST)
    expect(reads).toBe(MANY)
    await endBlock()
    await overlay.getCode(contracts[0]!)
    expect(reads).toBe(MANY + 1)
  })

  it('stores code that a kept account has, and none that was reverted', async () => {
    const store = memoryStore()
    const chain = flatChain(store)
    const kept = Uint8Array.of(0x60, 1)
    const reverted = Uint8Array.of(0x60, 2)
    await chain.overlay.putCode(address(1), kept)
    await chain.overlay.checkpoint()
    await chain.overlay.putCode(address(2), reverted)
    await chain.overlay.revert()
    await chain.endBlock()
    expect(chain.hashed.code(keccak(kept))).toEqual(kept)
    expect(() => chain.hashed.code(keccak(reverted))).toThrow(/lacks the code/)
  })
})
