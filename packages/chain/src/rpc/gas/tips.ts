import type { Hex } from '@opengradient/protocol'
import type { Chain, ChainHeader, GasPayment } from '../../chain.ts'

/** What one transaction of a block paid its proposer, wei per gas, and the gas it used. */
export interface Tip {
  readonly tip: bigint
  readonly gasUsed: bigint
}

/** The tips paid in a block, lowest first. */
export function tipsOf({ header }: ChainHeader, payments: readonly GasPayment[]): Tip[] {
  const baseFee = header.baseFeePerGas ?? 0n
  return payments
    .map(({ effectiveGasPrice, gasUsed }) => ({ tip: effectiveGasPrice - baseFee, gasUsed }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
}

/**
 * The tips at these percentiles of the gas of one block, as `eth_feeHistory` defines its rewards: the tip of the transaction
 * at which the gas used so far, cheapest first, reaches the percentile. Zeros for an empty block.
 */
export function rewards(tips: readonly Tip[], percentiles: readonly number[]): bigint[] {
  const total = tips.reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
  let index = 0
  let reached = tips[0]?.gasUsed ?? 0n
  return percentiles.map((percentile) => {
    const wanted = BigInt(Math.floor((Number(total) * percentile) / 100))
    while (reached < wanted && index < tips.length - 1) reached += tips[++index]!.gasUsed
    return tips[index]?.tip ?? 0n
  })
}

/** Blocks that the suggestion looks back on, as in geth. */
const LOOK_BACK = 20n
const PERCENTILE = 60

/** Suggested when no recent block holds a transaction: 0.001 gwei, what geth asks for at least. */
const DEFAULT_TIP = 1_000_000n

/**
 * What is suggested at most: so many times the next base fee, and a gwei where that is low. Who makes a block gets the tips in it, so to pay
 * itself any tip costs it nothing, and wallets sign what is suggested to them. Where blocks are full, the base fee rises.
 */
const MOST_BASE_FEES = 10n
const MOST_WHERE_LOW = 1_000_000_000n

/**
 * Suggests a tip that gets a transaction in soon: the 60th percentile of those paid in the last 20 blocks, within reason. Worked out once a
 * block. Wei per gas.
 */
export function tipOracle(chain: Chain): () => bigint {
  let known: { readonly at: Hex; readonly tip: bigint } | undefined
  return () => {
    const { hash } = chain.head()
    if (known?.at !== hash) known = { at: hash, tip: least(recentTip(chain), highest(chain.nextBaseFee())) }
    return known.tip
  }
}

const highest = (baseFee: bigint) => (MOST_BASE_FEES * baseFee > MOST_WHERE_LOW ? MOST_BASE_FEES * baseFee : MOST_WHERE_LOW)
const least = (a: bigint, b: bigint) => (a < b ? a : b)

function recentTip(chain: Chain): bigint {
  const head = chain.head().height
  const paid: bigint[] = []
  for (let height = head; height > 0n && height > head - LOOK_BACK; height -= 1n) {
    const block = chain.headerByNumber(height)
    if (!block || block.header.gasUsed === 0n) continue
    for (const { tip } of tipsOf(block, chain.payments(height) ?? [])) paid.push(tip)
  }
  if (paid.length === 0) return DEFAULT_TIP
  paid.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return paid[Math.floor(((paid.length - 1) * PERCENTILE) / 100)]!
}
