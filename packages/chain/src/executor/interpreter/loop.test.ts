import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ours, run, theirs } from './machines.testkit.ts'
import { program } from './programs.testkit.ts'

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

  it('prices and refunds any four writes to a slot, whatever it held, as EthereumJS does', async () => {
    const values = [0, 1, 2]
    const writes = (slot: number, value: number) => [0x60, value, 0x60, slot, 0x55]
    const orders = values.flatMap((a) => values.flatMap((b) => values.flatMap((c) => values.map((d) => [a, b, c, d]))))
    for (const slot of values) {
      for (const order of orders) {
        const code = Uint8Array.from([...order.flatMap((value) => writes(slot, value)), 0x60, slot, 0x54, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3])
        const mine = await run(ours, [code], new Uint8Array(), 100_000n)
        expect(mine).toEqual(await run(theirs, [code], new Uint8Array(), 100_000n))
        expect(mine.returnValue.at(-1)).toBe(order.at(-1))
      }
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
