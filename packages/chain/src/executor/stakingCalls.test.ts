import { stakingAbi } from '@opengradient/contracts'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { encodeFunctionData, encodeFunctionResult } from 'viem'
import { describe, expect, it } from 'vitest'
import { NOTHING_REPORTED } from '../consensus/report.ts'
import { beginBlockData, decodeUpdates, END_BLOCK } from './stakingCalls.ts'

const id = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex)
const height = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const reports = fc.record({
  votes: fc.array(fc.record({ validator: id, power: height, signed: fc.boolean() })),
  misbehaviour: fc.array(fc.record({ kind: fc.constantFrom('doubleSign' as const, 'lightClientAttack' as const), validator: id, height })),
})
const key = fc.constantFrom(32, 33).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
const updates = fc.array(fc.record({ key, power: height }))

const returning = (changes: readonly { key: Uint8Array; power: bigint }[]) =>
  hexToBytes(
    encodeFunctionResult({
      abi: stakingAbi,
      functionName: 'endBlock',
      result: changes.map(({ key, power }) => ({ key: bytesToHex(key), power })),
    }),
  )

describe('the calls of Staking', () => {
  it('say what viem would say, of those who did not sign and those who misbehaved', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const absent = report.votes.filter(({ signed }) => !signed).map(({ validator }) => validator)
        const misbehaviour = report.misbehaviour.map(({ validator, height }) => ({ consensusAddress: validator, height }))
        const data = beginBlockData(report)
        if (absent.length + misbehaviour.length === 0) expect(data).toBeUndefined()
        else {
          expect(bytesToHex(data!)).toBe(encodeFunctionData({ abi: stakingAbi, functionName: 'beginBlock', args: [absent, misbehaviour] }))
        }
      }),
    )
    expect(bytesToHex(END_BLOCK)).toBe(encodeFunctionData({ abi: stakingAbi, functionName: 'endBlock' }))
  })

  it('are not made when there is nothing to say', () => {
    expect(beginBlockData(NOTHING_REPORTED)).toBeUndefined()
    expect(beginBlockData({ votes: [{ validator: `0x${'11'.repeat(20)}`, power: 1n, signed: true }], misbehaviour: [] })).toBeUndefined()
  })

  it('bring back every update', () => {
    fc.assert(
      fc.property(updates, (changes) => {
        expect(decodeUpdates(returning(changes))).toEqual(changes)
      }),
    )
  })

  it('throw nothing but CHAIN_BLOCK_INVALID for what is not a list of updates', () => {
    const attempt = (bytes: Uint8Array) => {
      try {
        decodeUpdates(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'CHAIN_BLOCK_INVALID' })
      }
    }
    expect(() => decodeUpdates(new Uint8Array())).toThrow(/not what its ABI says/)
    fc.assert(
      fc.property(updates, fc.nat(), fc.nat(255), (changes, at, byte) => {
        const bytes = returning(changes)
        attempt(bytes.subarray(0, at % bytes.length))
        bytes[at % bytes.length] = byte
        attempt(bytes)
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), attempt))
  })
})
