import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Account } from '@ethereumjs/util'
import { hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlatBase } from '../../state/base.ts'
import { HashedStore } from '../../state/nodes.ts'
import { Overlay } from '../../state/overlay.ts'
import { memoryStore } from '../../state/store.ts'
import { vmOn } from '../execute.ts'
import { JumpCache } from './jumpCache.ts'
import { at, BLOCK, CALLER, common, crypto } from './machines.testkit.ts'
import { readNumber } from './words.ts'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of arrays that are still in use. Freed ones go a little later than they are collected: so many times nothing more may have gone, if it is not `few`. */
async function bytesInUse(times: number, few = 0): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let still = 0; still < times && least > few; ) {
    collect()
    await setTimeout(20)
    const now = process.memoryUsage().arrayBuffers
    still = now < least ? 0 : still + 1
    least = Math.min(least, now)
  }
  return least
}

/** Answers a function that calls the first contract. */
async function machine(codes: readonly Uint8Array[]) {
  const store = memoryStore()
  const state = new Overlay(new FlatBase(store, new HashedStore(store, crypto.keccak)), crypto.keccak)
  const { evm } = await vmOn(state, common, () => undefined)
  for (const [i, code] of codes.entries()) {
    await state.putAccount(at(0x20 + i), new Account(1n, 0n))
    await state.putCode(at(0x20 + i), code)
  }
  return async (gasLimit: bigint) => {
    const { execResult } = await evm.runCall({ block: BLOCK, caller: CALLER, to: at(0x20), gasLimit })
    evm.journal.cleanJournal()
    return execResult
  }
}

describe('what code is looked through for', () => {
  it('takes microseconds a call, however long the code and however many contracts call each other', async () => {
    const long = Array.from({ length: 24 }, (_, i) => {
      const code = new Uint8Array(24_576).fill(0x60)
      code.set([0x60, 4, 0x56, 0, 0x5b, 0, i])
      return code
    })
    // Calls each of them with 5,000 gas, and begins again: 1,250 calls of contracts that jump.
    const calls = long.map((_, i) => `5f5f5f5f60${(0x21 + i).toString(16)}61138efa50`).join('')
    const run = await machine([hexToBytes(`0x5b${calls}5f56`), ...long])
    const began = process.cpuUsage()
    expect((await run(200_000n)).exceptionError?.error).toBe('out of gas')
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1000).toBeLessThan(5_000)
  })

  it('keeps no memory of contracts alive that ran code out of it to create others', async () => {
    // Stores the opcode JUMP, reaches a megabyte far, and creates a contract with that one byte.
    const run = await machine([hexToBytes('0x60565f53620fffe0515060015f5ff000')])
    await run(3_000_000n)
    const before = await bytesInUse(3)
    // Each would keep its megabyte.
    for (let i = 0; i < 30; i++) expect((await run(3_000_000n)).exceptionError).toBeUndefined()
    expect((await bytesInUse(50, before + 10_000_000)) - before).toBeLessThan(20_000_000)
  })

  it('is known afterwards for code of the state only, by its array', () => {
    const cache = new JumpCache()
    const code = Uint8Array.of(0x61, 0x5b, 0x5b, 0x5b, 0x60, 0x5b)
    expect([...cache.of(code, false)]).toEqual([0, 0, 0, 1, 0, 0])
    expect(cache.get(code)).toBeUndefined()
    expect(cache.of(code, true)).toBe(cache.get(code))
    expect(cache.get(code.slice())).toBeUndefined()
  })
})

describe('a number in code', () => {
  it('has zeros where the code ends before it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(45), fc.integer({ min: 1, max: 32 }), (bytes, from, size) => {
        const hex = Buffer.from(bytes.subarray(from, from + size)).toString('hex')
        expect(readNumber(bytes, from, size)).toBe(BigInt(`0x${hex.padEnd(2 * size, '0')}`))
      }),
    )
  })
})
