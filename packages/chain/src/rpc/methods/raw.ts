import type { ChainBlock } from '../../chain.ts'
import { addLogToBloom, encodeStored } from '../../executor/receipt.ts'
import { blockBytes } from '../../ledger/chainBlock.ts'
import { blockId } from '../codec/blockId.ts'
import { serverError } from '../codec/error.ts'
import { data } from '../codec/hex.ts'
import { LongJson } from '../codec/longJson.ts'
import { hash, required } from '../codec/params.ts'
import { findBlock, keccakOf, needHeader, type RpcMethod, receiptsOf, rpcMethod } from '../context.ts'
import { slicing } from '../scanning.ts'

/** Blocks and what is in them as the bytes that their hashes and roots are of. */
export const rawMethods: Readonly<Record<string, RpcMethod>> = {
  debug_getRawHeader: rpcMethod([required(blockId)], ({ chain }, [id]) => data(needHeader(chain, id).header.serialize())),

  debug_getRawBlock: rpcMethod([required(blockId)], ({ chain }, [id]) => {
    const found = findBlock(chain, id)
    if (!found) throw serverError('block not found')
    return data(blockBytes(found))
  }),

  debug_getRawReceipts: rpcMethod([required(blockId)], (context, [id]) => {
    const { chain, limits } = context
    const { height, header } = needHeader(chain, id)
    return slicing(context, Number(header.gasUsed), async (patience) => {
      const receipts = receiptsOf(chain, height)
      const json = new LongJson(patience, limits.maxResponseChars, 'ask eth_getTransactionReceipt for one of them')
      let before = '["'
      for (const receipt of receipts) {
        const bloom = new Uint8Array(256)
        for (const log of receipt.logs()) {
          addLogToBloom(bloom, log, keccakOf(chain))
          const turn = patience.turn()
          if (turn) await turn
        }
        json.add(`${before}${data(encodeStored(receipt, bloom))}"`)
        before = ',"'
      }
      json.add(before === '["' ? '[]' : ']')
      return json.finish()
    })
  }),

  /** `0x` for an unknown one, as in geth. */
  debug_getRawTransaction: rpcMethod([required(hash)], ({ chain }, [wanted]) => {
    const place = chain.locate(wanted)
    const block = place && chain.blockByNumber(place.height)
    const found = block ? rawAt(block, place.index) : chain.pool.get(wanted)?.raw
    return found ? data(found) : '0x'
  }),
}

const rawAt = ({ included, block }: ChainBlock, index: number): Uint8Array | undefined =>
  included ? included[index]?.raw : block.transactions[index]?.serialize()
