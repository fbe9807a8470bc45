import type { ExecutedBlock, Runnable } from '../executor/execute.ts'

/** What became of one transaction of a proposal. Gas is zero for what was left out of the block, with the reason. */
export type TransactionOutcome =
  | { readonly kind: 'succeeded' | 'reverted'; readonly gasLimit: bigint; readonly gasUsed: bigint }
  | { readonly kind: 'leftOut'; readonly reason: string }

/** Why a transaction is left out of a block that has not the gas for it, or for one before it of its sender. Another block may have. */
export const NO_ROOM = 'its gas limit is more than the block has left'

/** One outcome for each of the proposal's transactions, in their order. */
export function outcomesOf(transactions: readonly Runnable[], executed: ExecutedBlock): TransactionOutcome[] {
  const reasons = new Map(executed.dropped.map(({ hash, reason }) => [hash, reason]))
  let index = 0
  let gasBefore = 0n
  return transactions.map(({ hash, fields }) => {
    const reason = reasons.get(hash)
    if (reason !== undefined) return { kind: 'leftOut', reason }
    const { status, cumulativeGasUsed } = executed.receipts[index++]!
    const gasUsed = cumulativeGasUsed - gasBefore
    gasBefore = cumulativeGasUsed
    return { kind: status === 1 ? 'succeeded' : 'reverted', gasLimit: fields.gasLimit, gasUsed }
  })
}
