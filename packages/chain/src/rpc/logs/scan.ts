import type { Patience } from '../../call/patience.ts'
import type { Chain, ChainHeader, StoredReceipt } from '../../chain.ts'
import { hexLog } from '../../executor/receipt.ts'
import { limitExceeded } from '../codec/error.ts'
import type { LogCriteria } from '../codec/filter.ts'
import { logJson } from '../codec/receipt.ts'
import type { RpcLimits } from '../limits.ts'
import { bloomTest } from './bloom.ts'
import { matches } from './match.ts'

type Json = Record<string, unknown>

/** The logs of one block one by one, in order; undefined for each that does not match. */
export function* eachLog(
  block: ChainHeader,
  receipts: Iterable<StoredReceipt>,
  criteria: LogCriteria,
): Generator<Json | undefined, void, void> {
  for (const receipt of receipts) {
    let index = receipt.firstLog
    for (const raw of receipt.logs()) {
      const log = { ...hexLog(raw), index: index++ }
      yield matches(log, criteria) ? logJson(block, receipt, log) : undefined
    }
  }
}

/** The logs of one block that match, in order: one more than `most` at most. Throws `LimitReached`. */
export async function blockLogs(
  block: ChainHeader,
  receipts: Iterable<StoredReceipt>,
  criteria: LogCriteria,
  patience: Patience,
  most = Number.POSITIVE_INFINITY,
): Promise<Json[]> {
  const found: Json[] = []
  for (const log of eachLog(block, receipts, criteria)) {
    if (log) found.push(log)
    if (found.length > most) break
    const turn = patience.turn()
    if (turn) await turn
  }
  return found
}

/**
 * The matching logs of the blocks `from` to `to`, both included and both committed. Blocks are skipped by their bloom, so
 * that receipts are read only where a match is likely. Throws `-32005` for too wide a range or too many logs, and `LimitReached`.
 */
export async function scanLogs(
  chain: Chain,
  criteria: LogCriteria,
  from: bigint,
  to: bigint,
  limits: Pick<RpcLimits, 'maxLogRange' | 'maxLogs'>,
  patience: Patience,
): Promise<Json[]> {
  if (to - from >= BigInt(limits.maxLogRange)) {
    throw limitExceeded(
      `query exceeds the range limit: ${to - from + 1n} blocks asked for, at most ${limits.maxLogRange} at once; split the range`,
    )
  }
  const mayMatch = bloomTest(criteria)
  const found: Json[] = []
  for (let height = from; height <= to; height += 1n) {
    const turn = patience.turn()
    if (turn) await turn
    const bloom = chain.logsBloom(height)
    if (!bloom || !mayMatch(bloom)) continue
    const block = chain.headerByNumber(height)
    const receipts = chain.eachReceipt(height)
    if (!block || !receipts) continue
    // One by one: a block may hold more than a call takes arguments.
    for (const log of await blockLogs(block, receipts, criteria, patience, limits.maxLogs)) found.push(log)
    if (found.length > limits.maxLogs) {
      throw limitExceeded(`query returned more than ${limits.maxLogs} results; narrow the range, the addresses or the topics`)
    }
  }
  return found
}
