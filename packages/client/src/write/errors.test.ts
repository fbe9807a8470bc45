import { attestationsAbi, heldPaymentsAbi, modelsAbi, nodesAbi, settlementAbi, stakingAbi } from '@opengradient/contracts'
import { type ErrorCode, OgError } from '@opengradient/protocol'
import { encodeErrorResult } from 'viem'
import { expect, test } from 'vitest'
import { revertReason } from './errors.ts'

const rpcError = (data: unknown, rpcCode = 3) => new OgError('RPC_ERROR', 'execution reverted', { details: { rpcCode, data } })
const codeOf = (error: unknown): ErrorCode => (revertReason('try', error) as OgError).code

test('a custom error has its own code, its name and its arguments', () => {
  const owner = '0x00000000000000000000000000000000000000aa'
  const taken = revertReason(
    'publish x/y',
    rpcError(encodeErrorResult({ abi: modelsAbi, errorName: 'NameTaken', args: [owner] })),
  ) as OgError
  expect(taken).toMatchObject({ code: 'MODEL_NAME_TAKEN', details: { error: 'NameTaken' } })
  expect(taken.message.toLowerCase()).toBe(
    `publish x/y: the contract refused: nametaken(${owner}): what stands before the slash belongs to another account; choose another name`,
  )
  const small = rpcError(encodeErrorResult({ abi: nodesAbi, errorName: 'BondTooSmall' }))
  expect(revertReason('price', small)).toMatchObject({ code: 'NODE_BOND_TOO_SMALL', message: expect.stringContaining('og node bond') })
})

test('an error of ours without a code of its own, a text and an unknown one are reverts', () => {
  expect(codeOf(rpcError(encodeErrorResult({ abi: settlementAbi, errorName: 'NothingToWithdraw' })))).toBe('CHAIN_REVERTED')
  const text = encodeErrorResult({
    abi: [{ type: 'error', name: 'Error', inputs: [{ type: 'string' }] }],
    errorName: 'Error',
    args: ['no'],
  })
  expect((revertReason('try', rpcError(text)) as OgError).message).toContain('Error(no)')
  expect(codeOf(rpcError('0x12345678'))).toBe('CHAIN_REVERTED')
  expect(codeOf(rpcError('0x'))).toBe('CHAIN_REVERTED')
})

test('why the chain refuses evidence is said by its name', () => {
  const refused = encodeErrorResult({ abi: attestationsAbi, errorName: 'EvidenceRefused', args: [27n] })
  expect((revertReason('register', rpcError(refused)) as OgError).message).toContain('EvidenceRefused(DEV_EVIDENCE)')
  const unknown = encodeErrorResult({ abi: attestationsAbi, errorName: 'CollateralRefused', args: [200n] })
  expect((revertReason('post', rpcError(unknown)) as OgError).message).toContain('CollateralRefused(200)')
})

test('what the pool refuses is no revert, and other errors stay as they are', () => {
  expect(codeOf(rpcError(undefined, -32000))).toBe('CHAIN_TX_REJECTED')
  expect(codeOf(rpcError('not hex', 3))).toBe('CHAIN_REVERTED')
  const silent = new OgError('CHAIN_UNREACHABLE', 'nobody there')
  expect(revertReason('try', silent)).toBe(silent)
})

test('a refusal that time or money mends says when, and how much', () => {
  const said = (data: `0x${string}`) => (revertReason('try', rpcError(data)) as OgError).message
  expect(said(encodeErrorResult({ abi: nodesAbi, errorName: 'PriceTooFresh', args: [1795371913n] }))).toBe(
    'try: the contract refused: PriceTooFresh(1795371913): a price changes at most once an hour; the next change is possible at 2026-11-22T18:25:13.000Z',
  )
  const unbonding = encodeErrorResult({ abi: stakingAbi, errorName: 'NotYetFree', args: [1_800_000_000n] })
  expect(said(unbonding)).toContain('NotYetFree(1800000000): it is free at 2027-01-15T08:00:00.000Z; unbonding takes 21 days')
  expect(said(encodeErrorResult({ abi: stakingAbi, errorName: 'TooManyShares', args: [5n * 10n ** 17n] }))).toContain(': only 0.5 shares')
  expect(said(encodeErrorResult({ abi: stakingAbi, errorName: 'IsTombstoned' }))).toContain('never returns')
  expect(said(encodeErrorResult({ abi: nodesAbi, errorName: 'StillBonded', args: [2n ** 255n] }))).toContain('no time soon')
  expect(said(encodeErrorResult({ abi: heldPaymentsAbi, errorName: 'DepositTooSmall', args: [10n ** 17n] }))).toContain(' 0.1 OPG at least')
  expect(said(encodeErrorResult({ abi: heldPaymentsAbi, errorName: 'TooLate', args: [77n] }))).toContain('block 77')
})
