import type { Hex } from '@opengradient/protocol'
import type { Patience } from '../../call/patience.ts'
import type { Chain, ChainHeader } from '../../chain.ts'
import { quantity } from '../codec/hex.ts'
import { rewards, tipsOf } from './tips.ts'

/** What `eth_feeHistory` answers. `baseFeePerGas` has one entry more than there are blocks: the next block's. */
export interface FeeHistory {
  readonly oldestBlock: Hex
  readonly baseFeePerGas: readonly Hex[]
  readonly gasUsedRatio: readonly number[]
  readonly baseFeePerBlobGas: readonly Hex[]
  readonly blobGasUsedRatio: readonly number[]
  readonly reward?: readonly (readonly Hex[])[]
}

/**
 * Fees of the `count` blocks that end with `newest`; fewer where the chain, or this node, is younger. Blob fees are those of a chain without blobs. Throws
 * `LimitReached`.
 */
export async function feeHistory(
  chain: Chain,
  count: number,
  newest: ChainHeader,
  percentiles: readonly number[],
  patience: Patience,
): Promise<FeeHistory> {
  const blocks: ChainHeader[] = []
  const reward: Hex[][] = []
  for (let height = newest.height; height >= chain.firstBlock() && blocks.length < count; height -= 1n) {
    await patience.turn()
    const block = chain.headerByNumber(height)
    if (!block) continue
    blocks.push(block)
    if (percentiles.length > 0) reward.push(blockRewards(chain, block, percentiles))
  }
  blocks.reverse()
  reward.reverse()
  const baseFees = blocks.map(({ header }) => header.baseFeePerGas ?? 0n)
  const next = chain.headerByNumber(newest.height + 1n)
  const nextBaseFee = next ? (next.header.baseFeePerGas ?? 0n) : chain.nextBaseFee()
  return {
    oldestBlock: quantity(blocks[0]?.height ?? newest.height),
    ...(percentiles.length > 0 && { reward }),
    baseFeePerGas: [...baseFees, nextBaseFee].map(quantity),
    gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
    baseFeePerBlobGas: Array(blocks.length + 1).fill('0x1'),
    blobGasUsedRatio: Array(blocks.length).fill(0),
  }
}

function blockRewards(chain: Chain, block: ChainHeader, percentiles: readonly number[]): Hex[] {
  const payments = block.header.gasUsed > 0n ? (chain.payments(block.height) ?? []) : []
  return rewards(tipsOf(block, payments), percentiles).map(quantity)
}
