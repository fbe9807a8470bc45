import type { ChainBlock } from '../../chain.ts'
import { blockNumberOrTag } from '../codec/blockId.ts'
import { serverError } from '../codec/error.ts'
import { LongJson } from '../codec/longJson.ts'
import { bytes, hash, required, uint64 } from '../codec/params.ts'
import { receiptText } from '../codec/receipt.ts'
import { minedTransactionText, pendingTransactionText } from '../codec/transaction.ts'
import { findBlock, keccakOf, type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'
import type { JsonText } from '../method.ts'
import { slicing } from '../scanning.ts'

/** Sending and finding transactions. An unknown one is null, not an error. */
export const transactionMethods: Readonly<Record<string, RpcMethod>> = {
  eth_sendRawTransaction: rpcMethod([required(bytes)], ({ chain }, [raw]) => {
    if (chain.halted()) throw serverError('this node has halted and takes no transactions; its log says why')
    return chain.submit(raw)
  }),

  eth_getTransactionByHash: rpcMethod([required(hash)], (context, [wanted]) => {
    const { chain } = context
    const place = chain.locate(wanted)
    const block = place && chain.blockByNumber(place.height)
    if (block) return transactionAt(context, block, place.index)
    const waiting = chain.pool.get(wanted)
    return waiting ? written(context, waiting.raw.length, () => pendingTransactionText(waiting, chain.chainId)) : null
  }),

  eth_getTransactionReceipt: rpcMethod([required(hash)], (context, [wanted]) => {
    const { chain, limits } = context
    const place = chain.locate(wanted)
    const block = place && chain.headerByNumber(place.height)
    if (!block) return null
    const read = () => nth(chain.eachReceipt(place.height), place.index)
    const bytes = read()?.logsRlp.length
    if (bytes === undefined) return null
    // Read again once it is its turn: with each that waits, the receipts of a block would be held.
    return slicing(context, bytes, async (patience) => {
      const json = new LongJson(patience, limits.maxResponseChars, 'ask eth_getLogs for some of its logs')
      await json.pieces(receiptText(block, read()!, keccakOf(chain)))
      return json.finish()
    })
  }),

  eth_getTransactionByBlockNumberAndIndex: rpcMethod([required(blockNumberOrTag), required(uint64)], (context, [id, index]) =>
    transactionAt(context, findBlock(context.chain, id), Number(index)),
  ),

  eth_getTransactionByBlockHashAndIndex: rpcMethod([required(hash), required(uint64)], (context, [wanted, index]) =>
    transactionAt(context, context.chain.blockByHash(wanted), Number(index)),
  ),
}

function transactionAt(context: RpcContext, found: ChainBlock | undefined, index: number): Promise<JsonText> | null {
  if (!found || index >= found.hashes.length) return null
  return inBlock(context, found.height, index, found.included?.[index]?.raw.length ?? found.size)
}

/** Whoever waits for its turn knows the block by its height, and holds nothing of it. */
const inBlock = (context: RpcContext, height: bigint, index: number, bytes: number) =>
  written(context, bytes, () => minedTransactionText(context.chain.blockByNumber(height)!, index)!)

/** A transaction of so many bytes. */
function written(context: RpcContext, bytes: number, text: () => Iterable<string>): Promise<JsonText> {
  return slicing(context, bytes, async (patience) => {
    const json = new LongJson(patience, context.limits.maxResponseChars, 'ask debug_getRawTransaction for its bytes')
    await json.pieces(text())
    return json.finish()
  })
}

function nth<T>(items: Iterable<T> | undefined, index: number): T | undefined {
  let at = 0
  for (const item of items ?? []) if (at++ === index) return item
  return undefined
}
