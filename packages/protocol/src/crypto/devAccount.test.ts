import { concat, keccak256, numberToHex, stringToHex } from 'viem'
import { expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { DEV_ACCOUNTS, devAccount } from './devAccount.ts'
import { addressOf } from './signature.ts'

const CHAIN_ID = 4_611_686_018_427

it('is derived from label, chain and index as agreed', () => {
  const { privateKey, address } = devAccount(CHAIN_ID, 2)
  const preimage = concat([
    stringToHex('OpenGradient local development account'),
    numberToHex(CHAIN_ID, { size: 8 }),
    numberToHex(2, { size: 4 }),
  ])
  expect(bytesToHex(privateKey)).toBe(keccak256(preimage))
  expect(address).toBe(addressOf(privateKey))
})

it('is the same on every run, so that documentation may name it', () => {
  expect(devAccount(4_294_967_296, 0).address).toBe('0x1c7e6360fef03dac89abc041955150584b86854c')
})

it('differs by index and by chain', () => {
  const addresses = [CHAIN_ID, CHAIN_ID + 1].flatMap((chainId) =>
    Object.values(DEV_ACCOUNTS).map((index) => devAccount(chainId, index).address),
  )
  expect(new Set(addresses).size).toBe(10)
})

it('takes the chain id as number or bigint', () => {
  expect(devAccount(BigInt(CHAIN_ID), 1)).toEqual(devAccount(CHAIN_ID, 1))
})

it.each([
  [0, 0],
  [-1, 0],
  [CHAIN_ID, -1],
  [CHAIN_ID, 2 ** 32],
  [CHAIN_ID, 0.5],
])('refuses chain %s, index %s', (chainId, index) => {
  refusal(() => devAccount(chainId, index), 'NUMBER_MALFORMED')
})
