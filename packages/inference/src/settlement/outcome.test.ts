import { settlementAbi, wopgAbi } from '@opengradient/contracts'
import { encodeErrorResult, zeroAddress } from 'viem'
import { expect, test } from 'vitest'
import { id } from '../journal/journal.testkit.ts'
import { blameFor, errorName } from './outcome.ts'

test('errors of all contracts on the way have their names, unknown ones their selector', () => {
  expect(errorName(encodeErrorResult({ abi: settlementAbi, errorName: 'PriceBelowRoyalty' }))).toBe('PriceBelowRoyalty')
  expect(errorName(encodeErrorResult({ abi: wopgAbi, errorName: 'ERC3009InvalidSignature' }))).toBe('ERC3009InvalidSignature')
  expect(errorName('0x12345678')).toBe('0x12345678')
  expect(errorName('0x')).toBe('0x')
})

test('a spent nonce and an empty account are the fault of the payer, everything else is the fault of the node', () => {
  const spent = encodeErrorResult({ abi: wopgAbi, errorName: 'ERC3009UsedAuthorization', args: [zeroAddress, id('nonce')] })
  const empty = encodeErrorResult({ abi: wopgAbi, errorName: 'ERC20InsufficientBalance', args: [zeroAddress, 0n, 1n] })
  const late = encodeErrorResult({ abi: wopgAbi, errorName: 'ERC3009InvalidAuthorizationTime', args: [0n, 1n] })
  expect([spent, empty, late].map((data) => blameFor(errorName(data)))).toEqual(['payer', 'payer', 'node'])
  expect(blameFor('0x12345678')).toBe('node')
})
