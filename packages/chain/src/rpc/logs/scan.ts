import { setImmediate } from 'node:timers/promises'
import type { Chain, ChainHeader, ChainReceipt } from '../../chain.ts'
import { limitExceeded } from '../codec/error.ts'
import type { LogCriteria } from '../codec/filter.ts'
import { logJson } from '../codec/receipt.ts'
import type { RpcLimits } from '../limits.ts'
import { bloomTest } from './bloom.ts'
import { matches } from './match.ts'

/** Blocks whose receipts are read before other work gets a turn. */
const BLOCKS_PER_TURN = 64

type Json = Record<string, unknown>

/** The logs of one block that match, in order. */
export function blockLogs(block: ChainHeader, receipts: readonly ChainReceipt[], criteria: LogCriteria): Json[] {
  const found: Json[] = []
  for (const receipt of receipts) {
    for (const log of receipt.logs) if (matches(log, criteria)) found.push(logJson(block, receipt, log))
  }
  return found
}

/**
 * The matching logs of the blocks `from` to `to`, both included and both committed. Blocks are skipped by their bloom, so
 * that receipts are read only where a match is likely. Throws `-32005` for too wide a range or too many logs.
 */
export async function scanLogs(
  chain: Chain,
  criteria: LogCriteria,
  from: bigint,
  to: bigint,
  limits: Pick<RpcLimits, 'maxLogRange' | 'maxLogs'>,
): Promise<Json[]> {
  if (to - from >= BigInt(limits.maxLogRange)) {
    throw limitExceeded(
      `query exceeds the range limit: ${to - from + 1n} blocks asked for, at most ${limits.maxLogRange} at once; split the range`,
    )
  }
  const mayMatch = bloomTest(criteria)
  const found: Json[] = []
  let opened = 0
  for (let height = from; height <= to; height += 1n) {
    const bloom = chain.logsBloom(height)
    if (!bloom || !mayMatch(bloom)) continue
    // Other clients get their turn during long scans.
    if (++opened % BLOCKS_PER_TURN === 0) await setImmediate()
    const block = chain.headerByNumber(height)
    const receipts = chain.receipts(height)
    if (!block || !receipts) continue
    found.push(...blockLogs(block, receipts, criteria))
    if (found.length > limits.maxLogs) {
      throw limitExceeded(`query returned more than ${limits.maxLogs} results; narrow the range, the addresses or the topics`)
    }
  }
  return found
}
