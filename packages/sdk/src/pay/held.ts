import { challengeDeposit, heldPaymentCalls, mostGasPrice, type Sent, settledReceipt } from '@opengradient/client'
import type { HeldRecord } from '@opengradient/contracts/slots'
import { type Address, type Header, type Hex, OgError, type Receipt, receiptHash } from '@opengradient/protocol'
import { receiptFromNode } from '../answers/nodeRecords.ts'
import type { Context } from '../context.ts'
import { voidAt } from './authorise.ts'
import { type HeldState, stateOf } from './heldState.ts'

/** A challenge that is on chain. */
export interface Challenged extends Sent {
  /** OPG wei that went with it; what the proof does not cost comes back. */
  readonly deposit: bigint
}

/** What became of a payment of level zk, proven, and what its payer can do now. Amounts are OPG wei. */
export interface Redress {
  readonly requestId: Hex
  readonly paymentId: Hex
  readonly node: Address
  readonly price: bigint
  readonly state: HeldState
  /** The block in which this was so. */
  readonly height: number
  /** The last block in which the payer may challenge, or the node may prove. */
  readonly until?: number
  /** `challenge` needs `deposit`, of which comes back what the proof does not cost; both need gas. */
  readonly can?: 'challenge' | 'collect'
  readonly deposit: bigint
  /** The most that the transaction costs, but for the deposit. */
  readonly gas: bigint
}

const ZK_LEVEL = 2
/** More gas than a challenge or a collection takes. */
const GAS = 300_000n

/** Looks, proven, where the payment of a request is and what can be done. Signs nothing. @throws OgError as `challenge` */
export async function redress(context: Context, answer: Hex | Receipt): Promise<Redress> {
  const found = await lookedUp(context, answer)
  const { header, claim } = found
  const { state, until } = stateOf(found)
  const can = state === 'held' ? 'challenge' : state === 'unproved' ? 'collect' : undefined
  const { requestId, paymentId, node, price } = claim
  const dues = { deposit: can === 'challenge' ? challengeDeposit(header) : 0n, gas: can ? gasOf(header) : 0n }
  return {
    requestId,
    paymentId,
    node,
    price,
    state,
    height: header.number,
    ...(until !== undefined && { until }),
    ...(can && { can }),
    ...dues,
  }
}

/** Demands the proof of an answer on chain. @throws OgError `NODE_REQUEST_UNKNOWN`, `PAYMENT_NOT_HELD`, `RECEIPT_MISSING`, `CHAIN_REVERTED` */
export async function challenge(context: Context, answer: Hex | Receipt): Promise<Challenged> {
  const found = await lookedUp(context, answer)
  const receipt = await inState(context, found, 'held')
  const deposit = challengeDeposit(found.header)
  return { ...(await context.writer().send(heldPaymentCalls.challenge(receipt, deposit))), deposit }
}

/** Takes price, deposit and penalty back once the proof is overdue. @throws OgError as `challenge` */
export async function collect(context: Context, answer: Hex | Receipt): Promise<Sent> {
  const receipt = await inState(context, await lookedUp(context, answer), 'unproved')
  return context.writer().send(heldPaymentCalls.fail(receipt))
}

/** Has an answer paid at once. @throws OgError as `challenge` */
export async function accept(context: Context, answer: Hex | Receipt): Promise<Sent> {
  const receipt = await inState(context, await lookedUp(context, answer), 'held', 'unchallenged')
  return context.writer().send(heldPaymentCalls.accept(receipt))
}

/** Where the payment of a request of the book is; undefined if it never waited. */
export async function heldOf({ book, chain }: Context, requestId: Hex): Promise<HeldRecord | undefined> {
  const entry = await book.get(requestId)
  const paymentId = entry?.bundle?.receipt.paymentId ?? entry?.paymentId
  if (entry?.level !== 'zk' || paymentId === undefined || entry.price === 0n) return undefined
  return chain.at(await chain.head()).held(paymentId)
}

/** What a payer says was paid for. */
interface Claim {
  readonly requestId: Hex
  readonly paymentId: Hex
  readonly node: Address
  readonly price: bigint
  /** Unix seconds after which the authorisation is void, where it is known. */
  readonly voidAt?: number
  /** The receipt that came with the answer, if one came. */
  readonly receipt?: Receipt
}

