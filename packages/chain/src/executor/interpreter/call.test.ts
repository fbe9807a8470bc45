import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lookUpPrecompiles } from '../../simulate/precompiles.ts'
import { BlockHashes } from './blockHashes.ts'
import { ours, run, theirs } from './machines.testkit.ts'
import { FIRST } from './programs.testkit.ts'

const CONTRACTS = 5
/** An account whose code is that of the contract after it (EIP-7702). */
const DELEGATION = (to: number) => Uint8Array.of(0xef, 0x01, 0x00, ...new Uint8Array(19), to)

const push = (value: number): number[] =>
  value === 0 ? [0x5f] : value < 256 ? [0x60, value] : [0x62, value >> 16, (value >> 8) & 255, value & 255]
/** Arguments as the opcode names them: the first is on top. */
const op = (opcode: number, ...args: readonly (readonly number[])[]): number[] => [...args.toReversed().flat(), opcode]
const GAS = [0x5a]

const contract = fc.nat(CONTRACTS - 1).map((index) => FIRST + index)
/** Contracts, the caller of all, precompiles, nobody. */
const account = fc.oneof(
  { weight: 12, arbitrary: contract },
  { weight: 4, arbitrary: fc.nat(12) },
  { weight: 1, arbitrary: fc.constantFrom(0xee, 0xdd) },
)
const place = fc.constantFrom(0, 0, 4, 32, 60, 100)
const size = fc.constantFrom(0, 0, 4, 32, 33, 96)
const gasGiven = fc.oneof(
  { weight: 5, arbitrary: fc.constant(GAS) },
  { weight: 2, arbitrary: fc.constantFrom(0, 3, 120, 800, 2_600, 30_000).map(push) },
)
const value = fc.constantFrom(0, 0, 0, 0, 1)
const calling = fc
  .record({ kind: fc.constantFrom(0xf1, 0xf1, 0xf2, 0xf4, 0xfa), gas: gasGiven, to: account, value, a: place, b: size, c: place, d: size })
  .map(({ kind, gas, to, value, a, b, c, d }) =>
    op(kind, gas, push(to), ...(kind < 0xf3 ? [push(value)] : []), push(a), push(b), push(c), push(d)),
  )
/** What a call answers decides what comes next. */
const deciding = fc.tuple(calling, fc.nat(3)).map(([call, slot]) => [...call, ...push(slot), 0x55])
const ignoring = calling.map((call) => [...call, 0x50])
/** Puts what an opcode answers where it can be seen. */
const seen = (code: readonly number[], slot: number) => op(0x55, push(slot), code)
const asking = fc.oneof(
  fc.tuple(fc.constantFrom(0x31, 0x3b, 0x3f), account, fc.nat(3)).map(([opcode, of, slot]) => seen(op(opcode, push(of)), slot)),
  fc.tuple(account, place, place, size).map(([of, to, from, length]) => op(0x3c, push(of), push(to), push(from), push(length))),
  fc.tuple(place, place, size).map(([to, from, length]) => op(0x3e, push(to), push(from), push(length))),
  fc
    .tuple(fc.constantFrom(0x37, 0x39), place, fc.oneof(place, fc.constant(70_000)), size)
    .map(([opcode, to, from, length]) => op(opcode, push(to), push(from), push(length))),
  fc.tuple(place, place, size).map(([to, from, length]) => op(0x5e, push(to), push(from), push(length))),
  fc.nat(3).map((slot) => seen([0x3d], slot)),
  fc.nat(3).map((slot) => seen([0x47], slot)),
  fc
    .tuple(fc.constantFrom(0, 1, 43, 44, 255, 256, 299, 300, 301, 70_000), fc.nat(3))
    .map(([number, slot]) => seen(op(0x40, push(number)), slot)),
  fc
    .tuple(fc.constantFrom(0x30, 0x32, 0x33, 0x34, 0x36, 0x41, 0x44, 0x58, 0x59, 0x5a), fc.nat(3))
    .map(([opcode, slot]) => seen([opcode], slot)),
)
const writing = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3)).map(([slot, word]) => op(0x55, push(slot), push(word))),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([slot, word]) => op(0x5d, push(slot), push(word))),
  fc.tuple(fc.nat(3), place).map(([slot, at]) => op(0x52, push(at), op(0x5c, push(slot)))),
  fc.tuple(place, place).map(([at, from]) => op(0x52, push(at), op(0x35, push(from)))),
  fc.tuple(place, size).map(([at, length]) => op(0xa0, push(at), push(length))),
  // Makes a contract that destroys itself when it is called, or while it is made.
  fc.constantFrom([0x33, 0xff], [0x61, 0x33, 0xff, 0x5f, 0x52, 0x60, 0x02, 0x60, 0x1e, 0xf3], [0xfe]).map((init) => {
    const word = [...init, ...new Uint8Array(32 - init.length)]
    return [
      0x7f,
      ...word,
      0x5f,
      0x52,
      ...op(0xf0, push(0), push(0), push(init.length)),
      ...op(0x55, push(3), [0x80]),
      ...op(0xf1, GAS, [0x85], push(0), push(0), push(0), push(0), push(0)),
      0x50,
      0x50,
    ]
  }),
)
const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant([0x00]) },
  { weight: 4, arbitrary: fc.tuple(place, size).map(([at, length]) => op(0xf3, push(at), push(length))) },
  { weight: 2, arbitrary: fc.tuple(place, size).map(([at, length]) => op(0xfd, push(at), push(length))) },
  { weight: 1, arbitrary: fc.constantFrom([0xfe], [0x50], [0x33, 0xff], []) },
)
const code = fc
  .tuple(
    fc.array(
      fc.oneof({ weight: 4, arbitrary: fc.oneof(deciding, ignoring) }, { weight: 2, arbitrary: asking }, { weight: 3, arbitrary: writing }),
      { maxLength: 7 },
    ),
    ending,
  )
  .map(([parts, end]) => Uint8Array.from([...parts.flat(), ...end]))
