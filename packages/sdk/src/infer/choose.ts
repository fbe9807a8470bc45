import { formatOpg, type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { Context, SdkLevel } from '../context.ts'
import type { LoadedModel } from '../models/load.ts'
import { byPrice, type Offer, offersOf, priceOf } from '../pay/offers.ts'
import { isTeeLevel } from '../tee/level.ts'
import { attestedOffers } from '../tee/offers.ts'
import { type Limit, unprepared, within } from './limit.ts'

/** Seconds after its publication in which a model is waited for: nodes need a block or two to offer it. */
const FRESH = 60

/** Which offers are looked for. */
export interface OffersWanted {
  model: LoadedModel
  level: SdkLevel
  /** Only this node's. */
  node: Hex | undefined
}

/**
 * The offers for a model at a level; one that was published a moment ago is waited for.
 * @throws OgError `MODEL_NOT_SERVED`, `POLICY_LEVEL_UNMET`, `EVIDENCE_*`
 */
export async function offersSoon(
  context: Context,
  { model: { modelId, fact }, level, node }: OffersWanted,
  limit: Limit,
): Promise<Offer[]> {
  const find = async () => {
    const facts = context.chain.at(await context.chain.head())
    const offers = ofNode(await offersOf(facts, modelId, context.chain.local), node)
    return isTeeLevel(level) ? await attestedOffers(context, facts, offers, level) : offers
  }
  for (let missing: OgError | undefined; ; ) {
    try {
      return await within(limit, find, () => missing ?? unprepared())
    } catch (error) {
      const fresh = context.now() < Number(fact.publishedAt) + FRESH
      const offered = isOgError(error) && (error.details.refused as unknown[] | undefined)?.length !== 0
      if (!isOgError(error, 'MODEL_NOT_SERVED') || offered || !fresh || performance.now() + 500 > limit.deadline) throw error
      missing = error
    }
    await context.sleep(500, limit.signal)
  }
}

/** Nodes asked for one call. */
const NODES_ASKED = 3

/** The nodes to ask, in order: the cheapest first. */
export function chooseOffers({ random, now }: Context, offers: readonly Offer[], bytes: number): Offer[] {
  return byPrice(offers, bytes, now(), () => uniform(random)).slice(0, NODES_ASKED)
}

function ofNode(offers: Offer[], node: Hex | undefined): Offer[] {
  if (node === undefined) return offers
  const chosen = offers.filter((offer) => offer.node === node)
  if (chosen.length === 0) throw new OgError('MODEL_NOT_SERVED', `node ${node} does not offer this model`, { details: { refused: [] } })
  return chosen
}

/** @throws OgError `PAYMENT_INSUFFICIENT_BALANCE` when the account cannot pay even the cheapest */
export async function requireBalance({ chain, account }: Context, [cheapest]: Offer[], bytes: number): Promise<void> {
  const need = cheapest ? priceOf(cheapest, bytes) : 0n
  if (need === 0n || !account) return
  const { wopg } = await chain.balance(account.address.toLowerCase() as Hex)
  if (wopg < need)
    throw new OgError(
      'PAYMENT_INSUFFICIENT_BALANCE',
      `the request costs ${formatOpg(need)} OPG and the account has ${formatOpg(wopg)} WOPG; wrap some OPG (og.wallet.wrap)`,
      {
        details: { have: wopg, need },
      },
    )
}

/** 0 ≤ x < 1. */
const uniform = (random: Context['random']): number => new DataView(random(4).slice().buffer).getUint32(0) / 2 ** 32
