import {
  type Address,
  type Authorization,
  type ErrorCode,
  type Hex,
  OgError,
  parseStrictJson,
  type ReceiptLevel,
  WOPG_DOMAIN,
} from '@opengradient/protocol'
import type { PaymentPayload, PaymentRequired, PaymentRequirements, SettleResponse } from '@x402/core/types'
import * as z from 'zod'
import type { ServedLevel } from '../server/pipeline.ts'

/** Longest `PAYMENT-SIGNATURE` header that is looked at; an `exact` payment has about 1,500 characters. */
const MAX_PAYMENT_HEADER = 8192

/** What a caller has to sign: fixed for one node, but for the amount. */
export interface OfferTerms {
  chainId: bigint
  wopg: Address
  /** The node's till. */
  payTo: Address
  /** Seconds for which clients make their authorisation valid. */
  maxTimeoutSeconds: number
}

/** Our x402 extension: what the answer comes with, and where to ask about it. */
const EXTENSION = 'verifiable-inference'

/** The offer of one price. */
export function requirementsFor(terms: OfferTerms, price: bigint): PaymentRequirements {
  return {
    scheme: 'exact',
    network: networkOf(terms.chainId),
    amount: price.toString(),
    asset: terms.wopg,
    payTo: terms.payTo,
    maxTimeoutSeconds: terms.maxTimeoutSeconds,
    extra: { ...WOPG_DOMAIN },
  }
}

/** CAIP-2 name of a chain. */
export function networkOf(chainId: bigint): `eip155:${bigint}` {
  return `eip155:${chainId}`
}

/** What `PAYMENT-REQUIRED` says. `error` is there when a payment was refused. */
export function paymentRequired(
  offer: PaymentRequirements,
  url: string,
  node: Address,
  levels: readonly ServedLevel[],
  error?: ErrorCode,
): PaymentRequired {
  return {
    x402Version: 2,
    ...(error && { error: reasonOf(error) }),
    resource: { url, description: 'One inference with a signed receipt', mimeType: 'application/json' },
    accepts: [offer],
    extensions: { [EXTENSION]: { info: { levels: [...levels], node, receipts: '/v1/receipts/{requestId}' }, schema: EXTENSION_SCHEMA } },
  }
}

/** JSON Schema of the extension's `info`, as x402 wants beside it. */
const EXTENSION_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    levels: { type: 'array', items: { enum: ['signature', 'tee', 'zk', 'development'] } },
    node: { type: 'string', pattern: '^0x[0-9a-f]{40}$' },
    receipts: { type: 'string' },
  },
  required: ['levels', 'node', 'receipts'],
} as const

/** The number of level zk in a receipt. */
export const ZK_LEVEL = 2

/** The number of each level in a receipt. */
export const LEVEL_NUMBER: Readonly<Record<ServedLevel, ReceiptLevel>> = { signature: 0, tee: 1, zk: ZK_LEVEL, development: 129 }

/** How a payment stands, for `PAYMENT-RESPONSE`. */
export interface PaymentOutcome {
  chainId: bigint
  payer: Address
  price: bigint
  requestId: Hex
  receiptHash: Hex
  /** As in the receipt. */
  level: number
  /** Absent while the settlement is pending. */
  settlement?: { tx: Hex; block: number }
}

/**
 * What `PAYMENT-RESPONSE` says. Stock clients read `success`, `network`, `payer` and `transaction` (empty while pending: the
 * payment is accepted and will be settled); the extension says which it is and where to ask.
 */
export function paymentResponse(outcome: PaymentOutcome): SettleResponse {
  const { chainId, payer, price, requestId, receiptHash, level, settlement } = outcome
  const info = {
    status: settlement ? 'settled' : 'pending',
    level: LEVEL_NAMES.get(level),
    requestId,
    receiptHash,
    receipt: `/v1/receipts/${requestId}`,
    ...(settlement && { block: settlement.block }),
  }
  return {
    success: true,
    transaction: settlement?.tx ?? '',
    network: networkOf(chainId),
    payer,
    amount: price.toString(),
    extensions: { [EXTENSION]: { info } },
  }
}

const LEVEL_NAMES = new Map<number, string>(Object.entries(LEVEL_NUMBER).map(([name, number]) => [number, name]))

/** An x402 header: base64 of JSON. */
export function encodeHeader(value: PaymentRequired | SettleResponse): string {
  return Buffer.from(JSON.stringify(value)).toString('base64')
}

/** A payment as its header holds it, in our forms. `accepted` is the offer that the client says it took. */
export interface ExactPayment {
  accepted: PaymentPayload['accepted']
  authorization: Authorization
  /** As sent, in lower case; its length is not checked here. */
  signature: Hex
}

