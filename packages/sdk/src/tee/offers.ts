import type { ChainFacts } from '@opengradient/client'
import { isOgError, OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import type { Offer } from '../pay/offers.ts'
import { liveKeyset } from './enclave.ts'
import type { TeeLevel } from './level.ts'

/**
 * The offers whose nodes have a keyset of this level on chain that counts now; their evidence is not looked at yet.
 *
 * @throws OgError `EVIDENCE_*` when all are refused for one reason, else `POLICY_LEVEL_UNMET`; `details.refused` says why each
 */
export async function attestedOffers(context: Context, facts: ChainFacts, offers: readonly Offer[], level: TeeLevel): Promise<Offer[]> {
  const now = Math.floor(context.now())
  const refused: OgError[] = []
  const usable = await Promise.all(
    offers.map(async (offer) => {
      const fact = await facts.keyset(offer.node)
      try {
        liveKeyset(fact, { offer, level }, now)
        return offer
      } catch (error) {
        if (!isOgError(error)) throw error
        refused.push(error)
        return undefined
      }
    }),
  )
  const attested = usable.filter((offer) => offer !== undefined)
  if (attested.length > 0) return attested
  const codes = new Set(refused.map(({ code }) => code))
  const [code] = codes
  throw new OgError(
    codes.size === 1 && code ? code : 'POLICY_LEVEL_UNMET',
    `no node answers this model at level ${level} now: ${refused.map(({ message }) => message).join('; ')}`,
    { details: { level, refused: refused.map(({ code, message }) => ({ code, message })) } },
  )
}
