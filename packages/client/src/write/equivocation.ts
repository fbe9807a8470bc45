import { nodesAbi, settlementAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, OgError, type SignedReceipt } from '@opengradient/protocol'
import { encodeFunctionData, parseEventLogs } from 'viem'
import type { Call, Sent } from './send.ts'

/** Of the bond that a node loses, what becomes credit of who reported it first (`Nodes.REWARD_PERCENT`). */
export const REWARD_PERCENT = 5n

/** Shows `Settlement` that a node signed twice for one payment; give it to `Writer.send`. Anybody may. */
export function equivocationReport(first: SignedReceipt, second: SignedReceipt): Call {
  const args = [first.receipt, first.signature, second.receipt, second.signature] as const
  return {
    what: 'report a node that signed twice',
    to: ADDRESSES.settlement,
    data: encodeFunctionData({ abi: settlementAbi, functionName: 'equivocation', args }),
  }
}

/** What a report took from the node and brought, in OPG wei, as the logs of its transaction say. @throws OgError `RPC_LIED` */
export function reportOutcome({ hash, height, logs }: Sent, node: Address): { slashed: bigint; reward: bigint } {
  const own = logs.filter(({ address }) => address.toLowerCase() === ADDRESSES.nodes) as Parameters<typeof parseEventLogs>[0]['logs']
  for (const { args } of parseEventLogs({ abi: nodesAbi, eventName: 'Slashed', logs: own }))
    if (args.node.toLowerCase() === node) return { slashed: args.amount, reward: args.reward }
  throw new OgError('RPC_LIED', `transaction ${hash} succeeded in block ${height}, and no log of it says what node ${node} lost`, {
    details: { hash, height },
  })
}
