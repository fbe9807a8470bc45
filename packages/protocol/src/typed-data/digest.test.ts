import { hashTypedData, domainSeparator as viemDomainSeparator } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { compileTypedStruct } from './compile.ts'
import { domainSeparator, type TypedDomain, typedDataDigest } from './digest.ts'

const TYPES = { Block: [{ name: 'height', type: 'uint64' }] } as const
const contract = `0x${'ab'.repeat(20)}` as const

const DOMAINS: TypedDomain[] = [
  { name: 'OpenGradient', version: '1', chainId: 5n, verifyingContract: contract },
  { name: 'OpenGradient', version: '1', chainId: 5n },
  { version: '1', salt: hashOf('salt') },
  { chainId: 5n, verifyingContract: contract, salt: hashOf('salt') },
  { name: '' },
]

/** The type of a domain that holds these members. */
const domainType = (domain: TypedDomain): { name: string; type: string }[] =>
  [
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'verifyingContract', type: 'address' },
    { name: 'salt', type: 'bytes32' },
  ].filter(({ name }) => name in domain)

describe('digests', () => {
  it.each(DOMAINS)('agree with viem under the domain %o', (domain) => {
    const struct = compileTypedStruct(TYPES, 'Block')
    const types = { ...TYPES, EIP712Domain: domainType(domain) }
    const data = { domain, types, primaryType: 'Block', message: { height: 7n } }
    expect(typedDataDigest(domainSeparator(domain), struct, { height: 7n })).toBe(
      hashTypedData(data as Parameters<typeof hashTypedData>[0]),
    )
  })

  it('have the separator that viem computes', () => {
    const [domain] = DOMAINS
    expect(bytesToHex(domainSeparator(domain!))).toBe(viemDomainSeparator({ domain: domain! }))
  })

  it('differ by every member of the domain', () => {
    const base: TypedDomain = { name: 'a', version: '1', chainId: 1n, verifyingContract: contract }
    const others: TypedDomain[] = [
      { ...base, name: 'b' },
      { ...base, version: '2' },
      { ...base, chainId: 2n },
      { ...base, verifyingContract: `0x${'00'.repeat(20)}` },
    ]
    const separators = [base, ...others].map((domain) => bytesToHex(domainSeparator(domain)))
    expect(new Set(separators).size).toBe(5)
  })

  it('refuse a domain with a member that EIP-712 does not have', () => {
    refusal(() => domainSeparator({ name: 'a', chain: 1 } as TypedDomain), 'TYPED_DATA_INVALID')
  })
})
