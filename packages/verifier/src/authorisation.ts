import { tillOf } from '@opengradient/contracts'
import { type Address, authorizationHasher, type BundlePayment, recoverAddress } from '@opengradient/protocol'

/** Whether the payer signed this EIP-3009 transfer to the till of `node`, on WOPG of this chain. */
export function isAuthorised(payment: BundlePayment, node: Address, chainId: number): boolean {
  const { asset, payer, value, validAfter, validBefore, nonce, signature } = payment
  const digest = authorizationHasher(chainId, asset)({ from: payer, to: tillOf(node), value, validAfter, validBefore, nonce })
  try {
    return recoverAddress(digest, signature) === payer
  } catch {
    return false
  }
}
