import { type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { withheld } from '../infer/nodeError.ts'
import { voidAt } from '../pay/authorise.ts'
import type { AnswerEntry } from './book.ts'
import { keepRefused } from './keep.ts'

/** With these a node leaves open what it has done; what others mean for the payment, their own words say. */
const SILENT = new Set<string>(['NODE_REQUEST_UNKNOWN', 'NODE_UNREACHABLE'])

/**
 * The answer to a request of the book, as its node gives it. Where it gives none, the error says what became of the payment, as a block proves it:
 * what the node says of that counts for nothing, since it could use the authorisation all the same. What it does not know, and cannot be paid for any
 * more, is no longer of unknown outcome: the book has it as refused.
 */
export async function asked<Answer>(context: Context, entry: AnswerEntry, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (cause) {
    if (!isOgError(cause) || !SILENT.has(cause.code) || !isKnown(entry)) throw cause
    const { words, isOver, ...details } = await moneyOf(context, entry)
    if (isOver && cause.code === 'NODE_REQUEST_UNKNOWN' && entry.state === 'sent')
      await keepRefused(context, { ...entry, state: 'refused', code: cause.code })
    throw new OgError(cause.code, `${cause.message.replace(/\.$/, '')}. ${words}`, { cause, details: { ...cause.details, ...details } })
  }
}

/** Books of before keep no payment of what was not answered: of that nothing can be said. */
const isKnown = ({ price, paymentId }: AnswerEntry): boolean => price === 0n || paymentId !== undefined

interface Money {
  readonly words: string
  /** Nothing was paid, and nothing can be. */
  readonly isOver: boolean
  readonly requestId: Hex
  /** Hash of the receipt that the payment was settled for. */
  readonly settledFor?: Hex
  /** Unix seconds, of the chain, from which the authorisation cannot be used. */
  readonly voidAt?: number
}

/** Where the payment of a request without an answer is. @throws OgError as `ChainClient.head` */
async function moneyOf({ chain }: Context, entry: AnswerEntry): Promise<Money> {
  const { requestId, paymentId, earlier = [], level } = entry
  const payments = paymentId === undefined ? earlier : [paymentId, ...earlier]
  if (payments.length === 0) return { words: 'It was free, so nothing is paid for it: og.infer asks anew', isOver: true, requestId }
  const head = await chain.head()
  const facts = chain.at(head)
  const { number, timestamp } = head.header
  const settledFor = (await Promise.all(payments.map((id) => facts.settled(id)))).find((hash) => hash !== undefined)
  if (settledFor !== undefined)
    return {
      words: `Its payment is settled all the same, for receipt ${settledFor}: the node owes the answer, and og.recover('${requestId}') asks for it again${withheld(level, requestId)}`,
      isOver: false,
      requestId,
      settledFor,
    }
  const end = voidAt(entry)
  const until = new Date(end * 1000).toISOString()
  const isOver = timestamp >= end
  const words = isOver
    ? `Nothing was paid for it, and nothing can be: its payment is not settled in block ${number}, and what was signed for it ended at ${until}. og.infer asks anew`
    : `Nothing was paid for it up to block ${number}. What was signed for it can be used until ${until}: og.recover('${requestId}') asks again; og.infer asks anew, and before then both could be charged`
  return { words, isOver, requestId, voidAt: end }
}
