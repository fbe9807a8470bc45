import { stakingAbi } from '@opengradient/contracts'
import { OgError } from '@opengradient/protocol'
import { encodeErrorResult, type Hex } from 'viem'
import { expect, test } from 'vitest'
import { explained } from './reasons.ts'

const failing = (data: Hex) => async () => {
  const cause = new OgError('RPC_ERROR', 'execution reverted', { details: { rpcCode: 3, data } })
  throw new OgError('CHAIN_REVERTED', 'the contract refused: 0x12345678', { cause })
}
const said = (data: Hex) => explained('undelegate', failing(data)).catch((error: OgError) => error.message)

test('a refusal of Staking becomes a sentence with what to do', async () => {
  const until = encodeErrorResult({ abi: stakingAbi, errorName: 'NotYetFree', args: [1_800_000_000n] })
  expect(await said(until)).toBe('undelegate: it is free at 2027-01-15T08:00:00.000Z; unbonding takes 21 days')
  const free = encodeErrorResult({ abi: stakingAbi, errorName: 'TooManyShares', args: [5n * 10n ** 17n] })
  expect(await said(free)).toContain('only 0.5 shares')
  expect(await said(encodeErrorResult({ abi: stakingAbi, errorName: 'IsTombstoned' }))).toContain('never returns')
  const never = encodeErrorResult({ abi: stakingAbi, errorName: 'StillJailed', args: [2n ** 256n - 1n] })
  expect(await said(never)).toContain('no time soon')
})

test('what is none of its refusals stays as it was', async () => {
  for (const data of ['0x', '0x12345678', encodeErrorResult({ abi: stakingAbi, errorName: 'OnlySystemCaller' })] as const)
    expect(await said(data)).toBe('the contract refused: 0x12345678')
  const silent = new Error('the cable is out')
  await expect(explained('x', () => Promise.reject(silent))).rejects.toBe(silent)
  expect(await explained('x', async () => 7)).toBe(7)
})
