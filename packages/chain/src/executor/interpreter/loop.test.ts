import { createEVM, type EVM } from '@ethereumjs/evm'
import { Account, Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../../crypto/crypto.ts'
import { FlatBase } from '../../state/base.ts'
import { HashedStore } from '../../state/nodes.ts'
import { Overlay } from '../../state/overlay.ts'
import { memoryStore } from '../../state/store.ts'
import { environmentBlock } from '../environment.ts'
import { BLOCK_GAS_LIMIT, chainCommon } from '../rules.ts'
import { makeQuick } from './install.ts'

const crypto = await loadCrypto()
const common = chainCommon(1n, crypto)
const at = (last: number) => new Address(Uint8Array.from({ length: 20 }, (_, i) => (i === 19 ? last : 0)))
const CALLER = at(0xee)
const BLOCK = environmentBlock(
  {
    number: 300n,
    parentHash: new Uint8Array(32),
    time: 1_700_000_000n,
    coinbase: at(0xcb).bytes,
    baseFee: 7n,
    gasLimit: BLOCK_GAS_LIMIT,
    mixHash: new Uint8Array(32),
  },
  common,
)
/** Contracts that can call each other: their addresses are the numbers from here on. */
const FIRST = 0xa0

interface Machine {
  readonly evm: EVM
  readonly state: Overlay
  readonly base: FlatBase
}

async function machine(quick: boolean): Promise<Machine> {
  const store = memoryStore()
  const base = new FlatBase(store, new HashedStore(store, crypto.keccak))
  const state = new Overlay(base, crypto.keccak)
  const blockchain = { getBlock: async (height: number) => ({ hash: () => new Uint8Array(32).fill(height) }) } as never
  const evm = await createEVM({ common: common.detached(), stateManager: state, blockchain })
  if (quick) await makeQuick(evm, common)
  return { evm, state, base }
}

const [ours, theirs] = [await machine(true), await machine(false)]

/** What a call of the first contract does: everything that can be seen of it. */
async function run({ evm, state, base }: Machine, codes: readonly Uint8Array[], data: Uint8Array, gasLimit: bigint, steps = false) {
  state.reset(base)
  await state.putAccount(CALLER, new Account(1n, 1_000_000n))
  for (const [i, code] of codes.entries()) {
    await state.putAccount(at(FIRST + i), new Account(1n, BigInt(i)))
    await state.putCode(at(FIRST + i), code)
  }
  let seen = 0
  if (steps) evm.events.on('step', () => void seen++)
  const { execResult, createdAddress } = await evm.runCall({ block: BLOCK, caller: CALLER, to: at(FIRST), data, value: 3n, gasLimit })
  evm.events.removeAllListeners()
  evm.journal.cleanJournal()
  state.originalStorageCache.clear()
  const { exceptionError, executionGasUsed, gasRefund, returnValue, logs, selfdestruct } = execResult
  const { accounts, slots, cleared } = state.changes()
  return { seen, exceptionError, executionGasUsed, gasRefund, returnValue, logs, selfdestruct, createdAddress, accounts, slots, cleared }
}

const push = (bytes: readonly number[]) => [0x5f + bytes.length, ...bytes]
const small = fc.nat(70).map((value) => push([value]))
const wide = fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => push([...bytes]))
const contract = fc.nat(12).map((value) => push([value < 3 ? FIRST + value : value]))
const opcode = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...range(0x01, 0x0b), ...range(0x10, 0x1e)) },
  { weight: 4, arbitrary: fc.constantFrom(0x20, ...range(0x30, 0x4a)) },
  { weight: 8, arbitrary: fc.constantFrom(...range(0x50, 0x5f)) },
  { weight: 6, arbitrary: fc.constantFrom(...range(0x80, 0x9f)) },
  { weight: 2, arbitrary: fc.constantFrom(...range(0xa0, 0xa4), 0xf0, 0xf3, 0xf5, 0xfd, 0xff) },
  { weight: 1, arbitrary: fc.nat(255) },
)
/** A call with small memory areas, all gas, and perhaps value. */
const call = fc
  .tuple(fc.constantFrom(0xf1, 0xf2, 0xf4, 0xfa), contract, fc.nat(4))
  .map(([op, to, value]) => [...push([4]), ...push([0]), ...push([36]), ...push([0]), ...(op < 0xf3 ? push([value]) : []), ...to, 0x5a, op])
const jump = fc.tuple(fc.nat(60), fc.boolean()).map(([to, sure]) => (sure ? [...push([to]), 0x56] : [...push([to]), 0x90, 0x57]))
const piece = fc.oneof(
  { weight: 10, arbitrary: small },
  { weight: 3, arbitrary: wide },
  { weight: 14, arbitrary: opcode.map((op) => [op]) },
  { weight: 2, arbitrary: call },
  { weight: 2, arbitrary: jump },
  { weight: 2, arbitrary: fc.constant([0x5b, 0x5b, 0x5b]) },
)
const program = fc.array(piece, { maxLength: 40 }).map((pieces) => Uint8Array.from([...range(0x60, 0x67), ...pieces.flat()]))

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

describe('the loop', () => {
  it('does what that of EthereumJS does with any code, at any gas limit', async () => {
    const ends = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(program, { minLength: 1, maxLength: 3 }),
        fc.uint8Array({ maxLength: 70 }),
        fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 100_000n)),
        async (codes, data, gas) => {
          const mine = await run(ours, codes, data, gas)
          expect(mine).toEqual(await run(theirs, codes, data, gas))
          const end = mine.exceptionError?.error.split(' at ')[0] ?? 'ended'
          ends.set(end, (ends.get(end) ?? 0) + 1)
        },
      ),
      { numRuns: 3_000 },
    )
    // The programs go somewhere.
    for (const end of ['ended', 'out of gas', 'stack underflow', 'invalid opcode', 'invalid JUMP'])
      expect(ends.get(end), end).toBeGreaterThan(20)
  })

  it('runs out of gas at the same step, whichever it is', async () => {
    // Memory, hashing, storage, a log, a call of the identity precompile, a loop of three turns.
    const code = Buffer.from(
      '60036000525b60205f2060015560205fa060205f60205f60045afa506001600051035f525f51600557602060 00f3'.replaceAll(' ', ''),
      'hex',
    )
    const whole = await run(ours, [code], new Uint8Array(), 1_000_000n)
    expect(whole.exceptionError).toBeUndefined()
    for (let gas = 0n; gas <= whole.executionGasUsed + 1n; gas += gas < 3_000n ? 1n : 37n) {
      expect(await run(ours, [code], new Uint8Array(), gas)).toEqual(await run(theirs, [code], new Uint8Array(), gas))
    }
  })

  it('leaves the steps to EthereumJS when somebody listens', async () => {
    const code = Uint8Array.of(0x5f, 0x5f, 0x01)
    expect((await run(ours, [code], new Uint8Array(), 100n, true)).seen).toBe(3)
    expect((await run(ours, [code], new Uint8Array(), 100n, false)).seen).toBe(0)
  })

  it('knows every opcode that waits although its price is fixed', async () => {
    const { _opcodeMap } = ours.evm as unknown as { _opcodeMap: { opcodeInfo: { dynamicGas: boolean }; opHandler: () => unknown }[] }
    const waiting = _opcodeMap.flatMap(({ opcodeInfo, opHandler }, code) =>
      !opcodeInfo.dynamicGas && opHandler?.constructor.name === 'AsyncFunction' ? [code] : [],
    )
    expect(waiting).toEqual([0x40])
  })
})
