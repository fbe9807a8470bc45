import type { ChainBlock } from '../../chain.ts'
import { blockJson, pendingHeaderJson } from '../codec/block.ts'
import { type BlockId, blockId, blockNumberOrTag } from '../codec/blockId.ts'
import { quantity } from '../codec/hex.ts'
import { LongJson } from '../codec/longJson.ts'
import { boolean, hash, optional, required } from '../codec/params.ts'
import { receiptText } from '../codec/receipt.ts'
import { minedTransactionText, pendingTransactionText } from '../codec/transaction.ts'
import { findBlock, findHeader, isPending, keccakOf, type RpcContext, type RpcMethod, receiptsOf, rpcMethod } from '../context.ts'
import type { JsonText } from '../method.ts'
import { scanning, slicing } from '../scanning.ts'
import { leastChars } from './pool.ts'

const byNumber = [required(blockNumberOrTag)] as const
const byHash = [required(hash)] as const

const countOf = (found: ChainBlock | undefined, count: (found: ChainBlock) => number) => (found ? quantity(count(found)) : null)
const transactions = ({ hashes }: ChainBlock) => hashes.length
const uncles = ({ block }: ChainBlock) => block.uncleHeaders.length

/** Blocks and what is counted or recorded in them. An unknown block is null, not an error. */
export const blockMethods: Readonly<Record<string, RpcMethod>> = {
  eth_blockNumber: rpcMethod([], ({ chain }) => quantity(chain.head().height)),

  eth_getBlockByNumber: rpcMethod([required(blockNumberOrTag), optional(boolean, false)], (context, [id, whole]) =>
    isPending(id) ? pendingBlock(context, whole) : blockAnswer(context, findBlock(context.chain, id), whole),
  ),

  eth_getBlockByHash: rpcMethod([required(hash), optional(boolean, false)], (context, [wanted, whole]) =>
    blockAnswer(context, context.chain.blockByHash(wanted), whole),
  ),

  eth_getBlockReceipts: rpcMethod([required(blockId)], (context, [id]) => blockReceipts(context, id)),

  eth_getBlockTransactionCountByNumber: rpcMethod(byNumber, ({ chain }, [id]) => countOf(findBlock(chain, id), transactions)),
  eth_getBlockTransactionCountByHash: rpcMethod(byHash, ({ chain }, [wanted]) => countOf(chain.blockByHash(wanted), transactions)),
  eth_getUncleCountByBlockNumber: rpcMethod(byNumber, ({ chain }, [id]) => countOf(findBlock(chain, id), uncles)),
  eth_getUncleCountByBlockHash: rpcMethod(byHash, ({ chain }, [wanted]) => countOf(chain.blockByHash(wanted), uncles)),
}

/** With whole transactions it may be long: they are written one by one. */
function blockAnswer(context: RpcContext, found: ChainBlock | undefined, whole: boolean) {
  if (!found || !whole) return found ? blockJson(found, false) : null
  return wholeBlock(context, found.height, found.size)
}

/** Whoever waits for its turn knows the block by its height: a thousand of them would hold all of memory. */
function wholeBlock(context: RpcContext, height: bigint, bytes: number): Promise<JsonText> {
  return slicing(context, bytes, async (patience) => {
    const found = context.chain.blockByNumber(height)!
    const { transactions: _, ...rest } = blockJson(found, false)
    const json = new LongJson(patience, context.limits.maxResponseChars, 'ask for hashes instead of whole transactions')
    json.add(`${JSON.stringify(rest).slice(0, -1)},"transactions":[`)
    await json.lists(found.hashes.keys(), (index) => minedTransactionText(found, index)!)
    json.add(']}')
    return json.finish()
  })
}

function blockReceipts(context: RpcContext, id: BlockId) {
  const { chain, limits } = context
  const found = findHeader(chain, id)
  if (!found) return null
  return slicing(context, Number(found.header.gasUsed) / GAS_PER_BYTE, async (patience) => {
    const receipts = receiptsOf(chain, found.height)
    const json = new LongJson(patience, limits.maxResponseChars, 'ask eth_getTransactionReceipt for one of them')
    let before = '['
    for (const receipt of receipts) {
      json.add(before)
      before = ','
      await json.pieces(receiptText(found, receipt, keccakOf(chain)))
    }
    json.add(before === '[' ? '[]' : ']')
    return json.finish()
  })
}

/** What a byte of a receipt costs at least, about: 8 gas one of a log, 21,000 the hundreds of one without. */
const GAS_PER_BYTE = 8

/** The block after the head, with everything that waits and can run. Strangers decide how much that is: it is written in slices. */
function pendingBlock(context: RpcContext, whole: boolean): Promise<JsonText> {
  const { chain, limits } = context
  return scanning(context, async (patience) => {
    const header = JSON.stringify(pendingHeaderJson(chain.head(), chain.nextBaseFee()))
    const { pending } = chain.pool.content()
    const json = new LongJson(patience, limits.maxResponseChars, 'ask for hashes instead of whole transactions, or txpool_contentFrom')
    if (whole) json.expect(leastChars(pending))
    json.add(`${header.slice(0, -1)},"transactions":[`)
    await json.lists(pending, (transaction) => (whole ? pendingTransactionText(transaction, chain.chainId) : [`"${transaction.hash}"`]))
    json.add(']}')
    return json.finish()
  })
}
