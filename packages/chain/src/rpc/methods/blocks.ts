import type { ChainBlock } from '../../chain.ts'
import { blockJson, pendingHeaderJson } from '../codec/block.ts'
import { type BlockId, blockId, blockNumberOrTag } from '../codec/blockId.ts'
import { quantity } from '../codec/hex.ts'
import { LongJson } from '../codec/longJson.ts'
import { boolean, hash, optional, required } from '../codec/params.ts'
import { receiptJson } from '../codec/receipt.ts'
import { pendingTransactionJson } from '../codec/transaction.ts'
import { findBlock, findHeader, isPending, type RpcContext, type RpcMethod, receiptsOf, rpcMethod } from '../context.ts'
import type { JsonText } from '../method.ts'
import { scanning } from '../scanning.ts'
import { leastChars } from './pool.ts'

const byNumber = [required(blockNumberOrTag)] as const
const byHash = [required(hash)] as const

const countOf = (found: ChainBlock | undefined, count: (found: ChainBlock) => number) => (found ? quantity(count(found)) : null)
const transactions = ({ hashes }: ChainBlock) => hashes.length
const uncles = ({ block }: ChainBlock) => block.uncleHeaders.length

/** Blocks and what is counted or recorded in them. An unknown block is null, not an error. */
export const blockMethods: Readonly<Record<string, RpcMethod>> = {
  eth_blockNumber: rpcMethod([], ({ chain }) => quantity(chain.head().height)),

  eth_getBlockByNumber: rpcMethod([required(blockNumberOrTag), optional(boolean, false)], (context, [id, whole]) => {
    if (isPending(id)) return pendingBlock(context, whole)
    const { chain } = context
    const found = findBlock(chain, id)
    return found ? blockJson(found, whole) : null
  }),

  eth_getBlockByHash: rpcMethod([required(hash), optional(boolean, false)], ({ chain }, [wanted, whole]) => {
    const found = chain.blockByHash(wanted)
    return found ? blockJson(found, whole) : null
  }),

  eth_getBlockReceipts: rpcMethod([required(blockId)], (context, [id]) => blockReceipts(context, id)),

  eth_getBlockTransactionCountByNumber: rpcMethod(byNumber, ({ chain }, [id]) => countOf(findBlock(chain, id), transactions)),
  eth_getBlockTransactionCountByHash: rpcMethod(byHash, ({ chain }, [wanted]) => countOf(chain.blockByHash(wanted), transactions)),
  eth_getUncleCountByBlockNumber: rpcMethod(byNumber, ({ chain }, [id]) => countOf(findBlock(chain, id), uncles)),
  eth_getUncleCountByBlockHash: rpcMethod(byHash, ({ chain }, [wanted]) => countOf(chain.blockByHash(wanted), uncles)),
}

function blockReceipts({ chain }: RpcContext, id: BlockId) {
  const found = findHeader(chain, id)
  return found ? receiptsOf(chain, found.height).map((receipt) => receiptJson(found, receipt)) : null
}

/** The block after the head, with everything that waits and can run. Strangers decide how much that is: it is written in slices. */
function pendingBlock(context: RpcContext, whole: boolean): Promise<JsonText> {
  const { chain, limits } = context
  return scanning(context, async (patience) => {
    const header = JSON.stringify(pendingHeaderJson(chain.head(), chain.nextBaseFee()))
    const { pending } = chain.pool.content()
    const json = new LongJson(patience, limits.maxResponseChars, 'ask for hashes instead of whole transactions, or txpool_contentFrom')
    if (whole) json.expect(leastChars(pending))
    json.add(`${header.slice(0, -1)},"transactions":[`)
    await json.join(pending, (transaction) => JSON.stringify(whole ? pendingTransactionJson(transaction) : transaction.hash))
    json.add(']}')
    return json.finish()
  })
}
