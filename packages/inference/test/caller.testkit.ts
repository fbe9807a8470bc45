import { randomBytes } from 'node:crypto'
import { ADDRESSES, wopgAbi } from '@opengradient/contracts'
import {
  type Authorization,
  authorizationHasher,
  bytesToHex,
  compileTypedStruct,
  type DevAccount,
  decodeReceiptHeader,
  domainSeparator,
  type Hex,
  paymentIdOf,
  type Receipt,
  requestIdOf,
  signDigest,
  typedDataDigest,
  WOPG_DOMAIN,
} from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import { requirementsFor } from '../src/payment/x402.ts'
import { type TestNetwork, volatilityBody } from './network.testkit.ts'

/** A payment with its header, made by hand so that tests can keep it, change it and send it twice. */
export interface HandPayment {
  authorization: Authorization
  header: string
  paymentId: Hex
}

export function handPayment(
  net: TestNetwork,
  payer: DevAccount,
  payTo: Hex,
  price: bigint,
  over: Partial<Authorization> = {},
): HandPayment {
  const chainId = BigInt(net.network.chainId)
  const validBefore = BigInt(Math.floor(Date.now() / 1000) + 300)
  const authorization: Authorization = {
    from: payer.address,
    to: payTo,
    value: price,
    validAfter: 0n,
    validBefore,
    nonce: bytesToHex(randomBytes(32)),
    ...over,
  }
  const signature = signDigest(authorizationHasher(chainId, ADDRESSES.wopg)(authorization), payer.privateKey)
  const accepted = requirementsFor({ chainId, wopg: ADDRESSES.wopg, payTo, maxTimeoutSeconds: 300 }, price)
  const plain = Object.fromEntries(Object.entries(authorization).map(([k, v]) => [k, typeof v === 'bigint' ? v.toString() : v]))
  const header = Buffer.from(JSON.stringify({ x402Version: 2, accepted, payload: { authorization: plain, signature } })).toString('base64')
  const paymentId = paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer: payer.address, nonce: authorization.nonce })
  return { authorization, header, paymentId }
}

/** One request with a secret of its own. */
export interface Ask {
  secret: Hex
  requestId: Hex
  body: string
}

export function newAsk(n = 0): Ask {
  const secret = randomBytes(32)
  return { secret: bytesToHex(secret), requestId: requestIdOf(secret), body: volatilityBody(n) }
}

export interface Told {
  status: number
  headers: Headers
  text: string
  json: { code?: string; error?: string; outputs?: unknown }
  receipt: Receipt | undefined
}

/** `fetch` of Node 20 waits for minutes for a process that is killed while it takes a connection. */
const LOST_MS = 90_000

/** Sends a request to a node. @throws when the connection breaks */
export async function ask(url: string, model: string, { secret, body }: Ask, headers: Record<string, string> = {}): Promise<Told> {
  const reply = await fetch(`${url}/v2/models/${encodeURIComponent(model)}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'og-request-secret': secret, ...headers },
    body,
    signal: AbortSignal.timeout(LOST_MS),
  })
  const text = await reply.text()
  const receipt = reply.headers.get('og-receipt')
  return {
    status: reply.status,
    headers: reply.headers,
    text,
    json: JSON.parse(text) as Told['json'],
    receipt: receipt === null ? undefined : decodeReceiptHeader(receipt).receipt,
  }
}

/** Pays for answers until the payer may have so many open: credit is what a node has collected from them before, or one payment. */
export async function earnCredit(url: string, model: string, pay: () => { header: string }, payments: number): Promise<void> {
  const settled = () => ask(url, model, newAsk(), { 'payment-signature': pay().header, prefer: 'wait=settled' })
  for (let paid = 0; paid < payments; paid += paid || 1) await Promise.all(Array.from({ length: paid || 1 }, settled))
}

/** Cancels an EIP-3009 nonce, as the payer may at any time. */
export async function cancelPayment(net: TestNetwork, index: number, nonce: Hex): Promise<void> {
  const { address, privateKey } = net.account(index)
  const types = {
    CancelAuthorization: [
      { name: 'authorizer', type: 'address' },
      { name: 'nonce', type: 'bytes32' },
    ],
  }
  const separator = domainSeparator({ ...WOPG_DOMAIN, chainId: net.network.chainId, verifyingContract: ADDRESSES.wopg })
  const digest = typedDataDigest(separator, compileTypedStruct(types, 'CancelAuthorization'), { authorizer: address, nonce })
  const args = [address, nonce, signDigest(digest, privateKey)] as const
  const data = encodeFunctionData({ abi: wopgAbi, functionName: 'cancelAuthorization', args })
  await net.writer(index).send({ what: 'cancel', to: ADDRESSES.wopg, data })
}
