import type { Patience } from '../../call/patience.ts'
import type { Chain, ChainHeader, StoredReceipt } from '../../chain.ts'
import { hexLog } from '../../executor/receipt.ts'
import { limitExceeded } from '../codec/error.ts'
import type { LogCriteria } from '../codec/filter.ts'
import { LongJson } from '../codec/longJson.ts'
import { logJson } from '../codec/receipt.ts'
import { keccakOf } from '../context.ts'
import type { RpcLimits } from '../limits.ts'
import type { JsonText } from '../method.ts'
import { bloomTest } from './bloom.ts'
import { matches } from './match.ts'

const REMEDY = 'narrow the range, the addresses or the topics'

/** The logs of one block one by one, in order; undefined for each that does not match. */
export function* eachLog(
  block: ChainHeader,
  receipts: Iterable<StoredReceipt>,
  criteria: LogCriteria,
): Generator<Record<string, unknown> | undefined, void, void> {
  for (const receipt of receipts) {
    let index = receipt.firstLog
    for (const raw of receipt.logs()) {
      const log = { ...hexLog(raw), index: index++ }
      yield matches(log, criteria) ? logJson(block, receipt, log) : undefined
    }
  }
}

/** The logs of one block that match, in order, as JSON. Throws `-32005` when they are too long, and `LimitReached`. */
export async function blockLogs(
  block: ChainHeader,
  receipts: Iterable<StoredReceipt>,
  criteria: LogCriteria,
  { maxResponseChars }: Pick<RpcLimits, 'maxResponseChars'>,
  patience: Patience,
): Promise<JsonText> {
  const found = new FoundLogs(patience, Number.POSITIVE_INFINITY, maxResponseChars)
  await found.add(block, receipts, criteria)
  return found.finish()
}

/**
 * The matching logs of the blocks `from` to `to`, both included and both committed, as JSON. Blocks are skipped by their bloom, so
 * that receipts are read only where a match is likely. Throws `-32005` for too wide a range or too many or too long logs, and `LimitReached`.
 */
export async function scanLogs(
  chain: Chain,
  criteria: LogCriteria,
  from: bigint,
  to: bigint,
  limits: Pick<RpcLimits, 'maxLogRange' | 'maxLogs' | 'maxResponseChars'>,
  patience: Patience,
): Promise<JsonText> {
  if (to - from >= BigInt(limits.maxLogRange)) {
    throw limitExceeded(
      `query exceeds the range limit: ${to - from + 1n} blocks asked for, at most ${limits.maxLogRange} at once; split the range`,
    )
  }
  const mayMatch = bloomTest(criteria, keccakOf(chain))
  const found = new FoundLogs(patience, limits.maxLogs, limits.maxResponseChars)
  for (let height = from; height <= to; height += 1n) {
    const turn = patience.turn()
    if (turn) await turn
    const bloom = chain.logsBloom(height)
    if (!bloom || !mayMatch(bloom)) continue
    const block = chain.headerByNumber(height)
    const receipts = chain.eachReceipt(height)
    if (block && receipts) await found.add(block, receipts, criteria)
  }
  return found.finish()
}

/** Logs, written as soon as they are found: ten thousand may have a gigabyte of data, most of which would be found for nothing. */
class FoundLogs {
  readonly #patience: Patience
  readonly #most: number
  readonly #json: LongJson
  #count = 0

  constructor(patience: Patience, most: number, maxChars: number) {
    this.#patience = patience
    this.#most = most
    this.#json = new LongJson(patience, maxChars, REMEDY)
  }

  /** Throws `-32005` when there are more than may be, and `LimitReached`. */
  async add(block: ChainHeader, receipts: Iterable<StoredReceipt>, criteria: LogCriteria): Promise<void> {
    for (const log of eachLog(block, receipts, criteria)) {
      if (log) this.#add(log)
      const turn = this.#patience.turn()
      if (turn) await turn
    }
  }

  #add(log: Record<string, unknown>): void {
    if (this.#count >= this.#most) throw limitExceeded(`query returned more than ${this.#most} results; ${REMEDY}`)
    this.#json.add(`${this.#count === 0 ? '[' : ','}${JSON.stringify(log)}`)
    this.#count++
  }

  finish(): JsonText {
    this.#json.add(this.#count === 0 ? '[]' : ']')
    return this.#json.finish()
  }
}
