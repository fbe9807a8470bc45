import type { ExecutionRecord } from '@opengradient/protocol'
import type { Rate } from '../chain/view.ts'
import type { Unchanging } from '../receipts/executionBytes.ts'
import type { Usage } from '../server/pipeline.ts'

/** The price of one request and the lines it follows from, as the execution record holds them. */
export interface Quote {
  /** OPG wei; 0 is free. */
  price: bigint
  lines: Unchanging<ExecutionRecord['quote']>
}

/** Price of this usage at these rates. A unit that the model asks for and the request has no usage of costs nothing. */
export function quoteFor(rates: readonly Rate[], usage: readonly Usage[]): Quote {
  let price = 0n
  const lines: ExecutionRecord['quote'] = []
  for (const { unit, amount } of rates) {
    const used = usage.find((line) => line.unit === unit)
    if (!used) continue
    price += amount * BigInt(used.units)
    lines.push({ unit, rate: amount.toString(), source: 'chain' })
  }
  return price === 0n ? FREE : { price, lines }
}

const FREE: Quote = { price: 0n, lines: Object.freeze([]) }
