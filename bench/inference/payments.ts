import { randomBytes } from 'node:crypto'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type Address,
  bytesToHex,
  compileTypedStruct,
  type DevAccount,
  domainSeparator,
  signDigest,
  typedDataDigest,
} from '@opengradient/protocol'

const WOPG = { name: 'Wrapped OPG', version: '1' } as const
const struct = compileTypedStruct(
  {
    TransferWithAuthorization: [
      { name: 'from', type: 'address' },
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'validAfter', type: 'uint256' },
      { name: 'validBefore', type: 'uint256' },
      { name: 'nonce', type: 'bytes32' },
    ],
  },
  'TransferWithAuthorization',
)

/** `PAYMENT-SIGNATURE` headers, signed beforehand so that the caller's signing is not measured. */
export function paymentHeaders(count: number, payer: DevAccount, payTo: Address, price: bigint, chainId: number): string[] {
  const separator = domainSeparator({ ...WOPG, chainId, verifyingContract: ADDRESSES.wopg })
  const validBefore = String(Math.floor(Date.now() / 1000) + 3000)
  const accepted = {
    scheme: 'exact',
    network: `eip155:${chainId}`,
    amount: price.toString(),
    asset: ADDRESSES.wopg,
    payTo,
    maxTimeoutSeconds: 300,
    extra: WOPG,
  }
  return Array.from({ length: count }, () => {
    const authorization = {
      from: payer.address,
      to: payTo,
      value: price.toString(),
      validAfter: '0',
      validBefore,
      nonce: bytesToHex(randomBytes(32)),
    }
    const signature = signDigest(typedDataDigest(separator, struct, authorization), payer.privateKey)
    return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload: { authorization, signature } })).toString('base64')
  })
}