const ADDRESS = z.string().regex(/^0x[0-9a-fA-F]{40}$/)
const DECIMAL = z.string().regex(/^(0|[1-9][0-9]{0,77})$/)
const requirements = z.looseObject({
  scheme: z.string().max(64),
  network: z.string().max(128),
  amount: DECIMAL,
  asset: z.string().max(128),
  payTo: z.string().max(128),
  maxTimeoutSeconds: z.number(),
  extra: z.record(z.string(), z.unknown()).optional(),
})
const envelope = z.looseObject({ x402Version: z.literal(2), accepted: requirements, payload: z.record(z.string(), z.unknown()) })
const exactPayload = z.looseObject({
  signature: z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/),
  authorization: z.strictObject({
    from: ADDRESS,
    to: ADDRESS,
    value: DECIMAL,
    validAfter: DECIMAL,
    validBefore: DECIMAL,
    nonce: z.string().regex(/^0x[0-9a-fA-F]{64}$/),
  }),
})

/**
 * Reads a `PAYMENT-SIGNATURE` header. Only its form is judged, and that it is of the scheme `exact`.
 * @throws OgError `PAYMENT_HEADER_TOO_LARGE`, `PAYMENT_MALFORMED`, `PAYMENT_WRONG_SCHEME`
 */
export function parsePaymentHeader(header: string): ExactPayment {
  if (header.length > MAX_PAYMENT_HEADER) {
    throw new OgError(
      'PAYMENT_HEADER_TOO_LARGE',
      `PAYMENT-SIGNATURE has ${header.length} characters; at most ${MAX_PAYMENT_HEADER} are read.`,
    )
  }
  const { accepted, payload } = checked(envelope, jsonOf(header))
  if (accepted.scheme !== 'exact') {
    throw new OgError('PAYMENT_WRONG_SCHEME', `This node takes the scheme exact, not ${JSON.stringify(accepted.scheme)}.`)
  }
  const { authorization, signature } = checked(exactPayload, payload)
  return {
    accepted: accepted as PaymentPayload['accepted'],
    signature: lower(signature),
    authorization: {
      from: lower(authorization.from),
      to: lower(authorization.to),
      value: BigInt(authorization.value),
      validAfter: BigInt(authorization.validAfter),
      validBefore: BigInt(authorization.validBefore),
      nonce: lower(authorization.nonce),
    },
  }
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

function jsonOf(header: string): unknown {
  if (!BASE64.test(header)) throw new OgError('PAYMENT_MALFORMED', 'PAYMENT-SIGNATURE is not base64.')
  try {
    return parseStrictJson(Buffer.from(header, 'base64'), { maxBytes: MAX_PAYMENT_HEADER, maxDepth: 12 })
  } catch (cause) {
    throw new OgError('PAYMENT_MALFORMED', `PAYMENT-SIGNATURE: ${(cause as Error).message}`, { cause })
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new OgError('PAYMENT_MALFORMED', `PAYMENT-SIGNATURE: ${issue.path.join('.') || 'payment'}: ${issue.message}.`, {
    details: { field: issue.path.join('.') },
  })
}

function lower(text: string): Hex {
  return text.toLowerCase() as Hex
}

/** x402's own words for a refusal where it has one, else ours in its style. */
const REASONS: Partial<Record<ErrorCode, string>> = {
  PAYMENT_INSUFFICIENT_BALANCE: 'insufficient_funds',
  PAYMENT_SIGNATURE_INVALID: 'invalid_exact_evm_payload_signature',
  PAYMENT_WRONG_PAYEE: 'invalid_exact_evm_payload_recipient_mismatch',
  PAYMENT_NOT_YET_VALID: 'invalid_exact_evm_payload_authorization_valid_after',
  PAYMENT_EXPIRED: 'invalid_exact_evm_payload_authorization_valid_before',
  PAYMENT_TOO_SMALL: 'invalid_exact_evm_payload_authorization_value',
  PAYMENT_TOO_LARGE: 'invalid_exact_evm_payload_authorization_value_mismatch',
  PAYMENT_WRONG_NETWORK: 'invalid_network',
  PAYMENT_WRONG_SCHEME: 'unsupported_scheme',
  PAYMENT_MALFORMED: 'invalid_payload',
}

/** The `error` of a `PAYMENT-REQUIRED` header. */
export function reasonOf(code: ErrorCode): string {
  return REASONS[code] ?? code.replace(/^PAYMENT_/, '').toLowerCase()
}