const codes = fc.array(fc.oneof({ weight: 8, arbitrary: code }, { weight: 1, arbitrary: contract.map(DELEGATION) }), {
  minLength: CONTRACTS,
  maxLength: CONTRACTS,
})

const nothing = new Uint8Array()
const both = async (codes: readonly Uint8Array[], gas: bigint, data = nothing) => {
  const mine = await run(ours, codes, data, gas)
  expect(mine).toEqual(await run(theirs, codes, data, gas))
  return mine
}

describe('contracts that call each other', () => {
  it('do what they do in EthereumJS: gas, refunds, logs, answers, storage, what was made and destroyed, whoever fails inside', async () => {
    let failed = 0
    let changed = 0
    await fc.assert(
      fc.asyncProperty(codes, fc.oneof(fc.bigInt(0n, 20_000n), fc.bigInt(20_000n, 400_000n)), async (codes, gas) => {
        const { exceptionError, slots } = await both(codes, gas)
        if (exceptionError) failed++
        if ([...slots.values()].some(({ size }) => size > 2)) changed++
      }),
      { numRuns: 1_500 },
    )
    expect(failed).toBeGreaterThan(100)
    expect(changed).toBeGreaterThan(50)
  }, 120_000)

  it('go as deep as they may, and no deeper; what is written there comes back', async () => {
    // Calls itself with what it was given and one, until that fails, and answers how deep that was.
    const self = [
      ...op(0x52, push(0), op(0x01, push(1), op(0x35, push(0)))),
      ...op(0xfa, GAS, push(FIRST), push(0), push(32), push(0), push(32)),
      0x50,
      ...op(0xf3, push(0), push(32)),
    ]
    const { returnValue, exceptionError } = await both([Uint8Array.from(self)], 2n ** 50n, new Uint8Array(32))
    expect(exceptionError).toBeUndefined()
    expect(Number(BigInt(`0x${Buffer.from(returnValue).toString('hex')}`))).toBe(1_025)
  })

  it('know what was made before in the transaction, however many calls ago', async () => {
    // Makes a contract, which the next destroys: it goes. One that was there before stays (EIP-6780).
    const init = [0x61, 0x33, 0xff, 0x5f, 0x52, 0x60, 0x02, 0x60, 0x1e, 0xf3]
    const word = [...init, ...new Uint8Array(32 - init.length)]
    const maker = [0x7f, ...word, 0x5f, 0x52, ...op(0xf0, push(0), push(0), push(init.length)), 0x5f, 0x52, ...op(0xf3, push(0), push(32))]
    const caller = [...op(0xf1, GAS, push(FIRST + 1), push(0), push(0), push(0), push(0), push(32)), 0x50]
    const destroyer = [
      ...caller,
      ...op(0xf1, GAS, op(0x51, push(0)), push(0), push(0), push(0), push(0), push(0)),
      0x50,
      ...op(0xf1, GAS, push(FIRST + 2), push(0), push(0), push(0), push(0), push(0)),
      0x50,
    ]
    const { selfdestruct } = await both([Uint8Array.from(destroyer), Uint8Array.from(maker), Uint8Array.of(0x33, 0xff)], 1_000_000n)
    expect(selfdestruct?.size).toBe(2)
  })
})

