import type { Hex } from '@opengradient/protocol'
import type { ChainBlock } from '../../chain.ts'
import { blockNumberOrTag } from '../codec/blockId.ts'
import { bytes, hash, required, uint64 } from '../codec/params.ts'
import { receiptJson } from '../codec/receipt.ts'
import { minedTransactionJson, pendingTransactionJson } from '../codec/transaction.ts'
import { findBlock, type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'

/** Sending and finding transactions. An unknown one is null, not an error. */
export const transactionMethods: Readonly<Record<string, RpcMethod>> = {
  eth_sendRawTransaction: rpcMethod([required(bytes)], ({ chain }, [raw]) => chain.submit(raw)),

  eth_getTransactionByHash: rpcMethod([required(hash)], (context, [wanted]) => {
    const found = locate(context, wanted)
    if (found) return minedTransactionJson(found.block, found.index)
    const waiting = context.chain.pool.get(wanted)
    return waiting ? pendingTransactionJson(waiting) : null
  }),

  eth_getTransactionReceipt: rpcMethod([required(hash)], (context, [wanted]) => {
    const found = locate(context, wanted)
    const receipt = found && context.chain.receipts(found.block.height)?.[found.index]
    return receipt ? receiptJson(found.block, receipt) : null
  }),

  eth_getTransactionByBlockNumberAndIndex: rpcMethod([required(blockNumberOrTag), required(uint64)], ({ chain }, [id, index]) =>
    transactionAt(findBlock(chain, id), index),
  ),

  eth_getTransactionByBlockHashAndIndex: rpcMethod([required(hash), required(uint64)], ({ chain }, [wanted, index]) =>
    transactionAt(chain.blockByHash(wanted), index),
  ),
}

function locate({ chain }: RpcContext, transactionHash: Hex): { readonly block: ChainBlock; readonly index: number } | undefined {
  const place = chain.locate(transactionHash)
  const block = place && chain.blockByNumber(place.height)
  return block && { block, index: place.index }
}

const transactionAt = (found: ChainBlock | undefined, index: bigint) => (found ? minedTransactionJson(found, Number(index)) : null)
