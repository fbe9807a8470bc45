import type { StakeFact } from '@opengradient/client'
import { formatOpg, OgError } from '@opengradient/protocol'
import { parseOpg } from '../amount.ts'

/**
 * The shares to give up for an amount as a person writes it, `1000` or `all`: as few as are worth at least that much. Throws `USAGE` when it is
 * more than there is.
 */
export function sharesFor(text: string, { shares, tokens, locked }: StakeFact): bigint {
  const free = shares - locked
  if (text.trim() === 'all') {
    if (free > 0n) return free
    throw new OgError('USAGE', `amount: there is nothing that may leave${locked > 0n ? '; what was redelegated stays for 21 days' : ''}`)
  }
  const wei = parseOpg(text, 'amount')
  if (wei === 0n) throw new OgError('USAGE', 'amount: more than 0 is needed')
  if (wei > tokens) throw new OgError('USAGE', `amount: ${formatOpg(wei)} OPG is more than the ${formatOpg(tokens)} OPG there`)
  const needed = (wei * shares + tokens - 1n) / tokens
  if (needed <= free) return needed
  const most = shares === 0n ? 0n : (free * tokens) / shares
  throw new OgError('USAGE', `amount: only ${formatOpg(most)} OPG of it may leave now; what was redelegated stays for 21 days`)
}