async function lookedUp(context: Context, answer: Hex | Receipt) {
  const claim = typeof answer === 'string' ? await claimOfBook(context, answer) : claimOf(answer)
  const head = await context.chain.head()
  const facts = context.chain.at(head)
  const [held, settled] = await Promise.all([facts.held(claim.paymentId), facts.settled(claim.paymentId)])
  return { claim, header: head.header, height: head.header.number, held, settled }
}

type Looked = Awaited<ReturnType<typeof lookedUp>>

function claimOf(receipt: Receipt): Claim {
  const { requestId, paymentId, node, price, level } = receipt
  if (level !== ZK_LEVEL) throw notHeld(requestId, 'does not wait: only answers of level zk can be challenged or accepted')
  if (price === 0n) throw notHeld(requestId, 'does not wait: the answer was free')
  return { requestId, paymentId, node, price, receipt }
}

/** A request without an answer is enough: what was signed for it names its payment. */
async function claimOfBook({ book }: Context, requestId: Hex): Promise<Claim> {
  const entry = await book.get(requestId)
  if (!entry) throw new OgError('NODE_REQUEST_UNKNOWN', `request ${requestId} is not in the book of this application`)
  const receipt = entry.bundle?.receipt
  if (receipt?.level === ZK_LEVEL) return { ...claimOf(receipt), voidAt: voidAt(entry) }
  if (entry.level !== 'zk') throw notHeld(requestId, 'does not wait: only answers of level zk can be challenged or accepted')
  const { paymentId, node, price } = entry
  if (paymentId === undefined || price === 0n) throw notHeld(requestId, 'does not wait: the answer was free')
  return { requestId, paymentId, node, price, voidAt: voidAt(entry) }
}

/** Says what the contract would only name, before anything is signed, and gives the receipt that was settled. */
async function inState(context: Context, found: Looked, ...allowed: HeldState[]): Promise<Receipt> {
  const { claim } = found
  const { state, until } = stateOf(found)
  if (!allowed.includes(state)) throw notHeld(claim.requestId, whyNot(state, until, claim.voidAt))
  return settledFor(context, found)
}

function whyNot(state: HeldState, until = 0, voidFrom = 0): string {
  switch (state) {
    case 'unsettled':
      return `is not settled: nothing was paid yet${voidFrom ? `, and nothing can be after ${new Date(voidFrom * 1000).toISOString()}` : ''}. A node settles within minutes; look again then`
    case 'held':
      return `waits, and nobody has challenged it; that is possible up to block ${until}`
    case 'unchallenged':
      return `could be challenged up to block ${until}; it is the node's now`
    case 'challenged':
      return `is challenged already; the node has to prove its answer up to block ${until}`
    case 'unproved':
      return `was challenged, and no proof came up to block ${until}: collect it`
    case 'released':
      return 'was released to the node'
    case 'failed':
      return 'came back: no proof arrived in time'
  }
}

/** The receipt that the payment was settled for: the one that came, or the one in the transaction that settled it. @throws OgError `RECEIPT_MISSING` */
async function settledFor(context: Context, { claim, settled: hash, held }: Looked): Promise<Receipt> {
  const { chain } = context
  const { paymentId, requestId, node, receipt } = claim
  const isIt = (candidate: Receipt | undefined) => candidate !== undefined && receiptHash(candidate, chain.domain) === hash
  if (receipt && isIt(receipt)) return receipt
  const block = await chain.block(Number(held?.heldAt))
  const found = hash && (await settledReceipt(chain.rpc, block, { paymentId, hash, domain: chain.domain }))
  if (found) return found.receipt
  const shown = (await receiptFromNode(context, requestId, node))?.signed.receipt
  if (shown && isIt(shown)) return shown
  throw new OgError(
    'RECEIPT_MISSING',
    `the payment of request ${requestId} is settled for receipt ${hash}, which neither block ${held?.heldAt} nor node ${node} shows`,
    { details: { requestId, paymentId, hash } },
  )
}

const gasOf = (header: Pick<Header, 'baseFeePerGas'>): bigint => GAS * mostGasPrice(header)

const notHeld = (requestId: Hex, why: string): OgError =>
  new OgError('PAYMENT_NOT_HELD', `the payment of request ${requestId} ${why}`, { details: { requestId } })
