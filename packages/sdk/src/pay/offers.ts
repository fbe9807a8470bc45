import { type ChainFacts, type NodeFact, parseEndpoint } from '@opengradient/client'
import type { PriceRecord } from '@opengradient/contracts/slots'
import { type Address, BILLING_UNITS, type Hex, isOgError, OgError } from '@opengradient/protocol'

/** What one node asks for a model, as the chain has it. */
export interface Offer {
  node: Address
  fact: NodeFact
  /** Checked origin of the node. */
  endpoint: string
  rates: Rate[]
}

export interface Rate {
  /** 0 request, 1 byte of the request body. */
  unit: number
  record: PriceRecord
}

/** Units that are known before the model runs, so that the scheme `exact` can charge them. */
const UNITS = [BILLING_UNITS.indexOf('request'), BILLING_UNITS.indexOf('byte')]
const INFERENCE_ROLE = 1
/** Entries of a model's list that are asked for together, and how often: nodes that are gone may stand in front of those that serve. */
const PAGE = 100
const PAGES = 10
/** Refused nodes that a message names; the error's details name all. */
const NAMED = 10
const HOUR = 3600n

/**
 * The active nodes that offer a model, with their prices.
 *
 * @throws OgError `MODEL_NOT_SERVED` when there is none that this client may contact; `details.refused` says why
 */
export async function offersOf(facts: ChainFacts, modelId: Hex, local: boolean): Promise<Offer[]> {
  const refused: Refused[] = []
  for (let page = 0; page < PAGES; page++) {
    const { total, nodes } = await facts.serving(modelId, { offset: page * PAGE, limit: PAGE })
    const usable = await usableOf(facts, modelId, nodes, local, refused)
    if (usable.length > 0) return usable
    if ((page + 1) * PAGE >= total) break
  }
  const why = refused
    .slice(0, NAMED)
    .map(({ node, why }) => `${node}: ${why}`)
    .join('; ')
  throw new OgError('MODEL_NOT_SERVED', `no node that this client may contact offers model ${modelId}${why ? ` (${why})` : ''}`, {
    details: { modelId, refused },
  })
}

interface Refused {
  node: Address
  why: string
}

/** The offers of some nodes; adds to `refused` why others make none. */
async function usableOf(facts: ChainFacts, modelId: Hex, nodes: readonly Address[], local: boolean, refused: Refused[]): Promise<Offer[]> {
  const offers = await Promise.all(
    nodes.map(async (node) => {
      const [fact, ...records] = await Promise.all([facts.node(node), ...UNITS.map((unit) => facts.price(node, modelId, unit))])
      const rates = UNITS.map((unit, i) => ({ unit, record: records[i] as PriceRecord })).filter(({ record }) => record.active)
      try {
        if (!fact?.active || (fact.roles & INFERENCE_ROLE) === 0 || rates.length === 0)
          throw new OgError('NODE_NOT_ACTIVE', 'it is leaving, lacks bond, or offers no inference')
        return { node, fact, endpoint: parseEndpoint(fact.endpoint, { local }), rates }
      } catch (error) {
        if (!isOgError(error)) throw error
        refused.push({ node, why: error.message })
        return undefined
      }
    }),
  )
  return offers.filter((offer) => offer !== undefined)
}

/** OPG wei for a request with a body of `bytes`, at the rates of the chain. */
export const priceOf = ({ rates }: Offer, bytes: number): bigint => total(rates, bytes, ({ amount }) => amount)

/** What the node may ask for: its price now, and for an hour after a change the one before, since clocks differ. */
export function acceptablePrices(offer: Offer, bytes: number, now: number): bigint[] {
  const changed = offer.rates.some(({ record }) => BigInt(Math.floor(now)) < record.since + HOUR && record.since > 0n)
  const prices = [priceOf(offer, bytes)]
  if (changed)
    prices.push(total(offer.rates, bytes, ({ amount, previous, since }) => (BigInt(Math.floor(now)) < since + HOUR ? previous : amount)))
  return prices
}

function total(rates: readonly Rate[], bytes: number, rate: (record: PriceRecord) => bigint): bigint {
  return rates.reduce((sum, { unit, record }) => sum + rate(record) * (unit === UNITS[1] ? BigInt(bytes) : 1n), 0n)
}

/**
 * Cheapest first; equals in random order, so that they share the work. What counts is the most that a node may ask at `now`: one that has just
 * become cheaper would be chosen for its new price and ask the one before. `random`: 0 ≤ x < 1.
 */
export function byPrice(offers: readonly Offer[], bytes: number, now: number, random: () => number): Offer[] {
  const most = (offer: Offer) => acceptablePrices(offer, bytes, now).reduce((a, b) => (a > b ? a : b))
  return offers
    .map((offer) => ({ offer, price: most(offer), draw: random() }))
    .sort((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.draw - b.draw))
    .map(({ offer }) => offer)
}
