import type { Hex } from '@opengradient/protocol'
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

/** Fees of the `count` blocks that end with `newest`; fewer where the chain is younger. Blob fees are those of a chain without blobs. */
export function feeHistory(chain: Chain, count: number, newest: ChainHeader, percentiles: readonly number[]): FeeHistory {
  const blocks: ChainHeader[] = []
  for (let height = newest.height; height >= 0n && blocks.length < count; height -= 1n) {
    const block = chain.headerByNumber(height)
    if (block) blocks.unshift(block)
  }
  const baseFees = blocks.map(({ header }) => header.baseFeePerGas ?? 0n)
  const next = chain.headerByNumber(newest.height + 1n)
  const nextBaseFee = next ? (next.header.baseFeePerGas ?? 0n) : chain.nextBaseFee()
  return {
    oldestBlock: quantity(blocks[0]?.height ?? newest.height),
    ...(percentiles.length > 0 && { reward: blocks.map((block) => blockRewards(chain, block, percentiles)) }),
    baseFeePerGas: [...baseFees, nextBaseFee].map(quantity),
    gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
    baseFeePerBlobGas: Array(blocks.length + 1).fill('0x1'),
    blobGasUsedRatio: Array(blocks.length).fill(0),
  }
}

function blockRewards(chain: Chain, block: ChainHeader, percentiles: readonly number[]): Hex[] {
  const receipts = block.header.gasUsed > 0n ? (chain.receipts(block.height) ?? []) : []
  return rewards(tipsOf(block, receipts), percentiles).map(quantity)
}
