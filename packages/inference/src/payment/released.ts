import { formatOpg, OgError } from '@opengradient/protocol'
import { isWithheld, OPEN_STATES } from '../journal/entry.ts'
import type { Known } from '../journal/reader.ts'

/** A block, about. */
const RETRY_MS = 1_000
/** Until a payer has done something about a payment that was refused. */
const REFUSED_RETRY_MS = 60_000

/**
 * Sees to it that nothing of an answer is given out before its payment is settled, if that comes first: neither its bytes, nor its receipt, whose
 * hashes would tell the one answer of few that can be. Everything that reads an answer for somebody asks this.
 *
 * @throws OgError `NODE_REQUEST_PENDING` until then, `SETTLEMENT_REVERTED` if that never happens
 */
export function requireReleased(known: Known): void {
  if (!isWithheld(known)) return
  const { requestId, state, reason } = known
  if (OPEN_STATES.has(state) && known.refused) throw refusedYet(known)
  if (OPEN_STATES.has(state))
    throw new OgError(
      'NODE_REQUEST_PENDING',
      `The answer to request ${requestId} is given out when its payment is settled on chain. Send it again, with the same secret.`,
      { details: { requestId, retryAfterMs: RETRY_MS } },
    )
  throw new OgError(
    'SETTLEMENT_REVERTED',
    `The payment of request ${requestId} could not be collected: ${reason}. Its answer is not given out, and nothing was charged. Send it again with a new secret and a new payment.`,
    { details: { requestId } },
  )
}

/** That a payment was not settled, and may be yet. */
function refusedYet({ requestId, refused, reservation }: Known): OgError {
  const { value, validBefore } = reservation!
  const until = new Date(Number(validBefore) * 1000).toISOString()
  const why =
    refused!.blame === 'payer'
      ? `its payer had too little WOPG. Have ${formatOpg(value)} there (og wrap)`
      : `the chain refused it (${refused!.reason}). It is tried again`
  return new OgError(
    'NODE_REQUEST_PENDING',
    `The payment of request ${requestId} could not be collected: ${why} until ${until}, and the answer is given out. Send the request again then, with the same secret; after that time nothing is charged.`,
    { details: { requestId, retryAfterMs: REFUSED_RETRY_MS } },
  )
}
