import { tillOf } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, formatOpg, fromBase64, isOgError, OgError, parseStrictJson } from '@opengradient/protocol'

/** What the chain says that a node may ask for. */
export interface Entitlement {
  chainId: number
  node: Address
  /** OPG wei; see `acceptablePrices`. */
  prices: readonly bigint[]
}

/**
 * Reads `PAYMENT-REQUIRED` and compares it with what the chain says. It decides nothing but which of the chain's own prices the node wants:
 * token, chain and payee are never taken from it.
 *
 * @returns OPG wei
 * @throws OgError `POLICY_SIGNING_REFUSED`, naming the first thing that differs (`details.field`: network, asset, payTo, amount, scheme)
 */
export function demandedPrice(header: string | null, entitled: Entitlement): bigint {
  const offers = readOffers(header)
  const judged = offers.map((offer) => judge(offer, entitled))
  const good = judged.find((result) => typeof result === 'bigint')
  if (good !== undefined) return good
  throw judged[0] ?? refused('scheme', 'the node asks for a payment and offers no way to pay')
}

function judge(offer: Record<string, unknown>, { chainId, node, prices }: Entitlement): bigint | OgError {
  const till = tillOf(node)
  if (offer.scheme !== 'exact') return refused('scheme', `the node wants the scheme ${shown(offer.scheme)}; only exact is known`)
  if (offer.network !== `eip155:${chainId}`)
    return refused('network', `the node wants to be paid on ${shown(offer.network)}; this network is eip155:${chainId}`)
  if (lower(offer.asset) !== ADDRESSES.wopg)
    return refused('asset', `the node wants the token ${shown(offer.asset)}; only WOPG (${ADDRESSES.wopg}) is paid`)
  if (lower(offer.payTo) !== till)
    return refused('payTo', `the node wants ${shown(offer.payTo)} to be paid; the chain names its till ${till}`)
  const price = prices.find((one) => one.toString() === offer.amount)
  if (price === undefined)
    return refused(
      'amount',
      `the node wants ${shown(offer.amount)} OPG wei; on chain it asks ${prices.map((price) => formatOpg(price)).join(' or ')} OPG`,
    )
  return price
}

function readOffers(header: string | null): Record<string, unknown>[] {
  if (header === null || header.length > 65_536) throw refused('scheme', 'the node refused the payment without saying what it wants')
  try {
    const json = parseStrictJson(fromBase64(header, 'PAYMENT-REQUIRED'), { maxBytes: 65_536, maxDepth: 16 }) as { accepts?: unknown } | null
    const accepts = Array.isArray(json?.accepts) ? json.accepts.slice(0, 32) : []
    return accepts.filter((offer): offer is Record<string, unknown> => typeof offer === 'object' && offer !== null)
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    throw refused('scheme', `PAYMENT-REQUIRED cannot be read: ${cause.message}`)
  }
}

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value)
const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : typeof value)
const refused = (field: string, message: string): OgError =>
  new OgError('POLICY_SIGNING_REFUSED', `${message}; nothing was signed for that`, { details: { field } })
