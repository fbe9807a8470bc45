import { type BundleRequest, isOgError, OgError } from '@opengradient/protocol'
import type { AnswerEntry } from '../answers/book.ts'
import type { Context, SdkLevel } from '../context.ts'
import type { LoadedModel } from '../models/load.ts'
import type { Offer } from '../pay/offers.ts'
import type { Purse } from '../pay/purse.ts'
import type { RawAnswer } from './attest.ts'
import { entryOf } from './conclude.ts'
import { exchange, NotTaken } from './exchange.ts'

/** Times that each node is asked, while all are busy. */
const ROUNDS = 3

/** One call. */
export interface Round {
  model: LoadedModel
  request: BundleRequest
  level: SdkLevel
  chosen: Offer[]
  purse: Purse
  /** `performance.now()` after which nothing is tried again. */
  deadline: number
  signal: AbortSignal | undefined
}

/** Asks one node after the other until one takes the request; a busy one is asked again later. */
export async function ask(context: Context, { model, request, level, chosen, purse, deadline, signal }: Round): Promise<RawAnswer> {
  const secrets = chosen.map(() => context.random(32))
  let last: OgError | undefined
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, offer] of chosen.entries()) {
      const secret = secrets[i] as Uint8Array
      let sent: AnswerEntry | undefined
      const onSend = (price: bigint) => {
        sent = { ...entryOf(context, model, offer, request, secret, price, level), request }
        return context.book.put(sent)
      }
      try {
        const { reply, payment } = await exchange(context, { offer, request, level, secret, purse, deadline, signal, onSend })
        return { model, offer, request, secret, payment, reply }
      } catch (error) {
        const reason = error instanceof NotTaken ? error.reason : error
        const known = error instanceof NotTaken || (isOgError(error) && error.code !== 'NODE_UNREACHABLE')
        if (sent && known) await context.book.put({ ...sent, state: 'refused', code: (reason as OgError).code })
        if (!(error instanceof NotTaken)) throw error
        last = error.reason
      }
    }
    if (performance.now() + 1000 > deadline) break
    await context.sleep(500 * (round + 1), signal)
  }
  throw last ?? new OgError('MODEL_NOT_SERVED', `no node took the request for model ${model.modelId}`)
}
