import { randomBytes } from 'node:crypto'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, authorizationHasher, bytesToHex, type DevAccount, signDigest, WOPG_DOMAIN } from '@opengradient/protocol'

/** `PAYMENT-SIGNATURE` headers, signed beforehand so that the caller's signing is not measured. */
export function paymentHeaders(count: number, payer: DevAccount, payTo: Address, price: bigint, chainId: number): string[] {
  const digestOf = authorizationHasher(chainId, ADDRESSES.wopg)
  const validBefore = BigInt(Math.floor(Date.now() / 1000) + 3000)
  const accepted = {
    scheme: 'exact',
    network: `eip155:${chainId}`,
    amount: price.toString(),
    asset: ADDRESSES.wopg,
    payTo,
    maxTimeoutSeconds: 300,
    extra: WOPG_DOMAIN,
  }
  return Array.from({ length: count }, () => {
    const nonce = bytesToHex(randomBytes(32))
    const signed = { from: payer.address, to: payTo, value: price, validAfter: 0n, validBefore, nonce }
    const signature = signDigest(digestOf(signed), payer.privateKey)
    const authorization = { ...signed, value: `${price}`, validAfter: '0', validBefore: `${validBefore}` }
    return Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload: { authorization, signature } })).toString('base64')
  })
}
