import type { Address, Hex } from '../bytes/hex.ts'
import { compileTypedStruct } from '../typed-data/compile.ts'
import { domainSeparator, typedDataDigest } from '../typed-data/digest.ts'

/** A payer's signed permission to pull `value` OPG wei of WOPG once (EIP-3009 TransferWithAuthorization). Times in unix seconds. */
export interface Authorization {
  from: Address
  to: Address
  value: bigint
  /** Valid after this second, exclusive. */
  validAfter: bigint
  /** Valid before this second, exclusive. */
  validBefore: bigint
  /** 32 bytes, random. */
  nonce: Hex
}

/** Name and version of WOPG's EIP-712 domain; x402 calls this the `extra` of an offer. */
export const WOPG_DOMAIN = { name: 'Wrapped OPG', version: '1' } as const

/** EIP-712 types of an authorisation, in the form that viem and ethers take. */
export const AUTHORIZATION_TYPES = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

const struct = compileTypedStruct(AUTHORIZATION_TYPES, 'TransferWithAuthorization')

/** Gives the digest of an authorisation on one chain: the domain is hashed once. */
export function authorizationHasher(chainId: bigint | number, wopg: Address): (authorization: Authorization) => Hex {
  const separator = domainSeparator({ ...WOPG_DOMAIN, chainId, verifyingContract: wopg })
  return (authorization) => typedDataDigest(separator, struct, { ...authorization })
}
