import type { ChainBlock } from '../../chain.ts'
import { blockNumberOrTag } from '../codec/blockId.ts'
import { serverError } from '../codec/error.ts'
import { bytes, hash, required, uint64 } from '../codec/params.ts'
import { receiptJson } from '../codec/receipt.ts'
import { minedTransactionJson, pendingTransactionJson } from '../codec/transaction.ts'
import { findBlock, type RpcMethod, rpcMethod } from '../context.ts'

/** Sending and finding transactions. An unknown one is null, not an error. */
export const transactionMethods: Readonly<Record<string, RpcMethod>> = {
  eth_sendRawTransaction: rpcMethod([required(bytes)], ({ chain }, [raw]) => {
    if (chain.halted()) throw serverError('this node has halted and takes no transactions; its log says why')
    return chain.submit(raw)
  }),

  eth_getTransactionByHash: rpcMethod([required(hash)], ({ chain }, [wanted]) => {
    const place = chain.locate(wanted)
    const block = place && chain.blockByNumber(place.height)
    if (block) return minedTransactionJson(block, place.index)
    const waiting = chain.pool.get(wanted)
    return waiting ? pendingTransactionJson(waiting) : null
  }),

  eth_getTransactionReceipt: rpcMethod([required(hash)], ({ chain }, [wanted]) => {
    const place = chain.locate(wanted)
    const block = place && chain.headerByNumber(place.height)
    const receipt = place && chain.receipts(place.height)?.[place.index]
    return block && receipt ? receiptJson(block, receipt) : null
  }),

  eth_getTransactionByBlockNumberAndIndex: rpcMethod([required(blockNumberOrTag), required(uint64)], ({ chain }, [id, index]) =>
    transactionAt(findBlock(chain, id), index),
  ),

  eth_getTransactionByBlockHashAndIndex: rpcMethod([required(hash), required(uint64)], ({ chain }, [wanted, index]) =>
    transactionAt(chain.blockByHash(wanted), index),
  ),
}

const transactionAt = (found: ChainBlock | undefined, index: bigint) => (found ? minedTransactionJson(found, Number(index)) : null)