describe('what was destroyed before', () => {
  const VICTIMS = 60
  const destroyAll = Array.from({ length: VICTIMS }, (_, i) => [
    ...op(0xf1, GAS, push(FIRST + 2 + i), push(0), push(0), push(0), push(0), push(0)),
    0x50,
  ]).flat()
  const victims = Array.from({ length: VICTIMS }, () => Uint8Array.of(0x33, 0xff))
  /** Destroys all of them, then goes so deep and destroys one again there. Each call pays so much to the next. */
  const codes = (depth: number, value: number) => {
    const again = [...op(0xf1, GAS, push(FIRST + 2), push(0), push(0), push(0), push(0), push(0)), 0x00]
    const deeper = [
      ...op(0x52, push(0), op(0x03, op(0x35, push(0)), push(1))),
      ...op(0xf1, GAS, [0x30], push(value), push(0), push(32), push(0), push(0)),
      0x00,
    ]
    const chain = [...op(0x35, push(0)), 0x60, 4 + again.length + 1, 0x57, ...again, 0x5b, ...deeper]
    const start = op(0xf1, GAS, push(FIRST + 1), push(0), push(0), push(32), push(0), push(0))
    const first = [...destroyAll, ...op(0x52, push(0), push(depth)), ...start, 0x00]
    return [Uint8Array.from(first), Uint8Array.from(chain), ...victims]
  }

  it.each([0, 1])('is not copied at every depth of calls that pay %i: each would cost as much time as there is of it', async (value) => {
    const noted = async (depth: number) => {
      const { set } = Map.prototype
      let count = 0
      Map.prototype.set = function (this: Map<unknown, unknown>, key: unknown, value: unknown) {
        count++
        return set.call(this, key, value)
      }
      try {
        const { exceptionError, selfdestruct } = await run(ours, codes(depth, value), nothing, 2n ** 40n)
        expect([exceptionError, selfdestruct?.size]).toEqual([undefined, VICTIMS])
      } finally {
        Map.prototype.set = set
      }
      return count
    }
    expect((await noted(101)) - (await noted(1))).toBeLessThan(4 * VICTIMS)
    await both(codes(20, value), 2n ** 40n)
  })
})

it('the hash of a block is the same each time that it is asked for', async () => {
  const of = (number: number) =>
    Uint8Array.from([...op(0x40, push(number)), 0x50, ...op(0x52, push(0), op(0x40, push(number))), ...op(0xf3, push(0), push(32))])
  for (const [number, hash] of [
    [299, new Uint8Array(32).fill(299)],
    [44, new Uint8Array(32).fill(44)],
    [43, new Uint8Array(32)],
    [300, new Uint8Array(32)],
  ] as const)
    expect((await both([of(number)], 10_000n)).returnValue).toEqual(hash)
})

it('what a call has logged follows what was logged before it, and nothing of who fails', async () => {
  const log = (topic: number) => op(0xa1, push(0), push(0), push(topic))
  const call = (index: number) => [...op(0xfa, push(20_000), push(FIRST + index), push(0), push(0), push(0), push(0)), 0x50]
  const plain = (index: number) => [...op(0xf1, push(60_000), push(FIRST + index), push(0), push(0), push(0), push(0), push(0)), 0x50]
  const outer = Uint8Array.from([...log(1), ...plain(1), ...log(4), ...plain(2), ...call(1), ...log(5)])
  const { logs } = await both([outer, Uint8Array.from([...log(2), ...plain(2), ...log(3)]), Uint8Array.from([...log(9), 0xfe])], 500_000n)
  expect(logs?.map(([, topics]) => topics[0]!.at(-1))).toEqual([1, 2, 3, 4, 5])
})

it('hashes that were asked for are those of one block, and of the 256 before it', () => {
  const [block, next] = [300n, 301n].map((number) => ({ header: { number } })) as [
    { header: { number: bigint } },
    { header: { number: bigint } },
  ]
  const hashes = new BlockHashes()
  expect([299n, 44n, 43n, 300n, 301n].map((number) => hashes.of(number, block))).toEqual([undefined, undefined, 0n, 0n, 0n])
  hashes.learn(299n, 7n)
  expect(hashes.of(299n, block)).toBe(7n)
  expect(hashes.of(299n, next)).toBeUndefined()
})

it('precompiles are asked for at the addresses that the EVM knows for them, which simulations change', async () => {
  const calls = (address: number) => [
    ...op(0xfa, GAS, push(address), push(0), push(4), push(0), push(0)),
    ...op(0x52, push(0), [0x3d]),
    ...op(0xf3, push(0), push(32)),
  ]
  const sizeAt = async (address: number) => (await both([Uint8Array.from(calls(address))], 100_000n)).returnValue.at(-1)
  expect([await sizeAt(4), await sizeAt(0xbb)]).toEqual([4, 0])
  const before = [ours, theirs].map(({ evm }) => evm.getPrecompile)
  for (const { evm } of [ours, theirs]) {
    const table = new Map(evm.precompiles)
    table.set('bb'.padStart(40, '0'), table.get('4'.padStart(40, '0'))!)
    table.delete('4'.padStart(40, '0'))
    lookUpPrecompiles(evm, () => table)
  }
  expect([await sizeAt(4), await sizeAt(0xbb)]).toEqual([0, 4])
  for (const [i, { evm }] of [ours, theirs].entries()) Object.assign(evm, { getPrecompile: before[i] })
})
