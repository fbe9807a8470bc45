import type { ChainReceipt } from '../../chain.ts'
import { encodeReceipt } from '../../executor/receipt.ts'
import { blockId } from '../codec/blockId.ts'
import { serverError } from '../codec/error.ts'
import { data } from '../codec/hex.ts'
import { bytes, hash, required } from '../codec/params.ts'
import { findBlock, needHeader, type RpcMethod, receiptsOf, rpcMethod } from '../context.ts'

/** Blocks and what is in them as the bytes that their hashes and roots are of. */
export const rawMethods: Readonly<Record<string, RpcMethod>> = {
  debug_getRawHeader: rpcMethod([required(blockId)], ({ chain }, [id]) => data(needHeader(chain, id).header.serialize())),

  debug_getRawBlock: rpcMethod([required(blockId)], ({ chain }, [id]) => {
    const found = findBlock(chain, id)
    if (!found) throw serverError('block not found')
    return data(found.block.serialize())
  }),

  debug_getRawReceipts: rpcMethod([required(blockId)], ({ chain }, [id]) =>
    receiptsOf(chain, needHeader(chain, id).height).map((receipt) => data(rawReceipt(receipt))),
  ),

  /** `0x` for an unknown one, as in geth. */
  debug_getRawTransaction: rpcMethod([required(hash)], ({ chain }, [wanted]) => {
    const place = chain.locate(wanted)
    const inner = place && chain.blockByNumber(place.height)?.block.transactions[place.index]
    const found = inner?.serialize() ?? chain.pool.get(wanted)?.raw
    return found ? data(found) : '0x'
  }),
}

function rawReceipt({ logs, logsBloom, ...receipt }: ChainReceipt): Uint8Array {
  const raw = logs.map(({ address, topics, data: content }) => [read(address), topics.map(read), read(content)] as const)
  return encodeReceipt({ ...receipt, logs: raw }, read(logsBloom))
}

const read = (hex: string): Uint8Array => bytes(hex, 'receipt')
