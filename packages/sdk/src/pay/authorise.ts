import { tillOf } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, AUTHORIZATION_TYPES, type BundlePayment, base64, type Hex, OgError, utf8, WOPG_DOMAIN } from '@opengradient/protocol'
import { isAuthorised } from '@opengradient/verifier'
import type { LocalAccount } from 'viem'

/** Seconds for which an authorisation can be used. */
const VALIDITY = 600

/** Unix seconds from which what was signed for a request, first sent at `at` or before, is void: no block of that time or later takes it. */
export const voidAt = ({ at }: { readonly at: number }): number => at + VALIDITY

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
 * @throws OgError `PAYMENT_SIGNATURE_INVALID` when the account gives something else than the signature of its key: nobody could ever be paid by that,
 * so it goes nowhere and counts in no budget
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
  const signed = { ...payment, signature: `${signature}`.toLowerCase() as Hex }
  if (!isAuthorised(signed, node, chainId))
    throw new OgError(
      'PAYMENT_SIGNATURE_INVALID',
      `account.signTypedData gave no signature of the key of ${from} for this payment (65 bytes in hex, s low, v 27 or 28); nothing was sent. Pay from a key: privateKeyToAccount, or a wallet that holds one`,
    )
  return signed
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
