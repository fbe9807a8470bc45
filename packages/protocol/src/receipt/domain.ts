import type { Address } from '../bytes/hex.ts'
import { domainSeparator } from '../typed-data/digest.ts'

/** Where a signature counts: one chain and the Settlement contract on it. */
export interface Domain {
  chainId: bigint
  settlement: Address
}

/** The EIP-712 domain of receipts and batches, in the form that wallet libraries take. */
export function eip712Domain({ chainId, settlement }: Domain) {
  return { name: 'OpenGradient', version: '1', chainId, verifyingContract: settlement } as const
}

const MAX_CACHED = 16
const separators = new Map<string, Uint8Array>()

/** `hashStruct` of the domain, remembered: a process deals with one or two domains and hashes millions of receipts. */
export function settlementSeparator(domain: Domain): Uint8Array {
  const key = `${domain.chainId} ${domain.settlement}`
  let separator = separators.get(key)
  if (!separator) {
    separator = domainSeparator(eip712Domain(domain))
    if (separators.size >= MAX_CACHED) separators.clear()
    separators.set(key, separator)
  }
  return separator
}
