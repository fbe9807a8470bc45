import { settlementAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import type { Hex } from '@opengradient/protocol'
import { encodeEventTopics } from 'viem'
import { lying } from '../chain/headerRlp.ts'
import type { Rpc } from '../chain/rpc.ts'

/** Blocks that an RPC looks through in one call. */
const RANGE = 10_000
/** And how many such calls are made: blocks are a second apart, on networks for tests less. */
const CALLS = 20
/** Settlement takes receipts that are at most an hour off, and authorisations of ten minutes; the rest is for clocks. */
const AROUND = 2 * 3_600

/**
 * The block in which a payment was settled, as the RPC tells: only a hint where to look. Undefined if it tells of none.
 *
 * @param hash what `settled` says of the payment
 * @param issuedAt when a receipt for the payment was issued, unix seconds
 * @param head height of the newest block
 */
export async function settledIn(
  rpc: Rpc,
  { paymentId, hash }: { paymentId: Hex; hash: Hex },
  issuedAt: number,
  head: number,
): Promise<number | undefined> {
  const topics = encodeEventTopics({ abi: settlementAbi, eventName: 'Settled', args: { paymentId, receiptHash: hash } })
  const first = await firstBlockAfter(rpc, issuedAt - AROUND, head)
  for (let from = first; from <= head && from < first + CALLS * RANGE; from += RANGE) {
    if (from > first && (await timeOf(rpc, from)) > issuedAt + AROUND) return undefined
    const range = { fromBlock: quantity(from), toBlock: quantity(Math.min(from + RANGE - 1, head)) }
    const logs = await rpc.call('eth_getLogs', [{ address: ADDRESSES.settlement, topics, ...range }])
    const height = lying(() => (logs as { blockNumber: Hex }[]).map(({ blockNumber }) => Number(BigInt(blockNumber)))[0])
    if (height !== undefined) return height
  }
  return undefined
}

/** The lowest block that is not older than that; times of blocks only grow. */
async function firstBlockAfter(rpc: Rpc, time: number, head: number): Promise<number> {
  let [low, high] = [0, head]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((await timeOf(rpc, middle)) < time) low = middle + 1
    else high = middle
  }
  return low
}

async function timeOf(rpc: Rpc, height: number): Promise<number> {
  const block = await rpc.call('eth_getBlockByNumber', [quantity(height), false])
  return lying(() => Number(BigInt((block as { timestamp: Hex }).timestamp)))
}

const quantity = (height: number): Hex => `0x${height.toString(16)}`
