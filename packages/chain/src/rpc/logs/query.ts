import type { Chain } from '../../chain.ts'
import type { BlockId } from '../codec/blockId.ts'
import { invalidParams, serverError } from '../codec/error.ts'
import type { LogFilter } from '../codec/filter.ts'
import { findHeader, type RpcContext, receiptsOf } from '../context.ts'
import type { JsonText } from '../method.ts'
import { scanning } from '../scanning.ts'
import { blockLogs, scanLogs } from './scan.ts'

/** The height that one end of a range means; tags are the blocks they name, absent ends the head. */
export function rangeEnd(chain: Chain, id: BlockId | undefined): bigint {
  if (id && 'height' in id) return id.height
  return id && 'tag' in id && id.tag === 'earliest' ? 0n : chain.head().height
}

/** The logs that a query asks for, as JSON. Ranges must lie in the chain, so that "no logs" never means "not there yet". */
export async function queryLogs(context: RpcContext, filter: LogFilter): Promise<JsonText> {
  const { chain, limits } = context
  if ('blockHash' in filter) {
    const block = findHeader(chain, { hash: filter.blockHash })
    if (!block) throw serverError('unknown block')
    return scanning(context, (patience) => blockLogs(block, receiptsOf(chain, block.height), filter, limits, patience))
  }
  const [from, to] = [rangeEnd(chain, filter.from), rangeEnd(chain, filter.to)]
  if (from > to) throw invalidParams('invalid block range params')
  if (to > chain.head().height) throw invalidParams('block range extends beyond current head block')
  // Throws where there is none, so that "no logs" never means "not kept" either.
  receiptsOf(chain, from)
  return scanning(context, (patience) => scanLogs(chain, filter, from, to, limits, patience))
}
