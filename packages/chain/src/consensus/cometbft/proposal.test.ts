import { ADDRESSES } from '@opengradient/contracts/addresses'
import { bytesToHex } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConsensusApplication } from '../port.ts'
import { blockTime, proposalOf, proposerAccount, reportOf } from './proposal.ts'

const address = (byte: number) => new Uint8Array(20).fill(byte)
const seconds = fc.bigInt(0n, 2n ** 40n)

describe('the time of a block', () => {
  it('is after the parent, and the engine’s whole seconds whenever those are', () => {
    fc.assert(
      fc.property(seconds, seconds, fc.nat(999_999_999), (bft, parent, nanos) => {
        const time = blockTime({ seconds: bft, nanos }, parent)
        expect(time > parent).toBe(true)
        expect(time === bft || (bft <= parent && time === parent + 1n)).toBe(true)
      }),
    )
  })

  it('never goes back where the engine’s time goes on, however little', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 2_000_000_000n), { minLength: 2, maxLength: 30 }), (steps) => {
        let nanoseconds = 1_780_000_000_000_000_000n
        let parent = nanoseconds / 1_000_000_000n
        for (const step of steps) {
          nanoseconds += step
          const next = blockTime({ seconds: nanoseconds / 1_000_000_000n, nanos: Number(nanoseconds % 1_000_000_000n) }, parent)
          expect(next).toBeGreaterThan(parent)
          parent = next
        }
      }),
    )
  })
})

describe('the report of a block', () => {
  it('counts as missed only who was absent, and keeps the order', () => {
    const flags = ['absent', 'commit', 'nil'] as const
    const votes = flags.map((blockIdFlag, i) => ({ validator: { address: address(i), power: BigInt(i) }, blockIdFlag }))
    expect(reportOf(votes, []).votes).toEqual([
      { validator: bytesToHex(address(0)), power: 0n, signed: false },
      { validator: bytesToHex(address(1)), power: 1n, signed: true },
      { validator: bytesToHex(address(2)), power: 2n, signed: true },
    ])
  })

  it('names who misbehaved, how, and at what height', () => {
    const evidence = (type: 'duplicateVote' | 'lightClientAttack' | 'unknown') => ({
      type,
      validator: { address: address(9), power: 5n },
      height: 77n,
      time: { seconds: 1n, nanos: 2 },
      totalVotingPower: 10n,
    })
    expect(reportOf([], [evidence('duplicateVote'), evidence('lightClientAttack')]).misbehaviour).toEqual([
      { kind: 'doubleSign', validator: bytesToHex(address(9)), height: 77n },
      { kind: 'lightClientAttack', validator: bytesToHex(address(9)), height: 77n },
    ])
    expect(() => reportOf([], [evidence('unknown')])).toThrow(/misbehaviour of a kind/)
    expect(() => reportOf([{ validator: { address: address(1), power: 1n }, blockIdFlag: 'unknown' }], [])).toThrow(/vote of a kind/)
  })
})

describe('a proposal', () => {
  const account = `0x${'ab'.repeat(20)}` as const
  const application = {
    info: () => ({ height: 6n, appHash: `0x${'11'.repeat(32)}`, time: 1_000n }),
    validatorAccount: (consensusAddress: string) => (consensusAddress === bytesToHex(address(3)) ? account : undefined),
  } as ConsensusApplication

  it('pays the account of the validator, and Rewards when the key is nobody’s', () => {
    expect(proposerAccount(address(3), application)).toBe(account)
    expect(proposerAccount(address(4), application)).toBe(ADDRESSES.rewards)
  })

  it('has the height of the engine, the head as its parent, and the transactions as they came', () => {
    const txs = [Uint8Array.of(1), Uint8Array.of(2)]
    const block = { height: 7n, time: { seconds: 999n, nanos: 9 }, txs, proposerAddress: address(3), votes: [], misbehavior: [] }
    expect(proposalOf(block, application)).toEqual({
      height: 7n,
      parentHash: `0x${'11'.repeat(32)}`,
      time: 1_001n,
      proposer: account,
      transactions: txs,
      report: { votes: [], misbehaviour: [] },
    })
  })

  it('holds no more memory than its transactions', () => {
    const message = new Uint8Array(4_000_000)
    const txs = [message.subarray(10, 110), message.subarray(200, 300)]
    const block = { height: 7n, time: { seconds: 999n, nanos: 9 }, txs, proposerAddress: address(3), votes: [], misbehavior: [] }
    for (const { buffer, length } of proposalOf(block, application).transactions) expect(buffer.byteLength).toBe(length)
  })
})
