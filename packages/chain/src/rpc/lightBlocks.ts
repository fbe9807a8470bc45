import type { LightBlock } from '@opengradient/protocol'
import type { BlockId } from './codec/blockId.ts'
import { serverError } from './codec/error.ts'
import { needHeader, type RpcContext } from './context.ts'

/** Where a node on CometBFT has its light blocks from: its own engine. */
export interface LightBlocks {
  /** CometBFT's light block of a height. Rejects while the engine does not have it. */
  lightBlock(height: number): Promise<LightBlock>
}

/**
 * The light block that makes a block final: that of the height after it, which holds its hash. CometBFT has signed it only when the next block
 * is made, so that the newest block that can be proven is the one before the head; `latest` and its like mean that one.
 */
export async function finalityOf({ chain }: RpcContext, source: LightBlocks, id: BlockId) {
  const asked = needHeader(chain, id)
  const before = 'tag' in id && asked.height > 1n ? chain.headerByNumber(asked.height - 1n) : undefined
  const { height, hash } = before ?? asked
  if (height === 0n) throw serverError('block 0 has no commit: the genesis hash pins it')
  const block = await lightBlockAt(source, Number(height) + 1)
  return { height, hash, commit: { kind: 'cometbft' as const, block, trail: [] } }
}

/** The light block of a height, or a refusal that says which is missing. */
export function lightBlockAt(source: LightBlocks, height: number): Promise<LightBlock> {
  return source.lightBlock(height).catch(() => {
    throw serverError(`CometBFT has no light block of height ${height}, or none yet`)
  })
}
