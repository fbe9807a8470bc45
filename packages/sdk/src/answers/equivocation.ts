import {
  type ChainClient,
  equivocationReport,
  mostGasPrice,
  REWARD_PERCENT,
  reportOutcome,
  type Sent,
  type TrustedBlock,
} from '@opengradient/client'
import { type Address, type Hex, OgError, type SignedReceipt } from '@opengradient/protocol'
import { type NodeKeys, signerOfReceipt, whyNoEquivocation } from '@opengradient/verifier'
import type { Context } from '../context.ts'

/** More gas than a report takes. */
const GAS = 400_000n

/** What two receipts prove, and what a report of them brings and costs now. Amounts are OPG wei. */
export interface Equivocation {
  readonly node: Address
  readonly paymentId: Hex
  /** What the node loses. */
  readonly bond: bigint
  /** What of it becomes the credit of whoever reports first. */
  readonly reward: bigint
  /** The most that the transaction costs. */
  readonly gas: bigint
  /** The block in which this was so. */
  readonly height: number
}

/** A report that is on chain, with what it took and brought as its block proves. */
export interface Reported extends Sent {
  readonly node: Address
  readonly paymentId: Hex
  readonly slashed: bigint
  readonly reward: bigint
}

/**
 * Looks, proven and without signing anything, whether two receipts cost their node its bond.
 *
 * @throws OgError `RECEIPT_NO_EQUIVOCATION` says what is missing; `NODE_BOND_GONE`
 */
export async function equivocation({ chain }: Context, first: SignedReceipt, second: SignedReceipt): Promise<Equivocation> {
  const head = await chain.head()
  const { node, paymentId } = first.receipt
  const missing = whyNoEquivocation(first, second, await keysOf(chain, head, first, second))
  if (missing !== undefined)
    throw new OgError('RECEIPT_NO_EQUIVOCATION', `the two receipts do not prove that a node signed twice for one payment: ${missing}`)
  const { bond, slashedAt } = (await chain.at(head).node(node)) ?? { bond: 0n, slashedAt: 0n }
  if (bond === 0n)
    throw new OgError(
      'NODE_BOND_GONE',
      slashedAt > 0n
        ? `node ${node} was reported before and has lost its bond: it cannot lose it twice`
        : `node ${node} has taken its bond out: there is nothing to lose any more`,
      { details: { node, paymentId } },
    )
  const gas = GAS * mostGasPrice(head.header)
  return { node, paymentId, bond, reward: (bond * REWARD_PERCENT) / 100n, gas, height: head.header.number }
}

/** Has the node slashed. Whoever's report comes first gets the reward. @throws OgError as `equivocation` and `Writer.send` */
export async function report(context: Context, first: SignedReceipt, second: SignedReceipt): Promise<Reported> {
  const { node, paymentId } = await equivocation(context, first, second)
  const sent = await context.writer().send(equivocationReport(first, second))
  return { ...sent, node, paymentId, ...reportOutcome(sent, node) }
}

/** What the chain says in one block about the keys that signed two receipts. */
export async function keysOf(chain: ChainClient, head: TrustedBlock, ...signed: readonly SignedReceipt[]): Promise<NodeKeys> {
  const { domain } = chain
  const facts = chain.at(head)
  const known = new Map<string, { from: bigint; until: bigint }>()
  for (const { receipt, signature } of signed) {
    const key = signerOfReceipt(receipt, signature, domain)
    if (key !== undefined) known.set(`${receipt.node} ${key}`, await facts.accountable(receipt.node, key))
  }
  const keyInterval = (node: Address, key: Address) => known.get(`${node} ${key}`) ?? { from: 0n, until: 0n }
  return { domain, keyInterval, now: BigInt(head.header.timestamp) }
}
