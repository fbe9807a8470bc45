import { domainSeparator } from 'viem'
import { expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { type Domain, eip712Domain, settlementSeparator } from './domain.ts'

const domainOf = (chainId: bigint): Domain => ({ chainId, settlement: `0x${'ab'.repeat(20)}` })

it('is the domain that wallet libraries hash to the same separator', () => {
  expect(eip712Domain(domainOf(5n))).toEqual({ name: 'OpenGradient', version: '1', chainId: 5n, verifyingContract: `0x${'ab'.repeat(20)}` })
  expect(bytesToHex(settlementSeparator(domainOf(5n)))).toBe(domainSeparator({ domain: eip712Domain(domainOf(5n)) }))
})

it('is remembered without mixing up chains, contracts, or more domains than are kept', () => {
  const fresh = (domain: Domain): string => domainSeparator({ domain: eip712Domain(domain) })
  for (let round = 0; round < 2; round++) {
    for (let chainId = 1n; chainId <= 40n; chainId++) {
      expect(bytesToHex(settlementSeparator(domainOf(chainId)))).toBe(fresh(domainOf(chainId)))
    }
  }
  const other: Domain = { chainId: 1n, settlement: `0x${'cd'.repeat(20)}` }
  expect(bytesToHex(settlementSeparator(other))).toBe(fresh(other))
})

it('computes the separator of a domain once', () => {
  expect(settlementSeparator(domainOf(77n))).toBe(settlementSeparator(domainOf(77n)))
})
