import { tillOf } from '@opengradient/contracts'
import {
  type Address,
  type BundlePayment,
  compileTypedStruct,
  domainSeparator,
  recoverAddress,
  typedDataDigest,
} from '@opengradient/protocol'

const TRANSFER = compileTypedStruct(
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

/** Whether the payer signed this EIP-3009 transfer to the till of `node`, on WOPG of this chain. */
export function isAuthorised(payment: BundlePayment, node: Address, chainId: number): boolean {
  const { asset, payer, value, validAfter, validBefore, nonce, signature } = payment
  const domain = domainSeparator({ name: 'Wrapped OPG', version: '1', chainId, verifyingContract: asset })
  const digest = typedDataDigest(domain, TRANSFER, { from: payer, to: tillOf(node), value, validAfter, validBefore, nonce })
  try {
    return recoverAddress(digest, signature) === payer
  } catch {
    return false
  }
}
