import type { ChainBlock } from '../../chain.ts'
import { blockJson, pendingBlockJson } from '../codec/block.ts'
import { type BlockId, blockId, blockNumberOrTag } from '../codec/blockId.ts'
import { quantity } from '../codec/hex.ts'
import { boolean, hash, optional, required } from '../codec/params.ts'
import { receiptJson } from '../codec/receipt.ts'
import { findBlock, findHeader, isPending, type RpcContext, type RpcMethod, receiptsOf, rpcMethod } from '../context.ts'

const byNumber = [required(blockNumberOrTag)] as const
const byHash = [required(hash)] as const

const countOf = (found: ChainBlock | undefined, count: (found: ChainBlock) => number) => (found ? quantity(count(found)) : null)
const transactions = ({ hashes }: ChainBlock) => hashes.length
const uncles = ({ block }: ChainBlock) => block.uncleHeaders.length

/** Blocks and what is counted or recorded in them. An unknown block is null, not an error. */
export const blockMethods: Readonly<Record<string, RpcMethod>> = {
  eth_blockNumber: rpcMethod([], ({ chain }) => quantity(chain.head().height)),

  eth_getBlockByNumber: rpcMethod([required(blockNumberOrTag), optional(boolean, false)], ({ chain }, [id, whole]) => {
    if (isPending(id)) return pendingBlockJson(chain.head(), chain.nextBaseFee(), chain.pool.content().pending, whole)
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
