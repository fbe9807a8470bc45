import { challengeDeposit, heldPaymentCalls, type Sent } from '@opengradient/client'
import type { HeldRecord } from '@opengradient/contracts/slots'
import { type Hex, OgError, type Receipt } from '@opengradient/protocol'
import type { Context } from '../context.ts'

/** A challenge that is on chain. */
export interface Challenged extends Sent {
  /** OPG wei that went with it; what the proof does not cost comes back. */
  readonly deposit: bigint
}

/** Demands the proof of an answer on chain. @throws OgError `NODE_REQUEST_UNKNOWN`, `PAYMENT_NOT_HELD`, `CHAIN_REVERTED` */
export async function challenge(context: Context, answer: Hex | Receipt): Promise<Challenged> {
  const receipt = await receiptOf(context, answer)
  await requireHeld(context, receipt)
  const deposit = challengeDeposit((await context.chain.head()).header)
  return { ...(await context.writer().send(heldPaymentCalls.challenge(receipt, deposit))), deposit }
}

/** Has an answer paid at once. @throws OgError as `challenge` */
export async function accept(context: Context, answer: Hex | Receipt): Promise<Sent> {
  const receipt = await receiptOf(context, answer)
  await requireHeld(context, receipt)
  return context.writer().send(heldPaymentCalls.accept(receipt))
}

/** Where the payment of a request of the book is; undefined if it never waited. */
export async function heldOf({ book, chain }: Context, requestId: Hex): Promise<HeldRecord | undefined> {
  const receipt = (await book.get(requestId))?.bundle?.receipt
  if (receipt?.level !== ZK_LEVEL || receipt.price === 0n) return undefined
  return chain.at(await chain.head()).held(receipt.paymentId)
}

const ZK_LEVEL = 2

async function receiptOf({ book }: Context, answer: Hex | Receipt): Promise<Receipt> {
  if (typeof answer !== 'string') return answer
  const receipt = (await book.get(answer))?.bundle?.receipt
  if (receipt) return receipt
  throw new OgError('NODE_REQUEST_UNKNOWN', `request ${answer} is not in the book of this application, or was not answered`)
}

/** Says what the contract would only name. */
async function requireHeld({ chain }: Context, { level, price, paymentId, requestId }: Receipt): Promise<void> {
  const refuse = (why: string): never => {
    throw new OgError('PAYMENT_NOT_HELD', `the payment of request ${requestId} ${why}`, { details: { requestId, paymentId } })
  }
  if (level !== ZK_LEVEL) refuse('does not wait: only answers of level zk can be challenged or accepted')
  if (price === 0n) refuse('does not wait: the answer was free')
  const held = await chain.at(await chain.head()).held(paymentId)
  if (held === undefined) refuse('is not settled yet; the node does that within minutes, try again then')
  if (held?.status === 'released') refuse('was released to the node')
  if (held?.status === 'failed') refuse('came back: no proof arrived in time')
}
