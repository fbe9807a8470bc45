import { tillOf } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, AUTHORIZATION_TYPES, type BundlePayment, base64, type Hex, OgError, utf8, WOPG_DOMAIN } from '@opengradient/protocol'
import type { LocalAccount } from 'viem'

/** Seconds for which an authorisation can be used. */
export const VALIDITY = 600

export interface AuthoriseOptions {
  account: LocalAccount
  chainId: number
  /** A registered node; the payee is its till, and nobody else can be. */
  node: Address
  /** OPG wei. */
  amount: bigint
  /** Unix seconds. */
  now: number
  /** 32 bytes, random or of `zkNonce`. */
  nonce: Hex
}

/**
 * Signs an EIP-3009 authorisation: this chain, WOPG, the till of this node. None of the three is ever taken from what a node says, so no
 * answer of a node can change who is paid, in what, or where.
 *
 * @throws OgError `PAYMENT_SIGNATURE_INVALID` when the account gives something else than a signature of a key
 */
export async function authorise({ account, chainId, node, amount, now, nonce }: AuthoriseOptions): Promise<BundlePayment> {
  const payment = {
    scheme: 'exact' as const,
    asset: ADDRESSES.wopg,
    payer: account.address.toLowerCase() as Address,
    nonce,
    value: amount,
    validAfter: BigInt(Math.max(0, Math.floor(now) - VALIDITY)),
    validBefore: BigInt(Math.floor(now) + VALIDITY),
  }
  const { payer: from, value, validAfter, validBefore } = payment
  const signature = await account.signTypedData({
    domain: { ...WOPG_DOMAIN, chainId, verifyingContract: ADDRESSES.wopg },
    types: AUTHORIZATION_TYPES,
    primaryType: 'TransferWithAuthorization',
    message: { from, to: tillOf(node), value, validAfter, validBefore, nonce: payment.nonce },
  })
  if (!/^0x[0-9a-f]{130}$/i.test(signature))
    throw new OgError(
      'PAYMENT_SIGNATURE_INVALID',
      'account.signTypedData gave no signature of 65 bytes in hex; nothing was sent. Pay from a key: privateKeyToAccount, or a wallet that holds one',
    )
  return { ...payment, signature: signature.toLowerCase() as Hex }
}

/** The `PAYMENT-SIGNATURE` header of x402 v2, scheme `exact`. */
export function paymentHeader(payment: BundlePayment, node: Address, chainId: number, url: string): string {
  const { asset, payer: from, nonce, value, validAfter, validBefore, signature } = payment
  const to = tillOf(node)
  const payload = {
    x402Version: 2,
    resource: { url, description: 'One inference with a signed receipt', mimeType: 'application/json' },
    accepted: {
      scheme: 'exact',
      network: `eip155:${chainId}`,
      amount: `${value}`,
      asset,
      payTo: to,
      maxTimeoutSeconds: VALIDITY,
      extra: WOPG_DOMAIN,
    },
    payload: {
      signature,
      authorization: { from, to, value: `${value}`, validAfter: `${validAfter}`, validBefore: `${validBefore}`, nonce },
    },
  }
  return base64(utf8(JSON.stringify(payload)))
}
