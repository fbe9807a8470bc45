import { type BlockId, blockId, LATEST } from '../codec/blockId.ts'
import { invalidParams, serverError } from '../codec/error.ts'
import { quantity } from '../codec/hex.ts'
import { optional, required, uint64 } from '../codec/params.ts'
import { needHeader, type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'
import { finalityOf, lightBlockAt } from '../lightBlocks.ts'
import { withNewestAnchor } from '../networkFile.ts'

/** What a light client needs beyond Ethereum's methods: who signed a block, and how an old block hangs on a newer one. */
export const ogMethods: Readonly<Record<string, RpcMethod>> = {
  /** `{ height, blockHash, commit }`. Block 0 has no commit: the genesis hash pins it. On CometBFT `latest` is the block before the head. */
  og_getCommit: rpcMethod([optional(blockId, LATEST)], async (context, [id]) => {
    if (context.lightBlocks) {
      const { height, hash, commit } = await finalityOf(context, context.lightBlocks, id)
      return { height: quantity(height), blockHash: hash, commit }
    }
    const { height, hash } = needHeader(context.chain, id)
    const commit = context.chain.commit(height)
    if (!commit) throw serverError(`block ${height} has no commit: the genesis hash pins it`)
    return { height: quantity(height), blockHash: hash, commit }
  }),

  /** `{ peak, path }`: how `History` in the state of block `atHeight` proves the hash of block `height`. */
  og_getHistoryProof: rpcMethod([required(blockId), required(blockId)], (context, [id, at]) => historyProof(context, id, at)),

  /** CometBFT's light block of a height: what leads a client from the validators that it trusts to newer ones. */
  og_getLightBlock: rpcMethod([required(uint64)], (context, [height]) => {
    if (!context.lightBlocks) throw serverError('this network has no light blocks: its one validator signs each block')
    if (height > context.chain.head().height + 1n) throw serverError(`height ${height} is not reached yet`)
    return lightBlockAt(context.lightBlocks, Number(height))
  }),

  /** What a client may trust of this chain, if it trusts this node; on CometBFT with the validators of now. */
  og_networkFile: rpcMethod([], (context) => withNewestAnchor(context)),
}

function historyProof({ chain }: RpcContext, id: BlockId, at: BlockId) {
  const [height, atHeight] = [needHeader(chain, id).height, needHeader(chain, at).height]
  if (height >= atHeight) throw invalidParams(`block ${height} is not older than block ${atHeight}`)
  const found = chain.historyPath(height, atHeight)
  if (!found) throw serverError(`no history path from block ${height} to block ${atHeight}`)
  return { peak: found.peak, path: found.path }
}
